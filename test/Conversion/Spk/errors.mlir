// RUN: not snn-opt %s --spk-encode-sites="steps=1" 2>&1 | FileCheck %s --check-prefix=STEPS
// RUN: not snn-opt %s --spk-encode-sites="ranges=row" 2>&1 | FileCheck %s --check-prefix=RANGES
// RUN: not snn-opt %s --spk-neurons="steps=17" 2>&1 | FileCheck %s --check-prefix=NEURON-STEPS
// RUN: not snn-opt %s --spk-neurons="neuron=lif" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not snn-opt %s --spk-encode-sites="code=unary" 2>&1 | FileCheck %s --check-prefix=CODE
// RUN: not snn-opt %s --spk-neurons="code=unary" 2>&1 | FileCheck %s --check-prefix=CODE
// RUN: not snn-opt %s --spk-encode-sites="bases=9" 2>&1 | FileCheck %s --check-prefix=BASES
// RUN: not snn-opt %s --spk-neurons="bases=0" 2>&1 | FileCheck %s --check-prefix=NO-BASES
// RUN: not snn-opt %s --spk-split-outliers="steps=5 bases=4" 2>&1 | FileCheck %s --check-prefix=DIGITS
// RUN: not snn-opt %s --spk-encode-sites="bases=2" 2>&1 | FileCheck %s --check-prefix=SITE

// CODE: error: code is 'unary', one of binary, twos, digits, rate expected
// BASES: error: bases is 9, 1 to 8 expected
// NO-BASES: error: bases is 0, 1 to 8 expected
// DIGITS: error: 5 steps on 4 bases are 20 digits, at most 16 expected; fewer of one of them
// A site's own steps, on the trains that all sites have.
// SITE: errors.mlir:[[@LINE+7]]:{{.*}} error: 9 steps on 2 bases are 18 digits, at most 16 expected

// STEPS: steps is 1, 2 to 16 expected
// RANGES: ranges is 'row', token or tensor expected
// NEURON-STEPS: steps is 17, 2 to 16 expected
// KIND: lif
func.func @main(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = spk.observe %x {role = "linear", site = "a", steps = 9 : i64} : tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}
