// Products of matrices of float32 in wide tiles (vector/product_wide.inc): larger ones whose left operand is read as it lies, and gradients of
// parameters with what an optimizer does with them. Of the columns a strip is as wide as a tile. The cut depends on the shapes alone, or makes
// no difference: each sum is made one product after the other.
#include <string.h>

#include "internal.h"

typedef struct job {
  const jn_product *product;
  const jn_kernels *kernels;
  size_t tiles, parts;     // of the rows
  size_t vectors, strips;  // of the columns
  size_t blocks;           // of the products of a sum
  const jn_update *update;
} job;

typedef struct strip {
  size_t column, columns;
  size_t vectors, lanes;  // lanes: of the last vector
  size_t width;           // of whole vectors
} strip;

static job make_job(const jn_product *x, size_t evenly) {
  const jn_kernels *kernels = jn_active_kernels();
  job job = {.product = x, .kernels = kernels, .blocks = 1};
  job.tiles = jn_divided(x->m, kernels->wide_rows);
  job.vectors = jn_divided(x->n, kernels->wide_lanes);
  job.strips = jn_min_size(evenly * jn_divided(job.vectors, evenly * kernels->wide_vectors), job.vectors);
  return job;
}

static strip make_strip(const job *job, size_t index) {
  size_t lanes = job->kernels->wide_lanes, first = jn_begin_of(job->vectors, index, job->strips);
  strip s = {.column = first * lanes, .vectors = jn_begin_of(job->vectors, index + 1, job->strips) - first};
  s.width = s.vectors * lanes;
  s.columns = jn_min_size(s.width, job->product->n - s.column);
  s.lanes = s.columns - (s.vectors - 1) * lanes;
  return s;
}

static float *panel_of(const job *job, size_t depth) {
  return jn_thread_scratch(depth * job->kernels->wide_vectors * job->kernels->wide_lanes * sizeof(float));
}

// Columns of the right operand from product number p on, one row after the other, with zeros up to whole vectors.
static void order_columns(const job *job, const strip *s, size_t p, size_t depth, float *out) {
  const jn_product *x = job->product;
  const float *in = x->b + p * x->b_row + s->column * x->b_column;
  if (s->columns < s->width) memset(out, 0, depth * s->width * sizeof(float));
  if (x->b_column != 1) {
    job->kernels->product_turn(out, s->width, in, x->b_column, s->columns, depth);
    return;
  }
  for (size_t q = 0; q < depth; q++) memcpy(out + q * s->width, in + q * x->b_row, s->columns * sizeof(float));
}

// MARK: Products

enum {
  LEAST_WORK = 1 << 23,  // multiplications
  APART = 1024,          // elements from row to row, or a multiple, with which the caches have no place for more rows than such a tile has
  SHARED_ROWS = 512,     // of a part, at most
  EVENLY = 4,            // strips are a multiple of it, so that threads have the same number
  DEPTH = 512,           // of a block,
  MANY_ROWS = 512,       // or twice as many where so many rows, or more, go over it
  TURNED_DEPTH = 256,    // where the right operand is to be turned
};

// What tile number `index` of `tiles` should fetch: its share of what the next block needs of the right operand. Fetching more, or all of it at once,
// costs more than it saves.
static jn_fetch next_memory(const job *job, const strip *s, size_t block, size_t index, size_t tiles, size_t depth) {
  const jn_product *x = job->product;
  // The next strip begins with the first block.
  bool is_last = block + 1 == job->blocks;
  size_t p = is_last ? 0 : jn_begin_of(x->k, block + 1, job->blocks), column = is_last ? s->column + s->columns : s->column;
  const float *panel = x->b + p * x->b_row + column * x->b_column;
  bool is_turned = x->b_column != 1;
  size_t rows = is_turned ? s->width : depth, length = is_turned ? depth : s->width, row = is_turned ? x->b_column : x->b_row;
  size_t begin = jn_begin_of(rows, index, tiles), count = jn_begin_of(rows, index + 1, tiles) - begin;
  jn_fetch fetch = {.first = (const char *)(panel + begin * row), .every = depth};
  if (count == 0) return fetch;
  fetch.lines = jn_divided(length, 16);
  fetch.step = row * sizeof(float);
  fetch.every = jn_divided(depth, count);
  return fetch;
}

