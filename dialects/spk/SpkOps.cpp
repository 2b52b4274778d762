//===- SpkOps.cpp - verifiers of the spk ops ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Codes.h"
#include "dialects/spk/Levels.h"
#include "dialects/spk/Spk.h"
#include "dialects/spk/WeightFormats.h"

#include "mlir/Dialect/Traits.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

#define GET_OP_CLASSES
#include "dialects/spk/SpkOps.cpp.inc"

namespace {

/// Whether `small` broadcasts against `shape` without enlarging it: every trailing dimension is 1, equal, or open on a
/// side.
bool broadcastsInto(ArrayRef<int64_t> small, ArrayRef<int64_t> shape) {
  if (small.size() > shape.size())
    return false;
  for (auto [s, d] : llvm::zip(llvm::reverse(small), llvm::reverse(shape)))
    if (s != 1 && s != d && !ShapedType::isDynamic(s) && !ShapedType::isDynamic(d))
      return false;
  return true;
}

bool compatible(int64_t a, int64_t b) {
  return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b);
}

LogicalResult verifyZero(Operation *op, TypedValue<TensorType> zero, ArrayRef<int64_t> lsb, CodeInterface code) {
  if (!zero)
    return success();
  if (failed(verifyCompatibleShape(zero.getType().getShape(), lsb)))
    return op->emitOpError("has a zero of shape [")
           << zero.getType().getShape() << "], that of its lsb, [" << lsb << "], expected";
  if (!code.isUnsigned())
    return op->emitOpError("has a zero beside a signed code; a code with an offset is unsigned");
  return success();
}

LogicalResult verifyBoundary(Operation *op, ArrayRef<int64_t> numbers, TrainType trainType, ArrayRef<int64_t> lsb,
                             TypedValue<TensorType> zero) {
  ArrayRef<int64_t> train = trainType.getShape();
  if (failed(verifyCompatibleShape(numbers, train)))
    return op->emitOpError("has numbers and trains of different shapes, equal shapes expected");
  if (!broadcastsInto(lsb, train) && !isInGroups(lsb, train))
    return op->emitOpError("has an lsb that does not broadcast into the train's shape; use a scalar, size 1 along an "
                           "axis, or a divisor of the size of the last one");
  return verifyZero(op, zero, lsb, trainType.getCode());
}

LogicalResult verifyCodes(Operation *op, TensorType codes, TrainType train) {
  RankedTensorType expected = train.getCodesType();
  if (codes.getElementType() == expected.getElementType() &&
      succeeded(verifyCompatibleShape(codes.getShape(), expected.getShape())))
    return success();
  return op->emitOpError(isa<CodesOp>(op) ? "gives " : "takes ") << codes << ", the train's codes are " << expected;
}

/// The contraction size of lhs [.., m, k] times rhs [.., k, n], which gives `acc`, or an error.
FailureOr<int64_t> contractionOf(Operation *op, ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs, ArrayRef<int64_t> acc) {
  if (lhs.size() < 2 || rhs.size() < 2)
    return op->emitOpError("has operands of rank ") << lhs.size() << " and " << rhs.size() << ", at least 2 expected";
  int64_t k = lhs.back(), other = rhs[rhs.size() - 2];
  if (!compatible(k, other))
    return op->emitOpError("contracts ") << k << " with " << other << " elements, equal sizes expected";
  std::optional<SmallVector<int64_t>> shape = contractionShape(lhs, rhs);
  if (!shape)
    return op->emitOpError("has batch dimensions that do not broadcast");
  if (failed(verifyCompatibleShape(*shape, acc)))
    return op->emitOpError("gives a result of shape [") << acc << "], [" << *shape << "] expected";
  return ShapedType::isDynamic(k) ? other : k;
}

LogicalResult verifyAccumulator(Operation *op, int64_t k, int64_t lhsMax, int64_t rhsMax, Type element) {
  if (isa<FloatType>(element) || accumulatorHolds(k, lhsMax, rhsMax, element))
    return success();
  return op->emitOpError("may overflow its ")
         << element << " accumulator: " << (ShapedType::isDynamic(k) ? kOpenContraction : k) << " products of up to "
         << lhsMax << " times " << rhsMax << "; use an i64 accumulator";
}

