// Reductions along the middle axis. A long axis is cut into segments of a fixed length, the segments' results are
// reduced in their turn: how a sum is bracketed depends on the shape alone, never on the threads.
#include "internal.h"

#include <string.h>

enum {
  COLUMN_TILE = 1024,     // columns reduced together: the accumulators stay in the nearest cache
  LEAF = JN_LEAF_BYTES / sizeof(float),  // 16-bit floats widened at a time
  SMALL_TILE = 4096,      // elements of such blocks taken together
};

typedef struct reduce_job {
  jn_row_kernel *row;
  jn_rows_kernel *rows;
  jn_transpose_kernel *transpose;
  jn_unary_kernel *widen;  // for 16-bit floats, else null
  char *out;               // in the type of accumulation
  const char *in;
  size_t in_size, out_size;  // of an element
  size_t size, inner;
  size_t segment, segments;  // along the axis
  size_t tile, tiles;        // across the columns
  uint64_t identity;         // in the first bytes
} reduce_job;

// MARK: The order of a sum

size_t jn_reduce_segment(size_t inner) {
  if (inner == 1) return JN_ROW_SEGMENT;
  if (inner < JN_THIN) return 512 * (JN_THIN / inner);
  size_t rows = 32768 / inner / 8 * 8;
  return rows < 64 ? 64 : rows;
}

void jn_reduce_tree(jn_rows_kernel *rows, size_t size, char *leaves, size_t count) {
  if (count == 1) return;
  size_t half = (count + 1) / 2;
  jn_reduce_tree(rows, size, leaves, half);
  jn_reduce_tree(rows, size, leaves + half * size, count - half);
  rows(leaves, leaves + half * size, 1, 1, 1);
}

void jn_reduce_leaves(jn_row_kernel *row, jn_rows_kernel *rows, size_t size, void *out, char *leaves, size_t count,
                      size_t segment) {
  for (size_t begin = 0; begin < count; begin += segment) {
    jn_reduce_tree(rows, size, leaves + begin * size, jn_min_size(segment, count - begin));
    memcpy(leaves + begin / segment * size, leaves + begin * size, size);
  }
  if (count <= segment)
    memcpy(out, leaves, size);
  else
    row(out, leaves, (count + segment - 1) / segment);
}

// MARK: One segment

static void reduce_row_segment(const reduce_job *job, char *out, const char *in, size_t n) {
  if (!job->widen) {
    job->row(out, in, n);
    return;
  }
  float wide[LEAF], leaves[JN_ROW_SEGMENT / LEAF];
  size_t count = 0;
  for (size_t i = 0; i < n; i += LEAF) {
    size_t length = jn_min_size(LEAF, n - i);
    job->widen(wide, in + i * job->in_size, length);
    job->row(&leaves[count++], wide, length);
  }
  jn_reduce_tree(job->rows, sizeof(float), (char *)leaves, count);
  memcpy(out, leaves, sizeof(float));
}

// acc[j] = acc[j] op in[k, j] for all rows k, from the type of the input.
static void accumulate_rows(const reduce_job *job, char *acc, const char *in, size_t rows, size_t stride, size_t columns) {
  if (!job->widen) {
    job->rows(acc, in, rows, stride, columns);
    return;
  }
  float wide[8 * COLUMN_TILE];
  for (size_t k = 0; k < rows; k += 8) {
    size_t count = jn_min_size(8, rows - k);
    for (size_t r = 0; r < count; r++) job->widen(wide + r * columns, in + (k + r) * stride * job->in_size, columns);
    job->rows(acc, wide, count, columns, columns);
  }
}

static void reduce_rows_segment(const reduce_job *job, char *out, const char *in, size_t rows, size_t columns) {
  if (job->inner >= JN_THIN) {
    jn_splat(job->out_size, out, &job->identity, columns);
    accumulate_rows(job, out, in, rows, job->inner, columns);
    return;
  }
  // Several thin rows as one wide row, whose parts are reduced at the end.
  size_t group = jn_reduce_group(columns), groups = rows / group, wide = group * columns, done = groups * group;
  _Alignas(64) char acc[2 * JN_THIN * sizeof(double)];
  jn_splat(job->out_size, acc, &job->identity, wide);
  accumulate_rows(job, acc, in, groups, wide, wide);
  accumulate_rows(job, acc, in + done * columns * job->in_size, rows - done, columns, columns);
  job->rows(acc, acc + columns * job->out_size, group - 1, columns, columns);
  memcpy(out, acc, columns * job->out_size);
}

// Over the triples (o, segment, column tile).
static void run_reduce(void *context, size_t begin, size_t end) {
  const reduce_job *job = context;
  for (size_t task = begin; task < end; task++) {
    size_t tile = task % job->tiles, rest = task / job->tiles;
    size_t segment = rest % job->segments, o = rest / job->segments;
    size_t k = segment * job->segment, rows = jn_min_size(job->segment, job->size - k);
    size_t j = tile * job->tile, columns = jn_min_size(job->tile, job->inner - j);
    const char *in = job->in + ((o * job->size + k) * job->inner + j) * job->in_size;
    char *out = job->out + ((o * job->segments + segment) * job->inner + j) * job->out_size;
    if (job->inner == 1)
      reduce_row_segment(job, out, in, rows);
    else
      reduce_rows_segment(job, out, in, rows, columns);
  }
}

// MARK: Many small blocks

