//===- TrainedWeights.cpp - integers for a model's constants ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainedWeights.h"

#include "dialects/onnx/Onnx.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "mlir/IR/Diagnostics.h"
#include "npy/Npy.h"
#include "npy/Numbers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;
namespace json = llvm::json;
using rhb::npy::Array;

namespace {

constexpr StringLiteral kManifest = "manifest", kVersion = "version", kWeights = "weights";
constexpr StringLiteral kCodes = "codes", kScale = "scale", kCodebook = "codebook", kIndices = "indices",
                        kAxis = "axis";

/// One weight of the manifest: what is wrong, or "", is what its functions say.
class Entry {
public:
  Entry(std::string at, const json::Object &fields, const rhb::npy::Arrays &arrays, RankedTensorType type)
      : at(std::move(at)), fields(fields), arrays(arrays), type(type) {}

  std::string read(std::vector<float> &weights) {
    for (const auto &[name, value] : fields)
      if (!llvm::is_contained({kCodes, kScale, kCodebook, kIndices, kAxis}, StringRef(name)))
        return at + "has a field '" + StringRef(name).str() + "', codes, codebook, indices, scale or axis expected";
    bool looksUp = fields.get(kCodebook) || fields.get(kIndices);
    if (looksUp == (fields.get(kCodes) != nullptr))
      return at + "has " + (looksUp ? "codes beside a codebook" : "neither codes nor a codebook") +
             ", codes or both of codebook and indices expected";
    std::string error = looksUp ? readLookup(weights) : readCodes(weights);
    return error.empty() ? scale(weights) : error;
  }

private:
  static bool isInteger(const Array &array) {
    return llvm::is_contained({RHB_I8, RHB_U8, RHB_I16, RHB_U16, RHB_I32, RHB_I64}, array.dtype);
  }
  static std::string shown(llvm::ArrayRef<int64_t> dims) {
    return "[" + llvm::join(llvm::map_range(dims, [](int64_t dim) { return std::to_string(dim); }), ", ") + "]";
  }
  std::string of(StringRef field) const { return at + "field '" + field.str() + "' "; }

  std::string find(StringRef field, const Array *&array) const {
    std::optional<StringRef> name = fields.getString(field);
    if (!name)
      return of(field) + "is missing, the name of an array of the file expected";
    auto found = arrays.find(name->str());
    if (found == arrays.end())
      return of(field) + "names '" + name->str() + "', which the file has no array of; np.savez writes it by its name";
    array = &found->second;
    return "";
  }

  std::string findIntegers(StringRef field, const Array *&array) const {
    if (std::string error = find(field, array); !error.empty())
      return error;
    return isInteger(*array) ? "" : of(field) + "names an array that is not of integers, integers expected";
  }

  std::string readCodes(std::vector<float> &weights) const {
    const Array *codes = nullptr;
    if (std::string error = findIntegers(kCodes, codes); !error.empty())
      return error;
    if (type.getShape() != ArrayRef(codes->dims))
      return of(kCodes) + "names an array of " + shown(codes->dims) + ", " + shown(type.getShape()) + " expected";
    for (int64_t i = 0; i < codes->elements(); ++i)
      weights.push_back(static_cast<float>(rhb::npy::number(*codes, i)));
    return "";
  }

  std::string readLookup(std::vector<float> &weights) const {
    const Array *book = nullptr, *indices = nullptr;
    if (std::string error = findIntegers(kCodebook, book); !error.empty())
      return error;
    if (std::string error = findIntegers(kIndices, indices); !error.empty())
      return error;
    if (book->dims.size() != 2 || book->elements() == 0)
      return of(kCodebook) + "names an array of " + shown(book->dims) + ", [entries, length] expected";
    int64_t entries = book->dims[0], length = book->dims[1];
    if (indices->elements() * length != type.getNumElements())
      return of(kIndices) + "names an array of " + shown(indices->dims) + ", which with vectors of " +
             std::to_string(length) + " gives " + std::to_string(indices->elements() * length) + " weights, " +
             std::to_string(type.getNumElements()) + " expected";
    for (int64_t i = 0; i < indices->elements(); ++i) {
      auto index = static_cast<int64_t>(rhb::npy::number(*indices, i));
      if (index < 0 || index >= entries)
        return of(kIndices) + "has " + std::to_string(index) + " at element " + std::to_string(i) +
               ", less than the codebook's " + std::to_string(entries) + " entries expected";
      for (int64_t j = 0; j < length; ++j)
        weights.push_back(static_cast<float>(rhb::npy::number(*book, index * length + j)));
    }
    return "";
  }

