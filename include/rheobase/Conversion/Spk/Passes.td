//===- Passes.td - from numbers to spikes ----------------------*- tablegen -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_PASSES_TD
#define RHEOBASE_CONVERSION_SPK_PASSES_TD

include "mlir/Pass/PassBase.td"

class SpkPass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::rheobase::spk::SpkDialect", "::rheobase::onnx::OnnxDialect"];
}

def SpkConvToMatmul : SpkPass<"spk-conv-to-matmul"> {
  let summary = "convolutions with constant weights become patches times a matrix";
  let description = [{
    `onnx.Conv` becomes `spk.patches`, `onnx.MatMul` with the weights as [group, taps, outputs], a reshape and the bias, with channels last: transposes stand
    before and behind, which `onnx-sink-transposes` moves out of the way. From here on
    every linear operator is a MatMul, so that sites, weight formats and time forms are said once. Values are unchanged up to the order of additions.
  }];
}

def SpkPlaceSites : SpkPass<"spk-place-sites"> {
  let summary = "mark every tensor that will be encoded with spk.observe";
  let description = [{
    Operands of `onnx.MatMul` that are not constant: role "linear" beside weights, "conv" (the input of the windows) behind `spk.patches` whose windows overlap or are single pixels (an image has thousands of them). Of an activation times
    activation product the left is a "query" and the right a "key", but where the left comes from a Softmax it is the "attention", which `spk-neurons`
    encodes, and the right a "value". A tensor with several consumers of one role is marked once (its consumers share the train).
    The input of a GELU, sigmoid or tanh has the role "neuron": it is not encoded, its range chooses the fit.
    Products of positions alone (integers and constants: the angles of rotary embeddings) are left as they are.
  }];
  let options = [
    Option<"normalised", "normalised", "bool", "false", "the result of a Softmax is a \"query\" too: encoded after it is normalised, as published methods do">,
  ];
}

def SpkFindSpikes : SpkPass<"spk-find-spikes"> {
  let summary = "mark sites whose numbers are spikes already, or few levels";
  let description = [{
    What a trained spiking network computes is exact: a comparison cast to numbers (or chosen between two by Where), a sign, bytes cast to numbers, rounded numbers between
    two ends are integers times a step, and so are their moves, maxima, sums, products, and multiples by what rounds none of them. A site of such a tensor has
    its step and its lowest and highest integer as `spk.levels`: `spk-encode-sites` gives it the code of fewest planes that holds them, without calibration and without a loss, and no
    pass moves its channels or takes some of them out. Levels that need more than 16 steps are left alone.
  }];
}

def SpkObserveToResults : SpkPass<"spk-observe-to-results"> {
  let summary = "return the tensor at each site, and nothing else";
  let description = [{
    For calibration: every `spk.observe` becomes a result of the site's name, but of the role "attention", where nothing is to be learnt. The model's own
    results are dropped.
  }];
}

def SpkEstimateRanges : SpkPass<"spk-estimate-ranges"> {
  let summary = "ranges without samples, from weights and normalisations";
  let description = [{
    Behind a normalisation the mean and variance of each channel are its offset and the square of its scale; products with constant weights, sums, activations and
    tables of embeddings carry them on, as if channels were independent and normally distributed (Nagel and others 2019 do so with batch normalisation). The range
    of a site is six standard deviations to either side, within what the function before it can give (GELU: not below -0.17). Where an estimate sees nothing below 0 and
    nothing forbids it, the range has an eighth of its upper end below. Sites with a range keep it. With `fixed`
    all sites take part and a warning says how many could be estimated; else only those whose steps are set by rows, to know on which side of 0 they lie.
  }];
  let options = [
    Option<"fixed", "fixed", "bool", "false", "for thresholds that are fixed when compiling: estimate every site">,
  ];
}

def SpkPruneUnits : SpkPass<"spk-prune-units"> {
  let summary = "units, heads and channels that matter least are left out";
  let description = [{
    Units are what products with constant weights make and read, with nothing between that mixes them and nobody else looking on: of a linear layer its columns,
    of attention its heads (also several that share keys and values, and where one product cut into parts makes queries, keys and values), of a convolution its channels.
    Those with the least scores go: their columns of the weights that make them, their elements of constants between, their rows of the weights that
    read them. Shapes shrink. Where all units of a layer were a multiple of 32, those that stay are one, the next above what was asked for, unless that is all; of heads the
    share is one of those of all layers. Channels that a sum of branches ties stay. As a pass, scores are of weights alone;
    the compiler's `--prune-score` has those that samples say, and adds what a unit was in the mean to the products that read it.
  }];
  let options = [
    Option<"share", "share", "double", "0.25", "how many of the units go, 0 or more and less than 1">,
    Option<"score", "score", "std::string", "\"magnitude\"", "what tells which: magnitude (lengths of the weights) or random">,
    ListOption<"what", "what", "std::string", "what is left out: units (the default), heads, channels">,
  ];
}

