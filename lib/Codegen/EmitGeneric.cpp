//===- EmitGeneric.cpp - elementwise loops and reductions -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/BodyEmitter.h"
#include "lib/Codegen/KernelEmitters.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Bytes of a line of the cache, and how many of them are on their way at a time.
static constexpr int64_t kRowsAhead = 24;

namespace {

class GenericEmitter {
public:
  GenericEmitter(OpBuilder &builder, linalg::GenericOp op, const Fills &fills)
      : e(builder), op(op), fills(fills), partition(choosePartition(op)), body(e, op, partition) {}

  void emit(Value begin, Value end);
  void emitWhole();

private:
  using Values = SmallVector<Value>;

  Value rangeOf(unsigned loop);
  void findRanges();
  void openItem(Value item);
  void emitInner(ArrayRef<unsigned> loops);
  void emitRow();
  void emitPoint(int64_t lanes);
  Values emitReductions(ArrayRef<unsigned> loops, ValueRange accumulators,
                        llvm::function_ref<Values(ValueRange)> innermost);
  void emitLaneReduction();
  Values sumOverLanes(ValueRange start);
  Values sumInOrder(ValueRange start);
  Value foldLanes(Operation *combiner, Value partial);
  Value combine(Operation *combiner, Value a, Value b);
  Values initialValues(int64_t lanes);
  void fetchAhead(unsigned loop);
  void continueBehind(MutableArrayRef<Value> at, unsigned position, Value range);

  bool accumulates(unsigned number) { return !op.getRegionOutputArgs()[number].use_empty(); }
  /// Whether evaluating a point twice leaves the same result.
  bool isRepeatable() {
    return !llvm::any_of(llvm::seq<unsigned>(op.getNumDpsInits()),
                         [&](unsigned i) { return accumulates(i) && !fills.contains(op.getDpsInitOperand(i)->get()); });
  }

  Emitter e;
  linalg::GenericOp op;
  const Fills &fills;
  Partition partition;
  BodyEmitter body;
  SmallVector<Value> ranges;
  /// The part of the vector loop that belongs to the work item.
  Value rowBegin, rowEnd;
};

} // namespace

Value GenericEmitter::rangeOf(unsigned loop) {
  for (OpOperand &operand : op->getOpOperands())
    for (auto [position, expr] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && dim.getPosition() == loop)
        return e.dim(operand.get(), position);
  return e.index(0);
}

void GenericEmitter::findRanges() {
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
    ranges.push_back(rangeOf(loop));
}

/// All of the op in one work item.
void GenericEmitter::emitWhole() {
  findRanges();
  partition.inner.insert(partition.inner.begin(), partition.items.begin(), partition.items.end());
  partition.items.clear();
  partition.chunk = 0;
  openItem(e.index(0));
  emitInner(partition.inner);
}

void GenericEmitter::emit(Value begin, Value end) {
  findRanges();
  e.loop(begin, end, 1, [&](Value item) {
    openItem(item);
    emitInner(partition.inner);
  });
}

/// Takes the number of a work item apart: the chunk of the vector loop runs fastest.
void GenericEmitter::openItem(Value item) {
  if (partition.vector && !partition.vectorIsReduction) {
    rowBegin = e.index(0);
    rowEnd = ranges[*partition.vector];
    if (partition.chunk) {
      Value chunks = e.ceilDiv(rowEnd, partition.chunk);
      bool only = partition.items.empty();
      rowBegin = e.mul(only ? item : e.rem(item, chunks), partition.chunk);
      rowEnd = e.min(e.add(rowBegin, partition.chunk), rowEnd);
      item = only ? item : e.div(item, chunks);
    }
  }
  for (unsigned loop : llvm::reverse(partition.items)) {
    bool outermost = loop == partition.items.front();
    body.ivs[loop] = outermost ? item : e.rem(item, ranges[loop]);
    item = outermost ? item : e.div(item, ranges[loop]);
  }
}

void GenericEmitter::emitInner(ArrayRef<unsigned> loops) {
  if (!loops.empty()) {
    e.loop(e.index(0), ranges[loops.front()], 1, [&](Value iv) {
      body.ivs[loops.front()] = iv;
      if (loops.size() == 1 && partition.vectorIsReduction && partition.reductions.empty())
        fetchAhead(loops.front());
      emitInner(loops.drop_front());
    });
    return;
  }
  if (!partition.vector)
    return emitPoint(1);
  body.loadRow();
  partition.vectorIsReduction ? emitLaneReduction() : emitRow();
  body.forgetRow();
}

