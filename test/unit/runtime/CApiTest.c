//===- CApiTest.c - the header in C, the shared library ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/runtime.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

static void expect(int condition, const char *what) {
  if (!condition) {
    fprintf(stderr, "not so: %s\n", what);
    ++failures;
  }
}

int main(void) {
  rhb_open_options options = RHB_OPEN_OPTIONS_INIT;
  rhb_session_options session_options = RHB_SESSION_OPTIONS_INIT;
  rhb_artifact *artifact = NULL;
  rhb_session *session = NULL;

  rhb_status *status = rhb_artifact_open_memory("no artifact", 11, &options, &artifact);
  expect(status != NULL && artifact == NULL, "opening eleven letters fails");
  expect(rhb_status_code(status) == RHB_CORRUPT, "the code says why");
  expect(strstr(rhb_status_message(status), "not a Rheobase artifact") != NULL, "and so does the text");
  expect(strcmp(rhb_last_error(), rhb_status_message(status)) == 0, "which is the last error");
  rhb_status_free(status);

  status = rhb_session_create(NULL, &session_options, &session);
  expect(rhb_status_code(status) == RHB_INVALID_ARGUMENT, "no artifact is an error");
  rhb_status_free(status);

  expect(rhb_status_code(NULL) == RHB_OK && rhb_status_message(NULL)[0] == '\0', "null is success");
  expect(rhb_dtype_size(RHB_F64) == 8 && strcmp(rhb_dtype_name(RHB_BF16), "bf16") == 0, "element types");
  expect(rhb_dtype_size(RHB_F8E8M0) == 1 && strcmp(rhb_dtype_name(RHB_U2), "u2") == 0, "element types of a byte");
  expect(rhb_dtype_size(99) == 0 && rhb_dtype_name(-1) == NULL, "numbers that are none");
  expect(rhb_version()[0] != '\0', "there is a version");
  rhb_status_free(NULL);
  rhb_artifact_release(NULL);
  rhb_session_release(NULL);
  return failures != 0;
}
