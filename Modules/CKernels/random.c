// Random bits.
#include "internal.h"

typedef struct threefry_job {
  jn_threefry_kernel *kernel;
  uint32_t *out0, *out1;
  const uint32_t *operand[4];
  size_t step[4];
} threefry_job;

static void run(void *context, size_t begin, size_t end) {
  const threefry_job *job = context;
  const uint32_t *operand[4];
  for (size_t i = 0; i < 4; i++) operand[i] = job->operand[i] + begin * job->step[i];
  job->kernel(job->out0 + begin, job->out1 + begin, operand[0], job->step[0], operand[1], job->step[1], operand[2],
              job->step[2], operand[3], job->step[3], end - begin);
}

void jn_threefry2x32(uint32_t *out0, uint32_t *out1, const uint32_t *key0, bool key0_splat, const uint32_t *key1,
                     bool key1_splat, const uint32_t *x0, bool x0_splat, const uint32_t *x1, bool x1_splat, size_t n) {
  threefry_job job = {jn_active_kernels()->threefry2x32, out0, out1, {key0, key1, x0, x1}, {1, 1, 1, 1}};
  const bool splat[4] = {key0_splat, key1_splat, x0_splat, x1_splat};
  _Alignas(64) uint32_t copies[4][JN_VECTOR_BYTES_MAX / sizeof(uint32_t)];
  for (size_t i = 0; i < 4; i++) {
    if (!splat[i]) continue;
    jn_splat(sizeof(uint32_t), copies[i], job.operand[i], JN_VECTOR_BYTES_MAX / sizeof(uint32_t));
    job.operand[i] = copies[i];
    job.step[i] = 0;
  }
  jn_parallel_range(n, 8, run, &job);
}