/// The vector loop of a parallel dimension. The last vector is moved back so that it ends with the row: some elements
/// are computed twice, with the same result. Rows shorter than a vector go element by element.
void GenericEmitter::emitRow() {
  int64_t lanes = partition.lanes;
  Value length = e.sub(rowEnd, rowBegin);
  Value last = e.sub(rowEnd, e.index(lanes));
  auto vectors = [&] {
    e.loop(rowBegin, rowEnd, lanes, [&](Value iv) {
      body.ivs[*partition.vector] = e.min(iv, last);
      emitPoint(lanes);
    });
  };
  auto elements = [&](Value from) {
    e.loop(from, rowEnd, 1, [&](Value iv) {
      body.ivs[*partition.vector] = iv;
      emitPoint(1);
    });
  };
  if (isRepeatable()) {
    Value enough = e.compare(arith::CmpIPredicate::uge, length, e.index(lanes));
    return e.ifThen(enough, vectors, [&] { elements(rowBegin); });
  }
  Value split = e.add(rowBegin, e.roundDown(length, lanes));
  e.loop(rowBegin, split, lanes, [&](Value iv) {
    body.ivs[*partition.vector] = iv;
    emitPoint(lanes);
  });
  elements(split);
}

SmallVector<Value> GenericEmitter::initialValues(int64_t lanes) {
  Values values;
  for (unsigned i = 0, n = op.getNumDpsInits(); i < n; ++i) {
    Value filled = fills.lookup(op.getDpsInitOperand(i)->get());
    if (filled)
      values.push_back(lanes > 1 ? e.splat(filled, lanes) : filled);
    else if (accumulates(i) || op.getNumReductionLoops() > 0)
      values.push_back(body.loadOutput(i, lanes));
    else
      values.push_back(nullptr);
  }
  return values;
}

void GenericEmitter::emitPoint(int64_t lanes) {
  Values values = initialValues(lanes);
  if (partition.reductions.empty())
    values = body.evaluate(lanes, values);
  else
    values = emitReductions(partition.reductions, values, [&](ValueRange sums) { return body.evaluate(lanes, sums); });
  for (auto [number, value] : llvm::enumerate(values))
    body.storeOutput(number, value, lanes);
}

/// Opens the reduction loops in order around `innermost`, which carries the accumulators.
SmallVector<Value> GenericEmitter::emitReductions(ArrayRef<unsigned> loops, ValueRange accumulators,
                                                  llvm::function_ref<Values(ValueRange)> innermost) {
  if (loops.empty())
    return innermost(accumulators);
  return e.loop(e.index(0), ranges[loops.front()], 1, accumulators, [&](Value iv, ValueRange carried) {
    body.ivs[loops.front()] = iv;
    if (loops.size() == 1 && partition.vector && !partition.vectorIsReduction)
      fetchAhead(loops.front());
    return emitReductions(loops.drop_front(), carried, innermost);
  });
}

/// Asks for the rows that a sum reads a few turns of `loop` later, where a row is one line of the cache: keys and
/// values of a decoder's heads are as many short streams, each over before the processor has noticed that it is one.
void GenericEmitter::fetchAhead(unsigned loop) {
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto type = dyn_cast<MemRefType>(input->get().getType());
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!type || type.getRank() == 0 || !type.getElementType().isInteger(8) || type.getShape().back() != kCacheLine ||
        accessAlong(map, type, *partition.vector) != Access::Contiguous || !map.isFunctionOfDim(loop))
      continue;
    SmallVector<Value> ahead(body.ivs);
    ahead[loop] = e.add(ahead[loop], kRowsAhead);
    ahead[*partition.vector] = e.index(0);
    SmallVector<Value> at = e.apply(map, ahead);
    if (std::optional<unsigned> position = map.getResultPosition(e.b.getAffineDimExpr(loop)))
      continueBehind(at, *position, ranges[loop]);
    e.prefetch(input->get(), at, /*isWrite=*/false);
  }
}

/// Moves rows behind the end of a stream to the beginning of the next, which is the next head's.
void GenericEmitter::continueBehind(MutableArrayRef<Value> at, unsigned position, Value range) {
  if (position == 0)
    return;
  Value isBehind = e.compare(arith::CmpIPredicate::uge, at[position], range);
  auto moved = [&](Value inside, Value behind) -> Value {
    return arith::SelectOp::create(e.b, e.loc, isBehind, behind, inside);
  };
  at[position - 1] = moved(at[position - 1], e.add(at[position - 1], 1));
  at[position] = moved(at[position], e.sub(at[position], range));
}