/// The sizes of the windows [N, group, windows, taps] as far as the input's are known.
SmallVector<int64_t> patchesShape(PatchesOp op, ArrayRef<int64_t> in) {
  size_t spatial = op.getKernel().size();
  int64_t group = op.getGroup(), windows = 1, channels = in.back(),
          taps = ShapedType::isDynamic(channels) ? channels : channels / group;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t reach = (op.getKernel()[i] - 1) * op.getDilations()[i] + 1;
    int64_t room = in[1 + i] + op.getPads()[i] + op.getPads()[spatial + i] - reach;
    bool known = !ShapedType::isDynamic(in[1 + i]) && !ShapedType::isDynamic(windows);
    windows = known ? windows * (room / op.getStrides()[i] + 1) : ShapedType::kDynamic;
    taps = ShapedType::isDynamic(taps) ? taps : taps * op.getKernel()[i];
  }
  return {in[0], group, windows, taps};
}

RankedTensorType typeOf(Value value) {
  return value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
}

/// Sums of whole groups are i32.
template <typename OpTy> LogicalResult verifyScaled(OpTy op, ArrayRef<int64_t> lhs, int64_t lhsMax) {
  if (failed(verifyWeights(op, op.getFormat(), op.getWeights(), op.getScale(), op.getZero())))
    return failure();
  auto k = contractionOf(op, lhs, typeOf(op.getWeights()).getShape(), op.getSum().getType().getShape());
  if (failed(k))
    return failure();
  int64_t length = op.getFormat().getGroupLength(*k);
  if (Value step = op.getStep()) {
    SmallVector<int64_t> expected(lhs.drop_back());
    expected.push_back(*k / length);
    auto type = cast<RankedTensorType>(step.getType());
    if (failed(verifyCompatibleShape(type.getShape(), expected)))
      return op.emitOpError("has steps of shape [")
             << type.getShape() << "], one for each row and group, [" << expected << "], expected";
  }
  int64_t most = largestCode(op.getFormat());
  if (accumulatorHolds(length, lhsMax, most, IntegerType::get(op.getContext(), 32)))
    return success();
  return op.emitOpError("may overflow the i32 sum of a group: ")
         << length << " products of up to " << lhsMax << " times " << most << "; use smaller groups";
}

/// What a site has of its own must be something that its role has.
LogicalResult verifySettings(ObserveOp op) {
  if (op.getRanges() && *op.getRanges() != "token" && *op.getRanges() != "tensor")
    return op.emitOpError("has ranges '") << *op.getRanges() << "', token or tensor expected";
  if (op.getRanges() && !hasFreeRows(op.getRole()))
    return op.emitOpError("has ranges of its own at the role '")
           << op.getRole() << "', whose rows are contracted; linear, query or key expected";
  for (auto [name, number] : {std::pair("migrate", op.getMigrate()), std::pair("outliers", op.getOutliers())}) {
    if (!number)
      continue;
    double value = number->convertToDouble();
    if (!(value >= 0 && value <= 1))
      return op.emitOpError("has ") << name << " " << value << ", 0 to 1 expected";
    if (op.getRole() != kLinearRole)
      return op.emitOpError("has ") << name << " at the role '" << op.getRole() << "', linear expected";
  }
  return success();
}

ArrayRef<int64_t> shapeOf(Type type) {
  auto train = dyn_cast<TrainType>(type);
  return train ? train.getShape() : cast<RankedTensorType>(type).getShape();
}

} // namespace

int64_t rheobase::spk::largestMagnitude(Value codes, bool isUnsigned) {
  if (auto op = codes.getDefiningOp<CodesOp>())
    return op.getTrain().getType().getCode().getLargestMagnitude();
  unsigned width = getElementTypeOrSelf(codes.getType()).getIntOrFloatBitWidth();
  if (width >= 63)
    return std::numeric_limits<int64_t>::max();
  return isUnsigned ? (int64_t(1) << width) - 1 : int64_t(1) << (width - 1);
}

std::optional<SmallVector<int64_t>> rheobase::spk::contractionShape(ArrayRef<int64_t> x, ArrayRef<int64_t> y) {
  SmallVector<int64_t> shape;
  if (x.size() < 2 || y.size() < 2 || !compatible(x.back(), y[y.size() - 2]) ||
      !OpTrait::util::getBroadcastedShape(x.drop_back(2), y.drop_back(2), shape))
    return std::nullopt;
  shape.push_back(x[x.size() - 2]);
  shape.push_back(y.back());
  return shape;
}

bool rheobase::spk::accumulatorHolds(int64_t k, int64_t lhsMax, int64_t rhsMax, Type accumulator) {
  if (ShapedType::isDynamic(k))
    k = kOpenContraction;
  // Products of plain doubles are exact enough here: the bounds compared are far apart from 2^31 and 2^63 or below
  // 2^53.
  double bound = static_cast<double>(k) * static_cast<double>(lhsMax) * static_cast<double>(rhsMax);
  auto integer = dyn_cast<IntegerType>(accumulator);
  return integer && bound < std::ldexp(1.0, integer.getWidth() - 1);
}

