// Elementwise operations: the kernel for the operation and type, 16-bit floats by way of float32, and the threads.
#include "internal.h"

#include <string.h>

// MARK: The work of one element, where adding two float32 is 1

size_t jn_unary_cost(jn_unary_op op, jn_dtype type) {
  size_t scale = type == JN_FLOAT64 ? 4 : jn_is_half(type) ? 2 : 1;
  switch (op) {
  case JN_EXP: case JN_EXPM1: case JN_LOG: case JN_LOG1P: case JN_SIN: case JN_COS: case JN_TANH: case JN_LOGISTIC:
  case JN_ERF: case JN_ERFINV:
    return 6 * scale;
  case JN_SQRT: case JN_RSQRT:
    return 2 * scale;
  case JN_CBRT: case JN_TAN: case JN_ASIN: case JN_ACOS: case JN_ATAN: case JN_SINH: case JN_COSH: case JN_ASINH:
  case JN_ACOSH: case JN_ATANH: case JN_ERFC:
    return 32;
  case JN_LGAMMA: case JN_DIGAMMA:
    return 64;
  default:
    return scale;
  }
}

size_t jn_binary_cost(jn_binary_op op, jn_dtype type) {
  switch (op) {
  case JN_DIV: case JN_REM:
    return jn_is_float(type) ? 4 : 16;
  case JN_POW: case JN_ATAN2: case JN_NEXTAFTER:
    return 32;
  default:
    return jn_is_half(type) || type == JN_FLOAT64 ? 2 : 1;
  }
}

// MARK: One operand

typedef struct unary_job {
  jn_unary_kernel *kernel;
  jn_unary_kernel *widen, *narrow;  // for 16-bit floats, else null
  char *out;
  const char *a;
  size_t out_size, size;
} unary_job;

static void run_unary(void *context, size_t begin, size_t end) {
  const unary_job *job = context;
  if (!job->widen) {
    job->kernel(job->out + begin * job->out_size, job->a + begin * job->size, end - begin);
    return;
  }
  float tile[JN_TILE];
  for (size_t i = begin; i < end; i += JN_TILE) {
    size_t n = jn_min_size(JN_TILE, end - i);
    job->widen(tile, job->a + i * job->size, n);
    job->kernel(tile, tile, n);
    job->narrow(job->out + i * job->out_size, tile, n);
  }
}

// Whether a 16-bit float has this operation through float32.
static bool unary_through_float32(const jn_kernels *kernels, jn_unary_op op, jn_dtype type) {
  return jn_is_half(type) && !kernels->unary[op][type] && kernels->unary[op][JN_FLOAT32];
}

bool jn_unary_supports(jn_unary_op op, jn_dtype type) {
  const jn_kernels *kernels = jn_active_kernels();
  return kernels->unary[op][type] || unary_through_float32(kernels, op, type);
}

void jn_unary(jn_unary_op op, jn_dtype type, void *out, const void *a, size_t n) {
  const jn_kernels *kernels = jn_active_kernels();
  unary_job job = {kernels->unary[op][type], NULL, NULL, out, a, jn_size_of(type), jn_size_of(type)};
  if (unary_through_float32(kernels, op, type)) {
    job.kernel = kernels->unary[op][JN_FLOAT32];
    job.widen = kernels->convert[JN_FLOAT32][type];
    job.narrow = kernels->convert[type][JN_FLOAT32];
  }
  jn_parallel_range(n, jn_unary_cost(op, type), run_unary, &job);
}

void jn_is_finite(jn_dtype type, uint8_t *out, const void *a, size_t n) {
  unary_job job = {jn_active_kernels()->is_finite[type], NULL, NULL, (char *)out, a, 1, jn_size_of(type)};
  jn_parallel_range(n, 1, run_unary, &job);
}

// MARK: Two operands

typedef struct binary_job {
  jn_binary_kernel *kernel;
  jn_unary_kernel *widen, *narrow;  // for 16-bit floats; narrow is null where the result is bool
  char *out;
  const char *operand[2];
  size_t step[2];  // 1, or 0 for an operand that is a vector of copies
  size_t out_size, size;
} binary_job;