def SpkFactorWeights : SpkPass<"spk-factor-weights"> {
  let summary = "constant matrices become products of two matrices of signs";
  let description = [{
    x W = ((x diag(s)) L) R with L [inputs, rank] and R [rank, outputs] of signs times a scale for each column (docs/weights.md), for all weights that read a "linear" site.
    s, the root mean square of a channel's weights, goes into the scale and offset of a normalisation before the site where nothing else reads it, else it is a product. Between
    L and R is a "linear" site, NODE:pair, with the settings that the first one has of its own. The products get `spk.factor` (how many weights each stands for, and `spk.channel_factors`, where s is a product more): `spk-quantize-weights`
    packs them as signs, and no channels of their inputs move or are split off. A site stays what it is where the pair of one of its readers would
    take as much as bytes, inputs are no multiple of 32, its numbers are spikes already, or somebody beyond it reads the weights. A site's own `weights` goes before
    the option. As a pass, errors of all weights count alike; the compiler's `--weights-method` has what samples say.
  }];
  let options = [
    Option<"format", "format", "std::string", "\"lr64s\"", "lr64s (a rank, a multiple of 32) or lr50%s (of a bit of a weight)">,
  ];
}

def SpkMigrateChannels : SpkPass<"spk-migrate-channels"> {
  let summary = "large channels of linear inputs move into the weights";
  let description = [{
    x W = (x / s) (s W) for a scale s_c of each channel: exact in real numbers, and the code of x / s has smaller outliers. Of a "linear" site with
    `peaks` whose consumers all have constant weights, s_c = peak_c^a / w_c^(1 - a), w_c the largest magnitude of the channel's weights, and a
    the exponent. The weights take s; 1 / s goes into the scale and offset of a normalisation before the site where nothing else reads it,
    else it is a product. The site's peaks, squares and range are scaled likewise. A site's own `migrate` goes before the option.
  }];
  let options = [
    Option<"exponent", "exponent", "double", "0.65", "a, 0 to 1: how much of a channel's range goes into the weights; 0: nothing is moved">,
  ];
}

def SpkKeepGrids : SpkPass<"spk-keep-grids"> {
  let summary = "marks linear inputs whose weights lie on a grid of few bits";
  let description = [{
    A site of role "linear" of which a reader's constant weights are all codes times a scale, of a format of at most `bits` bits, gets as `grid` the number of channels that
    share a scale (the least common multiple over its readers; of a
    reader that is on none, all channels): its channels stay where they are and its weights what they are, so that these can be packed without loss. A site with a `migrate` of its own is left alone.
  }];
  let options = [
    Option<"bits", "bits", "unsigned", "8", "bits that a code has at most">,
  ];
}

def SpkSplitOutliers : SpkPass<"spk-split-outliers"> {
  let summary = "the channels of a linear input that reach farthest get a code of their own";
  let description = [{
    x W = x' W' + x'' W'', x'' the channels of a "linear" site whose `peaks` stand out, at most `share` of them, and W'' their rows of the weights; x' and W' are
    the rest, with zeros in their place. The channels taken out become a site of their own, NAME:outliers, whose code has `extra` digits more than the
    rest's, in whole steps of its trains and at most 16. Weights of a site with a `grid` stay what they are: W' = W, whose rows in question meet zeros. Where
    groups get steps of their own (spk-encode-sites) nothing is taken out but what the site itself asks for. A site's own `outliers`, `steps`, `code` and `bases` go before the options.
  }];
  let options = [
    Option<"steps", "steps", "unsigned", "8", "time steps T of the rest (2 to 16), where the site does not say">,
    Option<"bases", "bases", "unsigned", "1", "trains side by side, where the site does not say">,
    Option<"extra", "extra", "unsigned", "4", "digits that the channels taken out have more">,
    Option<"share", "share", "double", "0.01", "at most this share of the channels, 0 to 1">,
    Option<"ranges", "ranges", "std::string", "\"token\"", "token or tensor: what spk-encode-sites will be told">,
  ];
}

