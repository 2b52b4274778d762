/* Runs an artifact of one input x [batch, 4] and prints its first output for two rows of ones. */
#include <rheobase/runtime.h>

#include <stdio.h>

static int fail(rhb_status *status) {
  printf("%s\n", rhb_status_message(status));
  rhb_status_free(status);
  return 1;
}

int main(int argc, char **argv) {
  float x[8] = {1, 1, 1, 1, 1, 1, 1, 1}, y[6];
  const int64_t x_dims[] = {2, 4}, y_dims[] = {2, 3};
  const rhb_tensor input = {x, sizeof(x), RHB_F32, 2, x_dims};
  const rhb_tensor output = {y, sizeof(y), RHB_F32, 2, y_dims};
  rhb_artifact *artifact;
  rhb_session *session;
  rhb_status *status = rhb_artifact_open(argc > 1 ? argv[1] : "", NULL, &artifact);
  if (status)
    return fail(status);
  if ((status = rhb_session_create(artifact, NULL, &session)))
    return fail(status);
  if ((status = rhb_session_run(session, &input, 1, &output, 1)))
    return fail(status);
  for (int i = 0; i < 6; ++i)
    printf("%g ", y[i]);
  rhb_session_release(session);
  rhb_artifact_release(artifact);
  return 0;
}