/// A reduction along the contiguous dimension: 16 partial results in order, then a tree; short rows in order.
void GenericEmitter::emitLaneReduction() {
  Values start = initialValues(1);
  Value enough = e.compare(arith::CmpIPredicate::uge, ranges[*partition.vector], e.index(kLanes));
  Values results = e.select(enough, [&] { return sumOverLanes(start); }, [&] { return sumInOrder(start); });
  for (auto [number, value] : llvm::enumerate(results))
    body.storeOutput(number, value, 1);
}

SmallVector<Value> GenericEmitter::sumInOrder(ValueRange start) {
  unsigned vectorLoop = *partition.vector;
  return emitReductions(partition.reductions, start, [&](ValueRange outer) {
    return e.loop(e.index(0), ranges[vectorLoop], 1, outer, [&](Value iv, ValueRange sums) {
      body.ivs[vectorLoop] = iv;
      return body.evaluate(1, sums);
    });
  });
}

SmallVector<Value> GenericEmitter::sumOverLanes(ValueRange start) {
  unsigned vectorLoop = *partition.vector;
  Value range = ranges[vectorLoop];
  Value split = e.roundDown(range, kLanes), rest = e.sub(range, split);
  SmallVector<Operation *> combiners;
  Values partial;
  for (unsigned i = 0, n = op.getNumDpsInits(); i < n; ++i) {
    combiners.push_back(matchCombiner(op, i));
    Value neutral = arith::ConstantOp::create(e.b, e.loc, *arith::getNeutralElement(combiners.back()));
    partial.push_back(e.splat(neutral, kLanes));
  }

  // The last vector ends with the row; lanes that were counted before keep their sums.
  auto tail = [&](ValueRange sums) {
    body.ivs[vectorLoop] = e.sub(range, e.index(kLanes));
    Values next = body.evaluate(kLanes, sums);
    Value firstNew = e.splat(e.sub(e.index(kLanes), rest), kLanes);
    Value lanes = vector::StepOp::create(e.b, e.loc, VectorType::get(kLanes, e.b.getIndexType()));
    Value isNew = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::uge, lanes, firstNew);
    for (auto [value, sum] : llvm::zip_equal(next, sums))
      value = arith::SelectOp::create(e.b, e.loc, isNew, value, sum);
    return next;
  };
  partial = emitReductions(partition.reductions, partial, [&](ValueRange outer) {
    Values sums = e.loop(e.index(0), split, kLanes, outer, [&](Value iv, ValueRange carried) {
      body.ivs[vectorLoop] = iv;
      return body.evaluate(kLanes, carried);
    });
    Value any = e.compare(arith::CmpIPredicate::ne, rest, e.index(0));
    return e.select(any, [&] { return tail(sums); }, [&] { return sums; });
  });
  for (auto [value, combiner, initial] : llvm::zip_equal(partial, combiners, start))
    value = combine(combiner, initial, foldLanes(combiner, value));
  return partial;
}

/// Halves the vector until one element is left: lane i meets lane i + half.
Value GenericEmitter::foldLanes(Operation *combiner, Value partial) {
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    auto low = llvm::to_vector(llvm::seq<int64_t>(0, half)), high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
    // One after the other: compilers differ in the order of arguments, and what is emitted must not.
    Value first = vector::ShuffleOp::create(e.b, e.loc, partial, partial, low);
    Value second = vector::ShuffleOp::create(e.b, e.loc, partial, partial, high);
    partial = combine(combiner, first, second);
  }
  return vector::ExtractOp::create(e.b, e.loc, partial, 0);
}

Value GenericEmitter::combine(Operation *combiner, Value a, Value b) {
  Operation *clone = e.b.clone(*combiner);
  clone->setOperands({a, b});
  clone->getResult(0).setType(a.getType());
  return clone->getResult(0);
}

void codegen::emitGeneric(OpBuilder &builder, linalg::GenericOp op, const Fills &fills, Value begin, Value end) {
  GenericEmitter(builder, op, fills).emit(begin, end);
}

void codegen::emitWholeGeneric(OpBuilder &builder, linalg::GenericOp op, const Fills &fills) {
  GenericEmitter(builder, op, fills).emitWhole();
}
