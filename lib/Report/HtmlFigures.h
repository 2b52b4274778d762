//===- HtmlFigures.h - the pictures of a report ------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_REPORT_HTMLFIGURES_H
#define RHEOBASE_LIB_REPORT_HTMLFIGURES_H

#include "rheobase/Report/Report.h"

#include "llvm/ADT/ArrayRef.h"

namespace rheobase::report {

/// Each writes one svg element.
void writeErrors(llvm::raw_ostream &os, llvm::ArrayRef<Site> sites);
void writeSpikes(llvm::raw_ostream &os, llvm::ArrayRef<Site> sites);
void writePlanes(llvm::raw_ostream &os, llvm::ArrayRef<Site> sites);
void writeEnergies(llvm::raw_ostream &os, llvm::ArrayRef<Energy> energies);
void writeHistogram(llvm::raw_ostream &os, const Site &site);

} // namespace rheobase::report

#endif // RHEOBASE_LIB_REPORT_HTMLFIGURES_H