static void run_binary(void *context, size_t begin, size_t end) {
  const binary_job *job = context;
  const char *a = job->operand[0] + begin * job->step[0] * job->size;
  const char *b = job->operand[1] + begin * job->step[1] * job->size;
  if (!job->widen) {
    job->kernel(job->out + begin * job->out_size, a, job->step[0], b, job->step[1], end - begin);
    return;
  }
  float tile[2][JN_TILE];
  for (size_t i = begin; i < end; i += JN_TILE) {
    size_t n = jn_min_size(JN_TILE, end - i);
    const void *wide[2] = {job->operand[0], job->operand[1]};
    for (size_t k = 0; k < 2; k++) {
      if (!job->step[k]) continue;
      job->widen(tile[k], job->operand[k] + i * job->size, n);
      wide[k] = tile[k];
    }
    void *out = job->narrow ? (void *)tile[0] : job->out + i * job->out_size;
    job->kernel(out, wide[0], job->step[0], wide[1], job->step[1], n);
    if (job->narrow) job->narrow(job->out + i * job->out_size, out, n);
  }
}

// Replaces operands of one element by a vector of copies, in float32 where the work is done in that.
static void splat_operands(binary_job *job, const bool splat[2], char copies[2][JN_VECTOR_BYTES_MAX]) {
  for (size_t k = 0; k < 2; k++) {
    job->step[k] = splat[k] ? 0 : 1;
    if (!splat[k]) continue;
    float wide;
    const void *element = job->operand[k];
    size_t size = job->size;
    if (job->widen) {
      job->widen(&wide, element, 1);
      element = &wide;
      size = sizeof wide;
    }
    jn_splat(size, copies[k], element, JN_VECTOR_BYTES_MAX / size);
    job->operand[k] = copies[k];
  }
}

static bool binary_through_float32(const jn_kernels *kernels, jn_binary_op op, jn_dtype type) {
  return jn_is_half(type) && !kernels->binary[op][type] && kernels->binary[op][JN_FLOAT32];
}

bool jn_binary_supports(jn_binary_op op, jn_dtype type) {
  const jn_kernels *kernels = jn_active_kernels();
  return kernels->binary[op][type] || binary_through_float32(kernels, op, type);
}

void jn_binary(jn_binary_op op, jn_dtype type, void *out, const void *a, bool a_splat, const void *b, bool b_splat, size_t n) {
  if (n == 0) return;
  const jn_kernels *kernels = jn_active_kernels();
  binary_job job = {kernels->binary[op][type], NULL, NULL, out, {a, b}, {1, 1}, jn_size_of(type), jn_size_of(type)};
  if (binary_through_float32(kernels, op, type)) {
    job.kernel = kernels->binary[op][JN_FLOAT32];
    job.widen = kernels->convert[JN_FLOAT32][type];
    job.narrow = kernels->convert[type][JN_FLOAT32];
  }
  _Alignas(64) char copies[2][JN_VECTOR_BYTES_MAX];
  splat_operands(&job, (const bool[2]){a_splat, b_splat}, copies);
  jn_parallel_range(n, jn_binary_cost(op, type), run_binary, &job);
}

void jn_compare(jn_compare_op op, jn_dtype type, uint8_t *out, const void *a, bool a_splat, const void *b, bool b_splat, size_t n) {
  if (n == 0) return;
  const jn_kernels *kernels = jn_active_kernels();
  jn_dtype computed = jn_is_half(type) ? JN_FLOAT32 : type;
  binary_job job = {kernels->compare[op][computed], NULL, NULL, (char *)out, {a, b}, {1, 1}, 1, jn_size_of(type)};
  if (computed != type) job.widen = kernels->convert[computed][type];
  _Alignas(64) char copies[2][JN_VECTOR_BYTES_MAX];
  splat_operands(&job, (const bool[2]){a_splat, b_splat}, copies);
  jn_parallel_range(n, jn_binary_cost(JN_ADD, type), run_binary, &job);
}

// MARK: Selection