static void multiply_strip(void *context, size_t index) {
  const job *job = context;
  const jn_product *x = job->product;
  size_t part = index % job->parts, first = jn_begin_of(job->tiles, part, job->parts), end = jn_begin_of(job->tiles, part + 1, job->parts);
  strip s = make_strip(job, index / job->parts);
  for (size_t block = 0; block < job->blocks; block++) {
    size_t p = jn_begin_of(x->k, block, job->blocks), depth = jn_begin_of(x->k, block + 1, job->blocks) - p;
    const float *right = x->b + p * x->b_row + s.column;
    size_t right_step = x->b_row;
    // Rows that can be read as they lie are so by the first tile, which leaves them in order for the others.
    float *panel = panel_of(job, depth), *copy = end - first > 1 ? panel : NULL;
    if (x->b_column != 1 || s.columns < s.width) {
      order_columns(job, &s, p, depth, panel);
      right = panel;
      right_step = s.width;
      copy = NULL;
    }
    for (size_t tile = first; tile < end; tile++) {
      size_t row = tile * job->kernels->wide_rows, rows = jn_min_size(job->kernels->wide_rows, x->m - row);
      jn_fetch fetch = next_memory(job, &s, block, tile - first, end - first, depth);
      job->kernels->product_wide(rows, s.vectors, s.lanes, depth, x->a + row * x->a_row + p, x->a_row, right, right_step,
                                 copy, x->c + row * x->c_row + s.column, x->c_row, x->accumulates || block > 0, &fetch);
      if (copy) {
        right = panel;
        right_step = s.width;
        copy = NULL;
      }
    }
  }
}

bool jn_multiply_wide(const jn_product *x) {
  if (x->a_column != 1 || x->m * x->n * x->k < LEAST_WORK || (x->b_column != 1 && x->b_row != 1)) return false;
  job job = make_job(x, EVENLY);
  // Tiles of two rows go over the right operand too often, unless others are worse.
  if (x->a_row % APART != 0 && (x->b_column != 1 || job.kernels->wide_rows < 4)) return false;
  if (job.vectors < EVENLY * job.kernels->wide_vectors) return false;
  size_t depth = x->m < MANY_ROWS ? DEPTH : 2 * DEPTH;
  job.blocks = jn_divided(x->k, x->b_column == 1 ? depth : TURNED_DEPTH);
  job.parts = jn_divided(x->m, SHARED_ROWS);
  jn_parallel(job.strips * job.parts, multiply_strip, &job);
  return true;
}

// MARK: Updates

enum {
  MOST_PRODUCTS = 256,  // of a sum: more would not leave the right operand's strip in the cache
  PART_ROWS = 32,       // at least
  FEWEST_PARTS = 8,     // where there are rows for them
  PARTS_OF_THREAD = 4,
  FEWEST_VECTORS = 4,   // of a row
};

static void update_part(void *context, size_t part) {
  const job *job = context;
  const jn_product *x = job->product;
  size_t first = jn_begin_of(job->tiles, part, job->parts), end = jn_begin_of(job->tiles, part + 1, job->parts);
  float *panel = panel_of(job, x->k);
  for (size_t index = 0; index < job->strips; index++) {
    strip s = make_strip(job, index);
    const float *right = x->b + s.column;
    size_t right_step = x->b_row;
    // Rows that can be read as they lie are so by the first tile, which leaves them in order for the others.
    float *copy = panel;
    if (s.columns < s.width) {
      order_columns(job, &s, 0, x->k, panel);
      copy = NULL;
    }
    for (size_t tile = first; tile < end; tile++) {
      if (!copy) {
        right = panel;
        right_step = s.width;
      }
      size_t row = tile * job->kernels->wide_rows, rows = jn_min_size(job->kernels->wide_rows, x->m - row);
      bool ends = tile + 1 == end;
      size_t next = (ends ? first : tile + 1) * job->kernels->wide_rows * x->n + (ends ? s.column + s.columns : s.column);
      job->kernels->product_update(rows, s.vectors, s.lanes, x->k, x->a + row, x->a_column, right, right_step, copy, job->update,
                                   row * x->n + s.column, jn_min_size(next, x->m * x->n - 1));
      copy = NULL;
    }
  }
}

bool jn_multiply_and_update(const jn_product *x, const jn_update *update) {
  job job = make_job(x, 1);
  if (x->a_row != 1 || x->b_column != 1 || x->k > MOST_PRODUCTS || x->n < FEWEST_VECTORS * job.kernels->wide_lanes) return false;
  job.update = update;
  size_t most = PARTS_OF_THREAD * jn_thread_count();
  job.parts = jn_min_size(jn_divided(x->m, PART_ROWS), most > FEWEST_PARTS ? most : FEWEST_PARTS);
  jn_parallel(job.parts, update_part, &job);
  return true;
}