// A call for every block would cost more than its reduction. Transposed, the blocks lie side by side, and are reduced as
// columns.
static void reduce_small_blocks(const reduce_job *job, char *out, const char *in, size_t blocks) {
  _Alignas(64) char wide[SMALL_TILE * sizeof(float)], columns[SMALL_TILE * sizeof(double)];
  size_t block = job->size * job->inner;
  if (job->widen) {
    job->widen(wide, in, blocks * block);
    in = wide;
  }
  job->transpose(columns, blocks, in, block, blocks, block);
  size_t width = job->inner * blocks;
  job->rows(columns, columns + width * job->out_size, job->size - 1, width, width);
  if (job->inner == 1)
    memcpy(out, columns, width * job->out_size);
  else
    job->transpose(out, job->inner, columns, blocks, job->inner, blocks);
}

// Over the outer axis, a tile of blocks at a time.
static void run_small(void *context, size_t begin, size_t end) {
  const reduce_job *job = context;
  size_t step = SMALL_TILE / (job->size * job->inner);
  for (size_t o = begin; o < end; o += step)
    reduce_small_blocks(job, job->out + o * job->inner * job->out_size,
                        job->in + o * job->size * job->inner * job->in_size, jn_min_size(step, end - o));
}

// MARK: The identity

// 0, 1, the lowest or the highest value, all bits set.
uint64_t jn_reduce_identity(jn_reduce_op op, jn_dtype type) {
  static const uint64_t ones[JN_DTYPE_COUNT] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 0x3c00, 0x3f80, 0x3f800000, 0x3ff0000000000000};
  static const uint64_t lowest[JN_DTYPE_COUNT] = {
    0, 0x80, 0x8000, 0x80000000, 0x8000000000000000, 0, 0, 0, 0, 0xfc00, 0xff80, 0xff800000, 0xfff0000000000000};
  static const uint64_t highest[JN_DTYPE_COUNT] = {
    1, 0x7f, 0x7fff, 0x7fffffff, 0x7fffffffffffffff, 0xff, 0xffff, 0xffffffff, 0xffffffffffffffff,
    0x7c00, 0x7f80, 0x7f800000, 0x7ff0000000000000};
  switch (op) {
  case JN_REDUCE_PROD: return ones[type];
  case JN_REDUCE_MAX: return lowest[type];
  case JN_REDUCE_MIN: return highest[type];
  case JN_REDUCE_AND: return type == JN_BOOL ? 1 : UINT64_MAX;
  default: return 0;
  }
}

// MARK: All of it

static void reduce_all(reduce_job job, size_t outer) {
  if (job.size > 1 && job.size * job.inner <= JN_SMALL_BLOCK && outer >= JN_MANY_BLOCKS) {
    jn_parallel_range(outer, job.size * job.inner, run_small, &job);
    return;
  }
  job.segment = jn_reduce_segment(job.inner);
  job.segments = (job.size + job.segment - 1) / job.segment;
  job.tile = COLUMN_TILE;
  job.tiles = (job.inner + job.tile - 1) / job.tile;
  size_t cost = jn_min_size(job.segment, job.size) * jn_min_size(job.tile, job.inner) / 2 + 8;
  char *out = job.out;
  if (job.segments > 1) job.out = jn_scratch_take(outer * job.segments * job.inner * job.out_size);
  jn_parallel_range(outer * job.segments * job.tiles, cost, run_reduce, &job);
  if (job.segments == 1) return;
  if (job.inner == 1) {
    for (size_t o = 0; o < outer; o++)
      job.row(out + o * job.out_size, job.out + o * job.segments * job.out_size, job.segments);
  } else {
    reduce_job rest = job;
    rest.widen = NULL;
    rest.in = job.out;
    rest.in_size = job.out_size;
    rest.out = out;
    rest.size = job.segments;
    reduce_all(rest, outer);
  }
  jn_scratch_give(job.out);
}

static void fill_identity(jn_reduce_op op, jn_dtype type, void *out, size_t n) {
  uint64_t bits = jn_reduce_identity(op, type);
  uint8_t b1 = (uint8_t)bits;
  uint16_t b2 = (uint16_t)bits;
  uint32_t b4 = (uint32_t)bits;
  const void *values[4] = {&b1, &b2, &b4, &bits};
  jn_fill(jn_size_of(type), out, values[jn_log2_of_size(jn_size_of(type))], n);
}

void jn_reduce(jn_reduce_op op, jn_dtype type, void *out, const void *in, size_t outer, size_t size, size_t inner) {
  if (outer == 0 || inner == 0) return;
  if (size == 0) {
    fill_identity(op, type, out, outer * inner);
    return;
  }
  const jn_kernels *kernels = jn_active_kernels();
  bool half = jn_is_half(type);
  jn_dtype computed = half ? JN_FLOAT32 : type;
  reduce_job job = {.row = kernels->reduce_row[op][computed], .rows = kernels->reduce_rows[op][computed],
                    .transpose = kernels->transpose[jn_log2_of_size(jn_size_of(computed))], .in = in,
                    .out = out, .in_size = jn_size_of(type), .out_size = jn_size_of(computed), .size = size, .inner = inner, .identity = jn_reduce_identity(op, computed)};
  if (!half) {
    reduce_all(job, outer);
    return;
  }
  job.widen = kernels->convert[JN_FLOAT32][type];
  job.out = jn_scratch_take(outer * inner * sizeof(float));
  reduce_all(job, outer);
  jn_convert(type, out, JN_FLOAT32, job.out, outer * inner);
  jn_scratch_give(job.out);
}
