/*===- runtime.h - run artifacts: the C API ------------------------*- C -*-===*\
|*                                                                            *|
|* Part of the Rheobase project, under the Apache License v2.0 with LLVM      *|
|* Exceptions. See LICENSE for license information.                           *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/*
 * Open an artifact, look at it, run it.
 *
 *     rhb_artifact *artifact;
 *     rhb_session *session;
 *     rhb_status *status = rhb_artifact_open("vit.rheo", NULL, &artifact);
 *     if (!status) status = rhb_session_create(artifact, NULL, &session);
 *     if (!status) status = rhb_session_run(session, &input, 1, &output, 1);
 *     if (status) { fprintf(stderr, "%s\n", rhb_status_message(status)); rhb_status_free(status); }
 *
 * Errors. A function that can fail returns a status: NULL is success, anything else is owned by the caller, who reads
 * its code and text and frees it. rhb_last_error() repeats the text of the calling thread's last failure. After a
 * failure every out-parameter is as before the call, except the bytes of the outputs of a run. Nothing here aborts
 * or throws. A NULL handle or a NULL out-parameter is RHB_INVALID_ARGUMENT.
 *
 * Ownership. Handles are released by their release function; NULL is allowed there. A session keeps its artifact
 * alive. Pointers that an artifact hands out live as long as the artifact, those of a session until its next run or
 * its release. Inputs and outputs are the caller's memory and are used only during the call.
 *
 * Threads. An artifact never changes and may be used by any number of threads. A session may be used by one thread at a
 * time, and not from its own callbacks; different sessions, also of one artifact, run at the same time. A session has
 * worker threads of its own, and results do not depend on how many.
 *
 * Layout. Tensors are dense and row-major, numbers little-endian, bool one byte that is 0 or 1. Data is aligned at
 * least to its element. Elements of 4 and 2 bits are a byte each, as NumPy's ml_dtypes holds them: the low bits are the
 * code (two's complement of signed integers); the others are 0 in outputs and of no account in inputs.
 *
 * Trust. A file is checked entirely when it is opened: whatever bytes it holds, opening ends in an error or a sound
 * artifact. What cannot be checked is what machine code does: run only artifacts from sources you trust, or refuse
 * machine code. A mapped file must not be changed or truncated while it is open.
 */
#ifndef RHEOBASE_RUNTIME_H
#define RHEOBASE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RHB_API __attribute__((visibility("default")))

/* "0.1.0" */
RHB_API const char *rhb_version(void);

/*===- Status ---------------------------------------------------------------*/

typedef enum rhb_code {
  RHB_OK = 0,
  RHB_INVALID_ARGUMENT = 1, /* the call is wrong: a shape, a type, a buffer that is too small */
  RHB_NOT_FOUND = 2,        /* no such file, CPU variant, tap */
  RHB_IO = 3,               /* the system refused to read or map */
  RHB_CORRUPT = 4,          /* the file is damaged or was never an artifact */
  RHB_UNSUPPORTED = 5,      /* the file is newer than this runtime, or has no code for this CPU */
  RHB_REFUSED = 6,          /* machine code, where it was refused */
  RHB_OUT_OF_MEMORY = 7,
  RHB_CANCELLED = 8, /* by the progress callback */
  RHB_FAILED = 9,    /* the program stopped: an index out of range, named by its node */
} rhb_code;

typedef struct rhb_status rhb_status;

/* RHB_OK and "" for NULL. The text is lower-case without a full stop and lives as long as the status. */
RHB_API rhb_code rhb_status_code(const rhb_status *status);
RHB_API const char *rhb_status_message(const rhb_status *status);
RHB_API void rhb_status_free(rhb_status *status);

/* The text of the last failure on this thread, "" if there was none; valid until the next failure on it. */
RHB_API const char *rhb_last_error(void);

/*===- Tensors --------------------------------------------------------------*/

typedef int32_t rhb_dtype;
enum {
  RHB_F32 = 0,
  RHB_F16 = 1,
  RHB_BF16 = 2,
  RHB_F64 = 3,
  RHB_I8 = 4,
  RHB_I16 = 5,
  RHB_I32 = 6,
  RHB_I64 = 7,
  RHB_U8 = 8,
  RHB_U16 = 9,
  RHB_U32 = 10,
  RHB_U64 = 11,
  RHB_BOOL = 12,
  /* Floats of 8 and 4 bits, as ONNX and ml_dtypes name them. */
  RHB_F8E4M3FN = 13,
  RHB_F8E4M3FNUZ = 14,
  RHB_F8E5M2 = 15,
  RHB_F8E5M2FNUZ = 16,
  RHB_F8E8M0 = 17,
  RHB_F4E2M1 = 18,
  RHB_I4 = 19,
  RHB_U4 = 20,
  RHB_I2 = 21,
  RHB_U2 = 22,
};

/* Bytes of an element and name ("f32"); 0 and NULL for a number that is no dtype. */
RHB_API size_t rhb_dtype_size(rhb_dtype dtype);
RHB_API const char *rhb_dtype_name(rhb_dtype dtype);

