//===- Spk.cpp - the spk dialect: attributes and types -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Spk.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase::spk;

#include "dialects/spk/SpkDialect.cpp.inc"
#include "dialects/spk/SpkInterfaces.cpp.inc"

static void printFloats(AsmPrinter &printer, DenseF32ArrayAttr numbers) {
  printer << '[';
  llvm::interleaveComma(numbers.asArrayRef(), printer, [&](float number) { printer.printFloat(APFloat(number)); });
  printer << ']';
}

/// Reads one of two words: whether it is the second.
static FailureOr<bool> parseEither(AsmParser &parser, StringRef no, StringRef yes) {
  StringRef word;
  if (failed(parser.parseOptionalKeyword(&word, {no, yes})))
    return parser.emitError(parser.getCurrentLocation()) << "expected " << no << " or " << yes;
  return word == yes;
}

#define GET_ATTRDEF_CLASSES
#include "dialects/spk/SpkAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/spk/SpkTypes.cpp.inc"

void SpkDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/spk/SpkAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/spk/SpkTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/spk/SpkOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// TrainType
//===----------------------------------------------------------------------===//

Type TrainType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Attribute code;
  SMLoc at;
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/true, /*withTrailingX=*/false) ||
      parser.parseComma() || parser.getCurrentLocation(&at) || parser.parseAttribute(code) || parser.parseGreater())
    return {};
  auto asCode = dyn_cast<CodeInterface>(code);
  if (!asCode) {
    parser.emitError(at, "expected a code such as #spk.binary<7, signed, nearest>");
    return {};
  }
  return get(parser.getContext(), shape, asCode);
}

void TrainType::print(AsmPrinter &printer) const {
  printer << "<";
  printer.printDimensionList(getShape());
  printer << ", " << getCode() << ">";
}

RankedTensorType TrainType::getCodesType() const {
  return RankedTensorType::get(getShape(), getCode().getStorageType());
}

RankedTensorType TrainType::getPlanesType() const {
  SmallVector<int64_t> shape(getShape());
  shape.insert(shape.begin(), getCode().getPlaneCount());
  return RankedTensorType::get(shape, IntegerType::get(getContext(), 8));
}
