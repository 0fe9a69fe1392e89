// Gradients of parameters that are products of matrices of float32, with what an optimizer does with them. Threads share the rows; of the
// columns, a strip is as wide as a tile, and the right operand's part of it is kept in the cache. Each sum is made one product after the
// other, wherever the cuts are.
#include <string.h>

#include "internal.h"

enum {
  MOST_PRODUCTS = 256,  // of a sum: more would not leave the right operand's strip in the cache
  PART_ROWS = 32,       // at least
  FEWEST_PARTS = 8,     // where there are rows for them
  PARTS_OF_THREAD = 4,
  FEWEST_VECTORS = 4,   // of a row
};

typedef struct job {
  const jn_product *product;
  const jn_update *update;
  const jn_kernels *kernels;
  size_t parts, tiles;      // of the rows
  size_t vectors, strips;   // of the columns
} job;

// Columns of the right operand one row after the other, with zeros up to whole vectors.
static void order_columns(const job *job, float *out, size_t column, size_t columns, size_t width) {
  const jn_product *x = job->product;
  for (size_t p = 0; p < x->k; p++, out += width) {
    memcpy(out, x->b + p * x->b_row + column, columns * sizeof(float));
    memset(out + columns, 0, (width - columns) * sizeof(float));
  }
}

static void update_part(void *context, size_t part) {
  const job *job = context;
  const jn_product *x = job->product;
  size_t lanes = job->kernels->update_lanes;
  size_t first = jn_begin_of(job->tiles, part, job->parts), end = jn_begin_of(job->tiles, part + 1, job->parts);
  float *panel = jn_thread_scratch(x->k * job->kernels->update_vectors * lanes * sizeof(float));
  for (size_t strip = 0; strip < job->strips; strip++) {
    size_t vector = jn_begin_of(job->vectors, strip, job->strips), next_vector = jn_begin_of(job->vectors, strip + 1, job->strips);
    size_t vectors = next_vector - vector, column = vector * lanes, columns = jn_min_size(vectors * lanes, x->n - column);
    const float *right = x->b + column;
    size_t right_step = x->b_row, last = columns - (vectors - 1) * lanes;
    // Rows that can be read as they lie are so by the first tile, which leaves them in order for the others.
    float *copy = panel;
    if (last < lanes) {
      order_columns(job, panel, column, columns, vectors * lanes);
      copy = NULL;
    }
    for (size_t tile = first; tile < end; tile++) {
      if (!copy) {
        right = panel;
        right_step = vectors * lanes;
      }
      size_t row = tile * job->kernels->update_rows, rows = jn_min_size(job->kernels->update_rows, x->m - row);
      bool ends = tile + 1 == end;
      size_t next = (ends ? first : tile + 1) * job->kernels->update_rows * x->n + (ends ? next_vector * lanes : column);
      job->kernels->product_update(rows, vectors, last, x->k, x->a + row, x->a_column, right, right_step, copy, job->update, row * x->n + column,
                                   jn_min_size(next, x->m * x->n - 1));
      copy = NULL;
    }
  }
}

bool jn_multiply_and_update(const jn_product *product, const jn_update *update) {
  const jn_kernels *kernels = jn_active_kernels();
  if (product->a_row != 1 || product->b_column != 1 || product->k > MOST_PRODUCTS || product->n < FEWEST_VECTORS * kernels->update_lanes)
    return false;
  job job = {.product = product, .update = update, .kernels = kernels};
  job.tiles = jn_divided(product->m, kernels->update_rows);
  job.vectors = jn_divided(product->n, kernels->update_lanes);
  job.strips = jn_divided(job.vectors, kernels->update_vectors);
  size_t most = PARTS_OF_THREAD * jn_thread_count();
  job.parts = jn_min_size(jn_divided(product->m, PART_ROWS), most > FEWEST_PARTS ? most : FEWEST_PARTS);
  jn_parallel(job.parts, update_part, &job);
  return true;
}