typedef struct rhb_tensor {
  void *data;  /* may be NULL where size is 0; never written for an input */
  size_t size; /* bytes */
  rhb_dtype dtype;
  size_t rank;
  const int64_t *dims;
} rhb_tensor;

/*===- Artifact -------------------------------------------------------------*/

typedef struct rhb_artifact rhb_artifact;

/* Where constants (weights) are while the artifact is open. Mapped, they are the file's pages, which the system shares
 * between processes and may drop, in whatever size it caches files. Loaded, they are a copy in large pages, which takes
 * as much memory as they have and some 10 ms for each 100 MB, but is read at the memory's full speed: mapped ones were
 * seen to take 10 to 70 % longer. Automatic is loaded for a program with states, such as a decoder, which reads all its
 * weights for each token, and else mapped; without memory for a copy they stay mapped. */
typedef enum rhb_constants {
  RHB_CONSTANTS_AUTO = 0,
  RHB_CONSTANTS_MAPPED = 1,
  RHB_CONSTANTS_LOADED = 2, /* RHB_OUT_OF_MEMORY without memory for the copy */
} rhb_constants;

typedef struct rhb_open_options {
  size_t struct_size; /* sizeof(rhb_open_options) */
  /* Not 0: the artifact can be looked at, but a session of it is RHB_REFUSED where it holds machine code. */
  int refuse_machine_code;
  int constants; /* an rhb_constants */
} rhb_open_options;
#define RHB_OPEN_OPTIONS_INIT {sizeof(rhb_open_options), 0, RHB_CONSTANTS_AUTO}

/* Maps and checks a file. `options` may be NULL. */
RHB_API rhb_status *rhb_artifact_open(const char *path, const rhb_open_options *options, rhb_artifact **artifact);

/* The same from memory (of which automatic makes no copy), which must stay unchanged until the artifact and its
 * sessions are released. Memory that does not begin at a multiple of 64 bytes is copied. */
RHB_API rhb_status *rhb_artifact_open_memory(const void *data, size_t size, const rhb_open_options *options,
                                             rhb_artifact **artifact);

RHB_API void rhb_artifact_release(rhb_artifact *artifact);

typedef struct rhb_metadata {
  const char *key;
  const char *value;
} rhb_metadata;

/* A dimension that is read off the inputs at each run; max 0 is unbounded. */
typedef struct rhb_symbol_info {
  const char *name;
  int64_t min, max;
} rhb_symbol_info;

typedef struct rhb_tensor_info {
  const char *name;
  rhb_dtype dtype;
  size_t rank;
  const int64_t *dims;           /* -1 where it depends on symbols */
  const char *const *dims_texts; /* "197", "batch", "batch * 12" */
} rhb_tensor_info;

/* An intermediate result that can be read by name. */
typedef struct rhb_tap_info {
  rhb_tensor_info tensor;
  size_t after; /* its dispatch */
} rhb_tap_info;

typedef enum rhb_section_kind { RHB_SECTION_CONSTANTS = 1, RHB_SECTION_MACHINE_CODE = 2 } rhb_section_kind;

typedef struct rhb_section_info {
  rhb_section_kind kind;
  const char *target; /* of machine code, else "" */
  int usable;         /* on this CPU */
  uint64_t offset, size, hash;
} rhb_section_info;

typedef struct rhb_counter_info {
  const char *site;     /* node name */
  const char *quantity; /* "spikes", "synops", ... */
} rhb_counter_info;

typedef struct rhb_dispatch_info {
  const char *kernel;
  const char *location; /* node name */
  int counting;         /* runs only in sessions that count */
} rhb_dispatch_info;

/* A matrix of weights, and what it takes. */
typedef struct rhb_weights_info {
  const char *node; /* that multiplies by it */
  uint64_t inputs, outputs;
  uint32_t bits;   /* of a code; with a codebook of the index of a vector */
  uint32_t length; /* weights that an index stands for; 1 without a codebook */
  uint32_t kept;   /* weights that are stored of each 4 inputs of an output, the others are 0; 4: all */
  uint64_t groups; /* parts of the inputs with scales of their own beside the codes; 0: none are stored there */
  int has_codebook, has_zeros, has_offsets;
  uint64_t bytes;  /* of codes, scales, zeros and codebook, as they are stored */
  uint64_t offset; /* of the codes, in the file */
} rhb_weights_info;

typedef struct rhb_artifact_info {
  const char *name;
  const char *producer;
  uint32_t format_major, format_minor;
  uint64_t features;
  uint64_t file_size;
  uint64_t manifest_size, manifest_hash;
  size_t metadata_count;
  const rhb_metadata *metadata;
  size_t symbol_count;
  const rhb_symbol_info *symbols;
  size_t input_count;
  const rhb_tensor_info *inputs;
  size_t output_count;
  const rhb_tensor_info *outputs;
  size_t tap_count;
  const rhb_tap_info *taps;
  size_t section_count;
  const rhb_section_info *sections;
  size_t counter_count;
  const rhb_counter_info *counters;
  size_t dispatch_count;
  const rhb_dispatch_info *dispatches;
  size_t state_count;
  const rhb_tensor_info *states; /* what a session keeps from run to run: neither inputs nor outputs of a run */
  size_t weights_count;
  const rhb_weights_info *weights;
} rhb_artifact_info;

