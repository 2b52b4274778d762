// RUN: not snn-opt %s --spk-encode-sites="steps=1" 2>&1 | FileCheck %s --check-prefix=STEPS
// RUN: not snn-opt %s --spk-encode-sites="ranges=row" 2>&1 | FileCheck %s --check-prefix=RANGES
// RUN: not snn-opt %s --spk-neurons="steps=17" 2>&1 | FileCheck %s --check-prefix=NEURON-STEPS
// RUN: not snn-opt %s --spk-neurons="neuron=lif" 2>&1 | FileCheck %s --check-prefix=KIND

// STEPS: steps is 1, 2 to 16 expected
// RANGES: ranges is 'row', token or tensor expected
// NEURON-STEPS: steps is 17, 2 to 16 expected
// KIND: lif
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
