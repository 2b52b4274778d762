//===- ChannelScaling.h - factors for the channels of a site --------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_CHANNELSCALING_H
#define RHEOBASE_LIB_CONVERSION_SPK_CHANNELSCALING_H

#include "dialects/spk/Spk.h"

namespace rheobase::spk {

/// Multiplies each channel of what the site observes by its factor: in the scale and offset of the normalisation before
/// it, or the constant of the product that one ends in, where nobody else reads that; else by a product more. What
/// the site says of channels and its range, where it does, goes along. Whether there is one more.
bool scaleChannels(ObserveOp observe, llvm::ArrayRef<float> factors);

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_CHANNELSCALING_H
