// Running sums, products and extremes along the middle axis.
#include "internal.h"

#include <string.h>

enum { COLUMNS = 2048 };

typedef struct cumulative_job {
  jn_reduce_op op;
  jn_dtype type;
  // Wider for floats, of which a running sum is rounded as often as it has steps: 16-bit ones are summed in float32, those in float64.
  jn_dtype sum_type;
  jn_binary_kernel *kernel;         // in the type of the sums
  jn_unary_kernel *widen, *narrow;  // where that is another one, else null
  bool reverse;
  char *out;
  const char *in;
  size_t item_size, size, inner, tiles;
} cumulative_job;

// MARK: Along a row

#define JN_SCAN(T, EXPRESSION)                                 \
  {                                                            \
    const T *x = in;                                           \
    T *y = out, sum = *(T *)carry;                             \
    for (size_t i = 0; i < n; i++) {                           \
      T a = sum, b = x[(ptrdiff_t)i * step];                   \
      sum = (T)(EXPRESSION);                                   \
      y[(ptrdiff_t)i * step] = sum;                            \
    }                                                          \
    *(T *)carry = sum;                                         \
    return;                                                    \
  }

#define JN_INTEGER_SCANS(T, U)                                 \
  switch (op) {                                                \
  case JN_REDUCE_SUM: JN_SCAN(T, (U)a + (U)b)                  \
  case JN_REDUCE_PROD: JN_SCAN(T, (uint64_t)a * (uint64_t)b)   \
  case JN_REDUCE_MAX: JN_SCAN(T, a > b ? a : b)                \
  case JN_REDUCE_MIN: JN_SCAN(T, a < b ? a : b)                \
  case JN_REDUCE_AND: JN_SCAN(T, a & b)                        \
  default: JN_SCAN(T, a | b)                                   \
  }

#define JN_FLOAT_SCANS(T)                                                \
  switch (op) {                                                          \
  case JN_REDUCE_SUM: JN_SCAN(T, a + b)                                  \
  case JN_REDUCE_PROD: JN_SCAN(T, a * b)                                 \
  case JN_REDUCE_MAX: JN_SCAN(T, a != a || a > b ? a : b)                \
  default: JN_SCAN(T, a != a || a < b ? a : b)                           \
  }

// y[i] = y[i - 1] op x[i], from *carry on, which is left at the last; `step` is 1 or -1.
static void scan(jn_reduce_op op, jn_dtype type, void *out, const void *in, void *carry, size_t n, ptrdiff_t step) {
  switch (type) {
  case JN_INT8: JN_INTEGER_SCANS(int8_t, uint8_t)
  case JN_INT16: JN_INTEGER_SCANS(int16_t, uint16_t)
  case JN_INT32: JN_INTEGER_SCANS(int32_t, uint32_t)
  case JN_INT64: JN_INTEGER_SCANS(int64_t, uint64_t)
  case JN_BOOL: case JN_UINT8: JN_INTEGER_SCANS(uint8_t, uint8_t)
  case JN_UINT16: JN_INTEGER_SCANS(uint16_t, uint16_t)
  case JN_UINT32: JN_INTEGER_SCANS(uint32_t, uint32_t)
  case JN_UINT64: JN_INTEGER_SCANS(uint64_t, uint64_t)
  case JN_FLOAT64: JN_FLOAT_SCANS(double)
  default: JN_FLOAT_SCANS(float)
  }
}