LogicalResult ObserveOp::verify() {
  static constexpr StringLiteral roles[] = {"linear", "conv", "query", "key", "value", kAttentionRole, kNeuronRole};
  if (!llvm::is_contained(roles, getRole()))
    return emitOpError("has role '") << getRole() << "', one of " << llvm::join(ArrayRef(roles), ", ") << " expected";
  if (failed(verifySettings(*this)) || failed(verifyLevels(*this)))
    return failure();
  if (auto range = getRange(); range && (range->size() != 2 || !((*range)[0] <= (*range)[1])))
    return emitOpError("has a range that is not [smallest, largest]");
  size_t peaks = getPeaks() ? getPeaks()->size() : 0, squares = getSquares() ? getSquares()->size() : 0;
  if (peaks != squares)
    return emitOpError("has ") << peaks << " peaks and " << squares
                               << " squares, one of each for every channel expected";
  auto isMagnitude = [](float each) { return std::isfinite(each) && each >= 0; };
  for (std::optional<ArrayRef<float>> seen : {getPeaks(), getSquares()})
    if (seen && !llvm::all_of(*seen, isMagnitude))
      return emitOpError("has a peak or a square that is negative or not finite");
  if (getCode() && !findCodeKind(*getCode()))
    return emitOpError("has code '") << *getCode() << "', one of " << codeKindNames() << " expected";
  if (int64_t rank = getInput().getType().getRank(); rank < 2 && getRole() != kNeuronRole)
    return emitOpError("stands at a tensor of rank ") << rank << ", at least 2 expected: rows and their channels";
  return success();
}

bool rheobase::spk::isInGroups(ArrayRef<int64_t> lsb, ArrayRef<int64_t> shape) {
  if (lsb.empty() || shape.empty() || ShapedType::isDynamic(lsb.back()) || ShapedType::isDynamic(shape.back()))
    return false;
  return lsb.back() > 1 && lsb.back() < shape.back() && shape.back() % lsb.back() == 0 &&
         broadcastsInto(lsb.drop_back(), shape.drop_back());
}

LogicalResult RowStepOp::verify() {
  auto in = getInput().getType();
  SmallVector<int64_t> expected(in.getShape());
  for (int64_t axis : getAxes()) {
    if (axis < 0 || axis >= in.getRank())
      return emitOpError("has axis ") << axis << ", 0 to " << in.getRank() - 1 << " expected";
    expected[axis] = 1;
  }
  if (std::optional<int64_t> group = getGroup()) {
    int64_t last = in.getRank() - 1, size = in.getRank() > 0 ? in.getShape().back() : 0;
    if (getAxes() != ArrayRef(last) || ShapedType::isDynamic(size) || size % *group != 0)
      return emitOpError("has groups of ") << *group << " along the axes [" << getAxes() << "] of [" << in.getShape()
                                           << "], the last one alone and a divisor of its size expected";
    expected[last] = size / *group;
  }
  if (failed(verifyCompatibleShape(expected, getLsb().getType().getShape())))
    return emitOpError("must keep every axis but those of `axes`, which become 1 or as many as there are groups");
  return verifyZero(*this, getZero(), getLsb().getType().getShape(), getCode());
}

LogicalResult EncodeOp::verify() {
  return verifyBoundary(*this, getInput().getType().getShape(), getTrain().getType(), getLsb().getType().getShape(),
                        getZero());
}

LogicalResult DecodeOp::verify() {
  return verifyBoundary(*this, getOutput().getType().getShape(), getTrain().getType(), getLsb().getType().getShape(),
                        getZero());
}

LogicalResult CodesOp::verify() {
  return verifyCodes(*this, getCodes().getType(), getTrain().getType());
}

LogicalResult FromCodesOp::verify() {
  return verifyCodes(*this, getCodes().getType(), getTrain().getType());
}

LogicalResult PlanesOp::verify() {
  RankedTensorType expected = getTrain().getType().getPlanesType();
  if (failed(verifyCompatibleShape(getSpikes().getType().getShape(), expected.getShape())))
    return emitOpError("gives ") << getSpikes().getType() << ", the train's planes are " << expected;
  return success();
}