  /// Times a number, or one for each place along an axis.
  std::string scale(std::vector<float> &weights) const {
    const Array *scales = nullptr;
    if (std::string error = find(kScale, scales); !error.empty())
      return error;
    const json::Value *given = fields.get(kAxis);
    int64_t axis = given ? given->getAsInteger().value_or(-1) : 0;
    if (axis < 0 || axis >= type.getRank())
      return of(kAxis) + "is no axis of " + shown(type.getShape()) + ", 0 to " + std::to_string(type.getRank() - 1) +
             " expected";
    int64_t places = type.getDimSize(axis), inner = 1;
    for (int64_t size : type.getShape().drop_front(axis + 1))
      inner *= size;
    bool isOne = scales->elements() == 1;
    if (scales->dtype != RHB_F32 || (!isOne && ArrayRef(scales->dims) != ArrayRef(places)))
      return of(kScale) + "names an array of " + shown(scales->dims) + ", one float32 or [" + std::to_string(places) +
             "] of them expected";
    for (int64_t i = 0; i < scales->elements(); ++i)
      if (!std::isfinite(static_cast<float>(rhb::npy::number(*scales, i))))
        return of(kScale) + "has a number at element " + std::to_string(i) + " that is not finite";
    for (auto [i, weight] : llvm::enumerate(weights)) {
      int64_t place = isOne ? 0 : static_cast<int64_t>(i) / inner % places;
      weight *= static_cast<float>(rhb::npy::number(*scales, place));
    }
    return "";
  }

  std::string at;
  const json::Object &fields;
  const rhb::npy::Arrays &arrays;
  RankedTensorType type;
};

class Manifest {
public:
  Manifest(ModuleOp module, const std::string &path) : file("'" + path + "' "), path(path) {
    module.walk([&](onnx::ConstantOp constant) {
      if (auto name = constant.getLoc()->findInstanceOf<NameLoc>())
        constants.try_emplace(name.getName().getValue(), constant);
    });
  }

  std::string put() {
    if (std::string error = rhb::npy::readAll(path, arrays); !error.empty())
      return error;
    auto text = arrays.find(kManifest.str());
    if (text == arrays.end() || text->second.dtype != RHB_U8)
      return file + "has no array '" + kManifest.str() +
             "' of bytes; np.frombuffer(json.dumps(..).encode(), np.uint8) makes one";
    auto parsed = json::parse(toStringRef(text->second.bytes));
    if (!parsed)
      return file + "has a manifest that is no JSON: " + llvm::toString(parsed.takeError());
    const json::Object *manifest = parsed->getAsObject();
    if (!manifest || manifest->getInteger(kVersion) != 1)
      return file + "has a manifest of no version that is known, field '" + kVersion.str() + "' 1 expected";
    const json::Object *weights = manifest->getObject(kWeights);
    if (!weights)
      return file + "has a manifest without the field '" + kWeights.str() + "', an object of names expected";
    // In the order of their names, so that of several errors always the same is told.
    std::vector<StringRef> names;
    for (const auto &[name, fields] : *weights)
      names.push_back(name);
    llvm::sort(names);
    for (StringRef name : names)
      if (std::string error = putOne(name, weights->getObject(name)); !error.empty())
        return error;
    return "";
  }

private:
  static StringRef toStringRef(const std::vector<uint8_t> &bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
  }

  std::string putOne(StringRef name, const json::Object *fields) {
    std::string at = file + "at weight '" + name.str() + "' ";
    if (!fields)
      return at + "has no fields, an object of codes and scale expected";
    onnx::ConstantOp constant = constants.lookup(name);
    auto type = constant ? cast<RankedTensorType>(constant.getType()) : RankedTensorType();
    if (!constant || !type.getElementType().isF32() || type.getRank() == 0)
      return at + "speaks of no float32 initializer of the model; the manifest has the model's own names";
    std::vector<float> weights;
    if (std::string error = Entry(at, *fields, arrays, type).read(weights); !error.empty())
      return error;
    ConstantBuilder builder(type);
    for (auto [i, weight] : llvm::enumerate(weights))
      builder.setNumber(static_cast<int64_t>(i), weight);
    OpBuilder b(constant);
    auto put = onnx::ConstantOp::create(b, constant.getLoc(), builder.finish());
    constant.getResult().replaceAllUsesWith(put.getResult());
    constant.erase();
    return "";
  }

  std::string file, path;
  rhb::npy::Arrays arrays;
  llvm::StringMap<onnx::ConstantOp> constants;
};

} // namespace

LogicalResult rheobase::putTrainedWeights(ModuleOp module, const std::string &path) {
  if (path.empty())
    return success();
  if (std::string error = Manifest(module, path).put(); !error.empty())
    return emitError(UnknownLoc::get(module.getContext())) << "trained weights: " << error;
  return success();
}
