// Multiply-add: the kernel for the type, 16-bit floats by way of float32, and the threads.
#include "internal.h"

typedef struct fma_job {
  const jn_kernels *kernels;
  jn_dtype type;
  size_t size;
  char *out;
  const char *operand[3];
  size_t step[3];  // 1, or 0 for an operand that is copies of one element: a vector, or for 16-bit floats a tile
} fma_job;

static void run(void *context, size_t begin, size_t end) {
  const fma_job *job = context;
  const char *operand[3];
  for (size_t k = 0; k < 3; k++) operand[k] = job->operand[k] + begin * job->step[k] * job->size;
  job->kernels->fma[job->type](job->out + begin * job->size, operand[0], job->step[0], operand[1], job->step[1],
                               operand[2], job->step[2], end - begin);
}

static void run_half(void *context, size_t begin, size_t end) {
  const fma_job *job = context;
  jn_unary_kernel *widen = job->kernels->convert[JN_FLOAT32][job->type];
  jn_unary_kernel *narrow = job->kernels->convert[job->type][JN_FLOAT32];
  float wide[3][JN_TILE];
  uint16_t product[JN_TILE];
  for (size_t i = begin; i < end; i += JN_TILE) {
    size_t n = jn_min_size(JN_TILE, end - i);
    for (size_t k = 0; k < 3; k++) widen(wide[k], job->operand[k] + i * job->step[k] * job->size, n);
    job->kernels->binary[JN_MUL][JN_FLOAT32](wide[0], wide[0], 1, wide[1], 1, n);
    narrow(product, wide[0], n);
    widen(wide[0], product, n);
    job->kernels->binary[JN_ADD][JN_FLOAT32](wide[0], wide[0], 1, wide[2], 1, n);
    narrow(job->out + i * job->size, wide[0], n);
  }
}

void jn_fma(jn_dtype type, void *out, const void *a, bool a_splat, const void *b, bool b_splat, const void *c,
            bool c_splat, size_t n) {
  if (n == 0) return;
  fma_job job = {jn_active_kernels(), type, jn_size_of(type), out, {a, b, c}, {!a_splat, !b_splat, !c_splat}};
  _Alignas(JN_VECTOR_BYTES_MAX) char copies[3][JN_TILE * sizeof(uint16_t)];
  size_t copied_bytes = jn_is_half(type) ? sizeof copies[0] : JN_VECTOR_BYTES_MAX;
  for (size_t k = 0; k < 3; k++) {
    if (job.step[k]) continue;
    jn_splat(job.size, copies[k], job.operand[k], copied_bytes / job.size);
    job.operand[k] = copies[k];
  }
  jn_parallel_range(n, type == JN_FLOAT32 ? 1 : jn_is_half(type) ? 4 : 2, jn_is_half(type) ? run_half : run, &job);
}
