//===- Status.h - errors as values with text --------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_STATUS_H
#define RHEOBASE_RUNTIME_STATUS_H

#include "rheobase/runtime.h"

#include <memory>
#include <string>

struct rhb_status {
  rhb_code code;
  std::string message;
};

namespace rheobase::runtime {

/// Null is success.
using Status = std::unique_ptr<rhb_status>;

[[gnu::format(printf, 2, 3)]] Status error(rhb_code code, const char *format, ...);

/// Hands a status to the caller of the C API and remembers its text for rhb_last_error.
rhb_status *handOut(Status status);

/// Runs `body`, which returns a Status, at the border of the C API: no exception crosses it.
template <typename Body> rhb_status *guarded(Body body) {
  try {
    return handOut(body());
  } catch (const std::bad_alloc &) {
    return handOut(error(RHB_OUT_OF_MEMORY, "out of memory"));
  } catch (const std::exception &e) {
    return handOut(error(RHB_OUT_OF_MEMORY, "the system refused a resource: %s", e.what()));
  }
}

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_STATUS_H
