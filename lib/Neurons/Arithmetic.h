//===- Arithmetic.h - elementary functions that are the same everywhere ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_ARITHMETIC_H
#define RHEOBASE_LIB_NEURONS_ARITHMETIC_H

namespace rheobase::neurons::arithmetic {

/// Fits decide by these values, and the C library's differ in the last bit from machine to machine. Built from + - * /
/// and exact scaling.
double exp(double x);
double log(double x);
/// Absolute error below 2e-15.
double erf(double x);
double tanh(double x);

/// The x with Phi(x) = p, for 0 < p < 1.
double normalQuantile(double p);

} // namespace rheobase::neurons::arithmetic

#endif // RHEOBASE_LIB_NEURONS_ARITHMETIC_H