def SpkNeurons : SpkPass<"spk-neurons"> {
  let summary = "scalar functions, softmax and normalisation become static neurons and products of codes";
  let description = [{
    GELU, SiLU (x times its sigmoid), tanh, sigmoid, exp: one neuron each; Reciprocal, Sqrt and powers of one half (x times its reciprocal square root) and division by a
    tensor: a neuron on the mantissa; squares and cubes are products. LayerNormalization: mean subtracted, (x - mean) encoded, its square and mean on the code, reciprocal square root by a neuron,
    product, gamma and beta kept. Division by the root mean square of a row (RMSNorm): the same without the mean. Softmax before a product: exp of (x - row maximum) by a neuron, encoded in [0, 1] before normalisation
    (E6 in the rationale), the denominator the sum of the decoded codes, its reciprocal by a neuron multiplied into the product's result; a
    fully masked row (all -inf) gives zeros. Other Softmax: the same without the encoding. Activations are fitted on the range that their site
    (role "neuron") has from calibration, widened a little, and on a wide one where it has none; these sites go. A kind that cannot be fitted is an error at the node.
    Neurons have T * bases steps. Codes are of the kind `code`, those of a normalisation of 13 to 16 digits; a rate code has too few levels there, these are binary.
  }];
  let options = [
    Option<"steps", "steps", "unsigned", "8", "time steps T (2 to 16)">,
    Option<"neuron", "neuron", "std::string", "\"segment\"", "neuron kind: segment, mbe, mbe-ext or fs">,
    Option<"code", "code", "std::string", "\"binary\"", "kind of the codes: binary, twos, digits or rate">,
    Option<"bases", "bases", "unsigned", "1", "trains side by side, which share T * bases digits, at most 16">,
  ];
}

def SpkEncodeSites : SpkPass<"spk-encode-sites"> {
  let summary = "spk.observe becomes an encode and decode pair";
  let description = [{
    Per-tensor steps come from the site's `range`; per-token steps (`spk.row_step`) are used for the roles "linear", "query" and "key" with
    `ranges=token`, and, per sample, for sites without a range. A site's own `steps`, `code`, `bases` and `ranges` go before the pass's; a code is unsigned where
    calibration saw no negative value. Beside constant weights, a site whose range reaches at least three times as far to one side as to the other has an
    unsigned code with an offset (the operand `zero` of spk.encode), where that has more levels than a signed one.
    Rows of a "linear" site with a `grid` get a step for each group of so many channels: the products with weights in groups multiply it in group by
    group, and what stands out makes no other group coarse.
  }];
  let options = [
    Option<"steps", "steps", "unsigned", "8", "time steps T (2 to 16), the sign included">,
    Option<"code", "code", "std::string", "\"binary\"", "kind of the codes: binary, twos, digits or rate">,
    Option<"bases", "bases", "unsigned", "1", "trains side by side, which share T * bases digits, at most 16">,
    Option<"ranges", "ranges", "std::string", "\"token\"", "token, or tensor (calibrated)">,
    Option<"offsets", "offsets", "bool", "true", "codes with an offset for one-sided sites">,
    Option<"truncate", "truncate", "bool", "false", "cut toward zero, as the literal threshold expansion does">,
  ];
}

def SpkGateCodes : SpkPass<"spk-gate-codes"> {
  let summary = "what a code loses is multiplied by an input";
  let description = [{
    To learn what each code contributes to the error of the outputs: the decoded value y of x becomes x + g (y - x), with the gate g of the code at `spk.encode`
    number i (in order) the element [0, i] of a new argument `rheobase gates`. With 0 the code is not there, with 1 it is.
  }];
  let options = [
    Option<"rows", "rows", "int64_t", "1", "rows of the argument; the first one counts, the others are there where the model fixes its batch">,
  ];
}