static void run_row(const cumulative_job *job, char *out, const char *in) {
  size_t n = job->size;
  ptrdiff_t step = job->reverse ? -1 : 1;
  uint64_t carry = 0;
  if (!job->widen) {
    size_t first = job->reverse ? (n - 1) * job->item_size : 0;
    memcpy(&carry, in + first, job->item_size);
    memmove(out + first, in + first, job->item_size);
    if (n == 1) return;
    ptrdiff_t second = (ptrdiff_t)first + step * (ptrdiff_t)job->item_size;
    scan(job->op, job->type, out + second, in + second, &carry, n - 1, step);
    return;
  }
  double tile[JN_TILE];  // of floats or doubles
  ptrdiff_t sum_size = (ptrdiff_t)jn_size_of(job->sum_type);
  for (size_t done = 0; done < n; done += JN_TILE) {
    size_t count = jn_min_size(JN_TILE, n - done), begin = job->reverse ? n - done - count : done;
    job->widen(tile, in + begin * job->item_size, count);
    char *first = (char *)tile + (job->reverse ? (ptrdiff_t)(count - 1) * sum_size : 0);
    if (done == 0) {
      memcpy(&carry, first, (size_t)sum_size);
      char *second = first + step * sum_size;
      scan(job->op, job->sum_type, second, second, &carry, count - 1, step);
    } else {
      scan(job->op, job->sum_type, first, first, &carry, count, step);
    }
    job->narrow(out + begin * job->item_size, tile, count);
  }
}

// MARK: Down the columns

static void run_columns(const cumulative_job *job, char *out, const char *in, size_t columns) {
  double sum[COLUMNS], wide[COLUMNS];  // of floats or doubles
  const char *previous = NULL;
  for (size_t step = 0; step < job->size; step++) {
    size_t offset = (job->reverse ? job->size - 1 - step : step) * job->inner * job->item_size;
    if (job->widen) {
      job->widen(step == 0 ? sum : wide, in + offset, columns);
      if (step > 0) job->kernel(sum, sum, 1, wide, 1, columns);
      job->narrow(out + offset, sum, columns);
    } else if (step == 0) {
      memmove(out + offset, in + offset, columns * job->item_size);
    } else {
      job->kernel(out + offset, previous, 1, in + offset, 1, columns);
    }
    previous = out + offset;
  }
}

// Over the pairs (o, column tile).
static void run_cumulative(void *context, size_t begin, size_t end) {
  const cumulative_job *job = context;
  for (size_t task = begin; task < end; task++) {
    size_t j = task % job->tiles * COLUMNS;
    size_t offset = (task / job->tiles * job->size * job->inner + j) * job->item_size;
    if (job->inner == 1)
      run_row(job, job->out + offset, job->in + offset);
    else
      run_columns(job, job->out + offset, job->in + offset, jn_min_size(COLUMNS, job->inner - j));
  }
}

void jn_cumulative(jn_reduce_op op, jn_dtype type, bool reverse, void *out, const void *in, size_t outer, size_t size,
                   size_t inner) {
  static const jn_binary_op binary[JN_REDUCE_COUNT] = {JN_ADD, JN_MUL, JN_MAX, JN_MIN, JN_AND, JN_OR};
  if (outer == 0 || size == 0 || inner == 0) return;
  const jn_kernels *kernels = jn_active_kernels();
  if (type == JN_BOOL) op = op == JN_REDUCE_SUM || op == JN_REDUCE_MAX ? JN_REDUCE_OR
                            : op == JN_REDUCE_PROD || op == JN_REDUCE_MIN ? JN_REDUCE_AND : op;
  bool rounds = op == JN_REDUCE_SUM || op == JN_REDUCE_PROD;
  jn_dtype sum_type = jn_is_half(type) ? JN_FLOAT32 : type == JN_FLOAT32 && rounds ? JN_FLOAT64 : type;
  cumulative_job job = {
    .op = op, .type = type, .sum_type = sum_type, .kernel = kernels->binary[binary[op]][sum_type],
    .widen = sum_type == type ? NULL : kernels->convert[sum_type][type],
    .narrow = sum_type == type ? NULL : kernels->convert[type][sum_type],
    .reverse = reverse, .out = out, .in = in, .item_size = jn_size_of(type),
    .size = size, .inner = inner, .tiles = (inner + COLUMNS - 1) / COLUMNS,
  };
  size_t cost = size * jn_min_size(COLUMNS, inner) * (inner == 1 ? 4 : 1);
  jn_parallel_range(outer * job.tiles, cost, run_cumulative, &job);
}