LogicalResult PatchesOp::verify() {
  size_t spatial = getKernel().size();
  if (getStrides().size() != spatial || getDilations().size() != spatial || getPads().size() != 2 * spatial)
    return emitOpError("has ") << getStrides().size() << " strides, " << getDilations().size() << " dilations and "
                               << getPads().size() << " pads for " << spatial << " kernel dimensions";
  auto positive = [](int64_t v) { return v > 0; };
  if (!llvm::all_of(getKernel(), positive) || !llvm::all_of(getStrides(), positive) ||
      !llvm::all_of(getDilations(), positive) || getGroup() < 1 ||
      llvm::any_of(getPads(), [](int64_t p) { return p < 0; }))
    return emitOpError("has a kernel, stride, dilation or group below 1, or a negative pad");
  bool trainIn = isa<TrainType>(getInput().getType()), trainOut = isa<TrainType>(getOutput().getType());
  if (trainIn != trainOut)
    return emitOpError("turns trains into numbers or back; both sides must be of one kind");
  ArrayRef<int64_t> in = shapeOf(getInput().getType()), out = shapeOf(getOutput().getType());
  if (in.size() != spatial + 2)
    return emitOpError("has an input of rank ") << in.size() << ", " << spatial + 2 << " expected for its kernel";
  if (!ShapedType::isDynamic(in.back()) && in.back() % static_cast<int64_t>(getGroup()) != 0)
    return emitOpError("has ") << in.back() << " channels, a multiple of its " << getGroup() << " groups expected";
  SmallVector<int64_t> expected = patchesShape(*this, in);
  if (failed(verifyCompatibleShape(expected, out)))
    return emitOpError("gives a result of shape [") << out << "], [" << expected << "] expected";
  return success();
}

LogicalResult UnpackOp::verify() {
  auto codes = getCodes().getType();
  auto scale = getScale().getType();
  if (failed(verifyCompatibleShape(getWeights().getType(), codes)))
    return emitOpError("gives ") << getWeights().getType() << " of " << codes << ", equal shapes expected";
  if (getFormat())
    return verifyWeights(*this, *getFormat(), getCodes(), getScale(), getZero());
  if (getZero())
    return emitOpError("has a zero without a format, which would say what it is the zero of");
  if (!broadcastsInto(scale.getShape(), codes.getShape()))
    return emitOpError("has a scale of type ") << scale << " that does not broadcast into " << codes;
  return success();
}

LogicalResult MatmulOp::verify() {
  auto acc = getAcc().getType();
  auto k = contractionOf(*this, getLhs().getType().getShape(), getRhs().getType().getShape(), acc.getShape());
  if (failed(k))
    return failure();
  return verifyAccumulator(*this, *k, largestMagnitude(getLhs(), getLhsUnsigned()),
                           largestMagnitude(getRhs(), getRhsUnsigned()), acc.getElementType());
}

LogicalResult SynapseOp::verify() {
  auto weights = getWeights().getType();
  auto k = contractionOf(*this, getTrain().getType().getShape(), weights.getShape(), getAcc().getType().getShape());
  if (failed(k))
    return failure();
  Type element = getAcc().getType().getElementType();
  if (isa<FloatType>(element) != isa<FloatType>(weights.getElementType()))
    return emitOpError("accumulates ") << weights.getElementType() << " weights in " << element;
  auto isOne = [](int64_t size) { return size == 1; };
  bool listed = weights.getRank() >= 2 && weights.hasStaticShape() &&
                llvm::all_of(weights.getShape().drop_back(2), isOne) && !element.isInteger(64) &&
                getTrain().getType().getCode().getStorageType().isInteger(8);
  if (getEvents() && !listed)
    return emitOpError("walks the events of ")
           << getTrain().getType() << " over " << weights << " into " << element
           << ", expected codes of 8 bits, a matrix of fixed size and sums of i32 or f32";
  return verifyAccumulator(*this, *k, getTrain().getType().getCode().getLargestMagnitude(),
                           largestMagnitude(getWeights(), /*isUnsigned=*/false), element);
}

LogicalResult ScaledMatmulOp::verify() {
  return verifyScaled(*this, getLhs().getType().getShape(), largestMagnitude(getLhs(), getLhsUnsigned()));
}

LogicalResult ScaledSynapseOp::verify() {
  return verifyScaled(*this, getTrain().getType().getShape(), getTrain().getType().getCode().getLargestMagnitude());
}

LogicalResult ProductOp::verify() {
  auto lhs = getLhs().getType(), rhs = getRhs().getType();
  auto k = contractionOf(*this, lhs.getShape(), rhs.getShape(), getAcc().getType().getShape());
  if (failed(k))
    return failure();
  return verifyAccumulator(*this, *k, lhs.getCode().getLargestMagnitude(), rhs.getCode().getLargestMagnitude(),
                           getAcc().getType().getElementType());
}