typedef struct select_job {
  jn_select_kernel *kernel;
  char *out;
  const uint8_t *pred;
  const char *operand[2];
  size_t pred_step, step[2], size;
} select_job;

static void run_select(void *context, size_t begin, size_t end) {
  const select_job *job = context;
  job->kernel(job->out + begin * job->size, job->pred + begin * job->pred_step, job->pred_step,
              job->operand[0] + begin * job->step[0] * job->size, job->step[0],
              job->operand[1] + begin * job->step[1] * job->size, job->step[1], end - begin);
}

void jn_select(size_t item_size, void *out, const uint8_t *pred, bool pred_splat, const void *a, bool a_splat, const void *b, bool b_splat, size_t n) {
  if (n == 0) return;
  select_job job = {jn_active_kernels()->select[jn_log2_of_size(item_size)], out, pred, {a, b}, !pred_splat, {!a_splat, !b_splat}, item_size};
  _Alignas(64) char copies[3][JN_VECTOR_BYTES_MAX];
  if (pred_splat) job.pred = memset(copies[2], *pred, JN_VECTOR_BYTES_MAX);
  for (size_t k = 0; k < 2; k++) {
    if (job.step[k]) continue;
    jn_splat(item_size, copies[k], job.operand[k], JN_VECTOR_BYTES_MAX / item_size);
    job.operand[k] = copies[k];
  }
  jn_parallel_range(n, item_size == 8 ? 2 : 1, run_select, &job);
}

// MARK: Conversion

// A conversion as up to three kernels, with the size of an element after each.
typedef struct convert_job {
  jn_unary_kernel *stage[JN_CONVERT_STAGES];
  size_t stages;
  char *out;
  const char *a;
  size_t out_size, size;
} convert_job;

static void run_convert(void *context, size_t begin, size_t end) {
  const convert_job *job = context;
  if (job->stages == 1) {
    job->stage[0](job->out + begin * job->out_size, job->a + begin * job->size, end - begin);
    return;
  }
  double tile[JN_CONVERT_STAGES - 1][JN_TILE];
  for (size_t i = begin; i < end; i += JN_TILE) {
    size_t n = jn_min_size(JN_TILE, end - i);
    const void *from = job->a + i * job->size;
    for (size_t k = 0; k < job->stages; k++) {
      void *to = k + 1 == job->stages ? (void *)(job->out + i * job->out_size) : tile[k];
      job->stage[k](to, from, n);
      from = to;
    }
  }
}

// To a 16-bit float there is one rounding: float32 on the way is exact, or rounded to odd.
size_t jn_convert_stages(jn_unary_kernel *stage[JN_CONVERT_STAGES], jn_dtype type[JN_CONVERT_STAGES], jn_dtype to, jn_dtype from) {
  const jn_kernels *kernels = jn_active_kernels();
  size_t count = 0;
  if (!kernels->convert[to][from] && !jn_is_half(from) && from != JN_BOOL && jn_size_of(from) > 2) {
    if (from != JN_FLOAT64) {
      stage[count] = kernels->float64_sticky[from] ? kernels->float64_sticky[from] : kernels->convert[JN_FLOAT64][from];
      type[count++] = JN_FLOAT64;
    }
    stage[count] = kernels->float32_round_to_odd;
    type[count++] = from = JN_FLOAT32;
  } else if (!kernels->convert[to][from]) {
    stage[count] = kernels->convert[JN_FLOAT32][from];
    type[count++] = from = JN_FLOAT32;
  }
  stage[count] = kernels->convert[to][from];
  type[count++] = to;
  return count;
}

void jn_convert(jn_dtype to, void *out, jn_dtype from, const void *a, size_t n) {
  if (to == from) {
    if (out != a && n > 0) memcpy(out, a, n * jn_size_of(to));
    return;
  }
  convert_job job = {{NULL}, 0, out, a, jn_size_of(to), jn_size_of(from)};
  jn_dtype types[JN_CONVERT_STAGES];
  job.stages = jn_convert_stages(job.stage, types, to, from);
  jn_parallel_range(n, job.stages * (job.size == 8 || job.out_size == 8 ? 2 : 1), run_convert, &job);
}
