//===- Status.cpp - errors as values with text ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Status.h"

#include <cstdarg>
#include <cstdio>

using namespace rheobase::runtime;

static thread_local std::string lastError;

Status rheobase::runtime::error(rhb_code code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  std::string text(std::max(vsnprintf(nullptr, 0, format, arguments), 0), '\0');
  vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  va_end(arguments);
  return Status(new rhb_status{code, std::move(text)});
}

rhb_status *rheobase::runtime::handOut(Status status) {
  if (status)
    lastError = status->message;
  return status.release();
}

rhb_code rhb_status_code(const rhb_status *status) {
  return status ? status->code : RHB_OK;
}

const char *rhb_status_message(const rhb_status *status) {
  return status ? status->message.c_str() : "";
}

void rhb_status_free(rhb_status *status) {
  delete status;
}

const char *rhb_last_error(void) {
  return lastError.c_str();
}