/* NULL for NULL. */
RHB_API const rhb_artifact_info *rhb_artifact_inspect(const rhb_artifact *artifact);

/* The shape of output `output` for inputs of these shapes: only dtype, rank and dims of the inputs are read. `dims`
 * has room for the output's rank. States are as in a new session. RHB_UNSUPPORTED where sizes are computed from the
 * elements of inputs (a Reshape whose shape is an input): rhb_session_output_dims knows those. */
RHB_API rhb_status *rhb_artifact_output_dims(const rhb_artifact *artifact, const rhb_tensor *inputs, size_t input_count,
                                             size_t output, int64_t *dims);

/*===- Session --------------------------------------------------------------*/

typedef struct rhb_session rhb_session;

typedef struct rhb_session_options {
  size_t struct_size;      /* sizeof(rhb_session_options) */
  int threads;             /* with the caller's; 0: the CPUs this process may use */
  int counting;            /* not 0: run the counting dispatches too */
  int profile;             /* not 0: measure every dispatch */
  const char *cpu_variant; /* "x86-64-v3"; NULL: the best that the CPU can run */
} rhb_session_options;
#define RHB_SESSION_OPTIONS_INIT {sizeof(rhb_session_options), 0, 0, 0, NULL}

/* `options` may be NULL. */
RHB_API rhb_status *rhb_session_create(const rhb_artifact *artifact, const rhb_session_options *options,
                                       rhb_session **session);
RHB_API void rhb_session_release(rhb_session *session);

/* Runs the program once. Inputs and outputs are in the artifact's order, with the shapes they have in this call. An
 * output may overlap neither an input nor another output. Memory for intermediate results is kept for the next run and
 * changes size only when a symbol does. */
RHB_API rhb_status *rhb_session_run(rhb_session *session, const rhb_tensor *inputs, size_t input_count,
                                    const rhb_tensor *outputs, size_t output_count);

/* As rhb_artifact_output_dims, with the states as they are in this session. Where sizes are computed from the elements
 * of inputs, those are read too and the part of the program that computes sizes is run. */
RHB_API rhb_status *rhb_session_output_dims(rhb_session *session, const rhb_tensor *inputs, size_t input_count,
                                            size_t output, int64_t *dims);

/* States, such as a decoder's key-value cache: the session gives each to the program and keeps its next value when a
 * run succeeds; a run that fails leaves them as they were. At first, and after a reset, a state is zeros of the shape
 * that the inputs imply, with every size that only states have (the length of the past) at its least. Where a run only
 * appends to a state, it does so in place: the session keeps room for half as many rows again (at least 64), and copies
 * what is there when that is full. */
RHB_API void rhb_session_reset_states(rhb_session *session);

/* The value of state `state`; RHB_NOT_FOUND before the first run. Valid until the next run, write or reset. */
RHB_API rhb_status *rhb_session_read_state(const rhb_session *session, size_t state, rhb_tensor *value);

/* Replaces the value of state `state` by a copy; its shape must suit the inputs and the other states at the next run.
 * Reading and writing every state saves and restores a session. */
RHB_API rhb_status *rhb_session_write_state(rhb_session *session, size_t state, const rhb_tensor *value);

/* Called on the running thread before each dispatch, also before those that this session leaves out; not 0 ends the run
 * as RHB_CANCELLED. NULL: none. */
typedef int (*rhb_progress_fn)(void *user, size_t done, size_t total);
RHB_API rhb_status *rhb_session_set_progress(rhb_session *session, rhb_progress_fn progress, void *user);

/* The CPU variant in use, the number of threads, the bytes of intermediate memory (0 before the first run), and the
 * least that would do for the results which are needed at once. */
RHB_API const char *rhb_session_target(const rhb_session *session);
RHB_API size_t rhb_session_threads(const rhb_session *session);
RHB_API size_t rhb_session_arena_size(const rhb_session *session);
RHB_API size_t rhb_session_live_size(const rhb_session *session);

/* Keeps (or, with `on` 0, stops keeping) a copy of tap `tap` in every later run. */
RHB_API rhb_status *rhb_session_select_tap(rhb_session *session, size_t tap, int on);

/* The copy made by the last run, which succeeded. */
RHB_API rhb_status *rhb_session_tap(const rhb_session *session, size_t tap, rhb_tensor *value);

/* Element i belongs to counter i of the artifact; runs add up until reset. All 0 where the session does not count. */
RHB_API const uint64_t *rhb_session_counters(const rhb_session *session);
RHB_API void rhb_session_reset_counters(rhb_session *session);

typedef struct rhb_profile {
  uint64_t runs;
  uint64_t nanoseconds;
} rhb_profile;

/* Element i belongs to dispatch i of the artifact; runs add up until reset. All 0 where the session does not profile.
 */
RHB_API const rhb_profile *rhb_session_profile(const rhb_session *session);
RHB_API void rhb_session_reset_profile(rhb_session *session);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* RHEOBASE_RUNTIME_H */