def SpkCacheCodes : SpkPass<"spk-cache-codes"> {
  let summary = "what a session keeps only to be encoded is kept as codes";
  let description = [{
    encode(concat(past, x)), `past` a state and the concatenation its next value, becomes concat(past', encode(x)) with a state of integers, where each row (the last axis) has a step
    of its own, which becomes a state beside it, NAME:steps, or all have a constant one. Moves of rows (transposes, copies for the queries that share a head)
    and scales by a number in between are done to the codes, or to x. Results are the same bits; what was encoded in an earlier run is not encoded, nor counted, again. Where that is not
    so (the step depends on more than a row) the state stays f32, with a warning that says why.
  }];
}

def SpkQuantizeWeights : SpkPass<"spk-quantize-weights"> {
  let summary = "constant matrices beside decoded trains become codes of few bits";
  let description = [{
    w = code * scale, by default with code = roundeven(w / scale) in [-127, 127] and scale = max |w| / 127 over each output's inputs. `format` says what
    codes there are and what shares a scale (docs/weights.md), `method` how both are chosen. What is no matrix on the right of a train becomes bytes.
    Without samples, as here, `gptq` knows of no inputs and does what `mse` does. A product's own format (`spk.weights`) goes before the option. With
    `recognise`, matrices that lie on a grid of no more bits than the format's are packed on it, without loss.
  }];
  let options = [
    Option<"format", "format", "std::string", "\"int8\"", "int8, int4g32, ...">,
    Option<"method", "method", "std::string", "\"rtn\"", "rtn, mse or gptq">,
    Option<"recognise", "recognise", "bool", "false", "whether grids that weights lie on are found">,
  ];
}

def SpkQuantizeTables : SpkPass<"spk-quantize-tables"> {
  let summary = "tables that onnx.Gather reads become bytes";
  let description = [{
    A constant f32 table [rows, columns] of at least 4096 numbers, read along its first axis, becomes q = roundeven(w / scale) in [-127, 127], scale =
    max |w| / 127 over the row: gather(w, i) becomes float(gather(q, i)) * gather(scale, i). No table is expanded where the network runs. A table with an
    infinity or NaN stays as it is. One that lies on a grid of bytes already, with a scale for each row or (f16) for 32, 64 or 128 of its columns, becomes these, to the last bit.
  }];
  let options = [
    Option<"rounds", "rounds", "bool", "true", "whether tables that lie on no grid are rounded to one">,
  ];
}

def SpkFoldTime : SpkPass<"spk-fold-time"> {
  let summary = "value form: T planes of additions collapse into one integer contraction";
  let description = [{
    onnx.MatMul(decode(t, lsb), unpack(w, s)) becomes float(spk.matmul(codes(t), w)) * (lsb * s), and onnx.MatMul(decode(a, la), decode(b, lb))
    float(spk.matmul(codes(a), codes(b))) * (la * lb), where the steps are constant along the contracted axis (E1 and E3 in the rationale, exact).
    `spk.synapse` on integer weights and `spk.product` fold likewise.
  }];
}

def SpkFoldThresholds : SpkPass<"spk-fold-thresholds"> {
  let summary = "scales and offsets between an integer sum and a comparison become integers";
  let description = [{
    A comparison of an integer product (`spk.matmul`, `spk.synapse`, or of one scale for each output `spk.scaled_matmul`, `spk.scaled_synapse`) behind nothing but products, quotients,
    sums and differences with constants of its channels, as batch normalisation is written, becomes sum >= threshold, an integer for each channel; where the scale is
    negative, -sum >= threshold. Each threshold is found by running the f32 arithmetic that stood there on integers, so that every comparison has the result that it had. Where a number in
    between is read by somebody else (a membrane that is kept), or sums reach 2^24, nothing is folded.
  }];
}

def SpkUnfoldTime : SpkPass<"spk-unfold-time"> {
  let summary = "time form: contractions are distributed over the planes";
  let description = [{
    The inverse of spk-fold-time, from pairs of coded operands or from `spk.matmul`: the same scalar program around `spk.synapse` and
    `spk.product`. f32 weights unfold too. A product with weights on the left has no time form and stays `spk.matmul`.
  }];
}

def SpkChooseEvents : SpkPass<"spk-choose-events"> {
  let summary = "event form: sums are made by walking what fired, where that is faster";
  let description = [{
    Behind spk-fold-time: a product of a train with a constant matrix becomes `spk.synapse {events}` where its codes are bytes and its sums i32, or its
    weights f32. Without `all`, that is where the product says what share of its inputs is not 0 (`rheobase.active`, from samples) and the cost model
    predicts that walking them takes less time than value form: active / (rate of the event kernel) + listing < 1 / (rate of the dense kernel).
  }];
  let options = [Option<"all", "all", "bool", "false", "every layer that may, whatever it costs">];
}

def SpkReportFloat : SpkPass<"spk-report-float"> {
  let summary = "warn of every node that computes on numbers, not on spikes";
  let description = [{
    Behind `spk-neurons` and `spk-encode-sites`: a warning for each operator that is left with float operands though a spiking form would be expected:
    products and convolutions of activations, and functions that no neuron stands for. It says why where that is known. Sums, means, scales,
    moves and comparisons are what a decoded value is for and are not named.
  }];
}

#endif // RHEOBASE_CONVERSION_SPK_PASSES_TD
