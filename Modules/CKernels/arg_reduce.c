// The place of the largest or smallest element along the middle axis.
#include "internal.h"

#include <string.h>

enum {
  BLOCK = 4096,    // elements of a row searched together
  COLUMNS = 512,   // columns searched together
  SHORT_ROW = 64,  // shorter rows are transposed, and searched as columns
};

typedef struct arg_job {
  jn_row_kernel *best_of_row;
  jn_find_kernel *find;
  jn_beat_kernel *beat;
  jn_transpose_kernel *transpose;
  jn_unary_kernel *widen;  // to a type of 4 bytes, or null
  jn_unary_kernel *store;  // of indices from int64, or null
  char *out;
  const char *in;
  size_t in_size, wide_size, out_size;
  size_t size, inner, tiles;
  jn_dtype type;  // in which elements are compared
  bool largest;
} arg_job;

// MARK: Along a row

static bool beats(const arg_job *job, const void *a, const void *b) {
#define JN_BEATS(T)                                          \
  {                                                          \
    T x, y;                                                  \
    memcpy(&x, a, sizeof x);                                 \
    memcpy(&y, b, sizeof y);                                 \
    return job->largest ? x > y : x < y;                     \
  }
#define JN_FLOAT_BEATS(T)                                    \
  {                                                          \
    T x, y;                                                  \
    memcpy(&x, a, sizeof x);                                 \
    memcpy(&y, b, sizeof y);                                 \
    return (job->largest ? x > y : x < y) || (x != x && y == y); \
  }
  switch (job->type) {
  case JN_INT32: JN_BEATS(int32_t)
  case JN_INT64: JN_BEATS(int64_t)
  case JN_UINT32: JN_BEATS(uint32_t)
  case JN_UINT64: JN_BEATS(uint64_t)
  case JN_FLOAT32: JN_FLOAT_BEATS(float)
  default: JN_FLOAT_BEATS(double)
  }
#undef JN_BEATS
#undef JN_FLOAT_BEATS
}

// A block of the row in the type of comparison.
static const char *block_at(const arg_job *job, const char *row, size_t begin, size_t n, void *tile) {
  const char *block = row + begin * job->in_size;
  if (!job->widen) return block;
  job->widen(tile, block, n);
  return tile;
}

// The best value of each block; then the best block is searched for the value.
static int64_t arg_of_row(const arg_job *job, const char *row) {
  uint64_t tile[BLOCK / 2], best, candidate;
  size_t best_begin = 0;
  for (size_t begin = 0; begin < job->size; begin += BLOCK) {
    size_t n = jn_min_size(BLOCK, job->size - begin);
    job->best_of_row(&candidate, block_at(job, row, begin, n, tile), n);
    if (begin != 0 && !beats(job, &candidate, &best)) continue;
    best = candidate;
    best_begin = begin;
  }
  size_t n = jn_min_size(BLOCK, job->size - best_begin);
  return (int64_t)(best_begin + job->find(block_at(job, row, best_begin, n, tile), &best, n));
}

// MARK: Down the columns

// The best of each column so far and its index, in integers of the width of an element. Rows are `stride` elements apart.
static void arg_of_columns(const arg_job *job, const char *in, size_t stride, size_t columns, int64_t *index) {
  uint64_t best[COLUMNS], narrow_index[COLUMNS], tile[COLUMNS];
  memcpy(best, block_at(job, in, 0, columns, tile), columns * job->wide_size);
  memset(narrow_index, 0, sizeof narrow_index);
  for (size_t k = 1; k < job->size; k++)
    job->beat(best, narrow_index, block_at(job, in, k * stride, columns, tile), k, columns);
  if (job->wide_size == 8) {
    memcpy(index, narrow_index, columns * sizeof *index);
  } else {
    const uint32_t *from = (const uint32_t *)(const void *)narrow_index;
    for (size_t j = 0; j < columns; j++) index[j] = from[j];
  }
}

// MARK: All of it

static void store_indices(const arg_job *job, size_t position, const int64_t *index, size_t n) {
  char *out = job->out + position * job->out_size;
  if (job->store)
    job->store(out, index, n);
  else
    memcpy(out, index, n * sizeof *index);
}

static void run_rows(void *context, size_t begin, size_t end) {
  const arg_job *job = context;
  for (size_t o = begin; o < end; o++) {
    int64_t index = arg_of_row(job, job->in + o * job->size * job->in_size);
    store_indices(job, o, &index, 1);
  }
}

static void run_short_rows(void *context, size_t begin, size_t end) {
  const arg_job *job = context;
  arg_job widened = *job;
  widened.widen = NULL;
  widened.in_size = job->wide_size;
  uint64_t wide[BLOCK], columns[BLOCK];
  int64_t index[COLUMNS];
  size_t step = jn_min_size(BLOCK / job->size, COLUMNS);
  for (size_t o = begin; o < end; o += step) {
    size_t rows = jn_min_size(step, end - o);
    const char *in = block_at(job, job->in, o * job->size, rows * job->size, wide);
    job->transpose(columns, rows, in, job->size, rows, job->size);
    arg_of_columns(&widened, (const char *)columns, rows, rows, index);
    store_indices(job, o, index, rows);
  }
}

static void run_columns(void *context, size_t begin, size_t end) {
  const arg_job *job = context;
  int64_t index[COLUMNS];
  for (size_t task = begin; task < end; task++) {
    size_t o = task / job->tiles, j = task % job->tiles * COLUMNS, columns = jn_min_size(COLUMNS, job->inner - j);
    arg_of_columns(job, job->in + (o * job->size * job->inner + j) * job->in_size, job->inner,
                   columns, index);
    store_indices(job, o * job->inner + j, index, columns);
  }
}

// Small types are compared in a wider one that holds all their values.
static jn_dtype comparison_type(jn_dtype type) {
  if (jn_is_half(type)) return JN_FLOAT32;
  return jn_size_of(type) < 4 ? JN_INT32 : type;
}

void jn_arg_reduce(bool largest, jn_dtype type, jn_dtype index_type, void *out, const void *in, size_t outer,
                   size_t size, size_t inner) {
  if (outer == 0 || size == 0 || inner == 0) return;
  const jn_kernels *kernels = jn_active_kernels();
  jn_dtype compared = comparison_type(type);
  arg_job job = {
    .best_of_row = kernels->reduce_row[largest ? JN_REDUCE_MAX : JN_REDUCE_MIN][compared],
    .find = kernels->find[compared],
    .beat = kernels->beat[largest][compared],
    .transpose = kernels->transpose[jn_log2_of_size(jn_size_of(compared))],
    .widen = compared == type ? NULL : kernels->convert[compared][type],
    .store = index_type == JN_INT64 ? NULL : kernels->convert[index_type][JN_INT64],
    .out = out, .in = in,
    .in_size = jn_size_of(type), .wide_size = jn_size_of(compared), .out_size = jn_size_of(index_type),
    .size = size, .inner = inner, .tiles = (inner + COLUMNS - 1) / COLUMNS,
    .type = compared, .largest = largest,
  };
  if (inner == 1 && size <= SHORT_ROW && outer >= 16)
    jn_parallel_range(outer, size, run_short_rows, &job);
  else if (inner == 1)
    jn_parallel_range(outer, size + 8, run_rows, &job);
  else
    jn_parallel_range(outer * job.tiles, size * jn_min_size(COLUMNS, inner) + 8, run_columns, &job);
}
