//===- Document.h - the list of fits in docs/neurons.md --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_FITTABLES_DOCUMENT_H
#define RHEOBASE_LIB_NEURONS_FITTABLES_DOCUMENT_H

#include "rheobase/Neurons/Result.h"

#include <string>

namespace rheobase::neurons {

/// The document with the text between its two marks made anew.
Result<std::string> renewDocument(const std::string &document);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_FITTABLES_DOCUMENT_H
