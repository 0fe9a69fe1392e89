// Products of matrices of float32. A product is cut into parts, rows times columns, that threads claim one by one; a part goes over its
// columns a panel at a time, as many as a tile has. Of the left operand a panel is the rows of a tile. What a panel is read for, tile after
// tile, lies in one run: the left operand is brought into that order once for all threads, the right one by each part. The cut depends
// on the shapes alone, so that results do not depend on the number of threads.
#include <string.h>

#include "internal.h"

enum {
  DEPTH = 256,            // products that are added up in registers, at most
  BLOCK_ROWS = 256,       // of a part
  SHARED_WORK = 1 << 17,  // multiplications that are worth sharing by two, and that each of more parts should have
  FEWEST_PARTS = 8,       // of whole rows, where there is work for them
  MOST_PARTS = 32,
  WORK_OF_UNIT = 8,       // multiplications in the time of a unit of the work of elements
  PART_ELEMENTS = 1 << 13,  // of a part of whole rows; twice as many where the right operand
  KEPT_ELEMENTS = 1 << 16,  // has more than this, and is fetched again for each part
  LEFT_ELEMENTS = 1 << 22,  // of the left operand that are brought into order at a time
  SHARED_ORDERING = 1 << 14,  // elements that are worth bringing into order together
  DOTS_PART_ROWS = 16,
  LEAST_SHARED_ROWS = 56,  // of a part, where the parts would bring the right operand into order more than once
};

typedef struct job {
  const jn_product *product;
  const jn_kernels *kernels;
  size_t row_panels, column_panels;
  size_t row_parts, column_parts;
  size_t depth;       // of a block of products that are added up in registers
  float *left;        // in order, or null where it is read as it lies
} job;

// MARK: Operands

// out[p * step + i] = in[i * row + p * column]
static void turn(const jn_kernels *kernels, float *out, size_t step, const float *in, size_t row, size_t column, size_t rows, size_t k) {
  if (rows == 1 && step == 1 && column == 1) {
    memcpy(out, in, k * sizeof(float));
  } else if (row == 1) {
    for (size_t p = 0; p < k; p++) memcpy(out + p * step, in + p * column, rows * sizeof(float));
  } else if (column == 1) {
    kernels->product_turn(out, step, in, row, rows, k);
  } else {
    for (size_t p = 0; p < k; p++)
      for (size_t i = 0; i < rows; i++) out[p * step + i] = in[i * row + p * column];
  }
}

// The left operand in order: for each block of `depth` products, panel after panel.
static void order_rows(void *context, size_t part) {
  const job *job = context;
  const jn_product *x = job->product;
  size_t begin = jn_begin_of(job->row_panels, part, job->row_parts), end = jn_begin_of(job->row_panels, part + 1, job->row_parts);
  for (size_t p = 0; p < x->k; p += job->depth) {
    size_t depth = jn_min_size(job->depth, x->k - p);
    for (size_t panel = begin; panel < end; panel++) {
      size_t row = jn_begin_of(x->m, panel, job->row_panels), rows = jn_begin_of(x->m, panel + 1, job->row_panels) - row;
      turn(job->kernels, job->left + p * x->m + row * depth, rows, x->a + row * x->a_row + p * x->a_column, x->a_row, x->a_column, rows, depth);
    }
  }
}

// Columns of the right operand one row after the other, as wide as a tile.
static void order_columns(const job *job, float *out, const float *in, size_t columns, size_t depth) {
  const jn_product *x = job->product;
  size_t width = job->kernels->product_columns;
  if (columns < width) memset(out, 0, depth * width * sizeof(float));
  turn(job->kernels, out, width, in, x->b_column, x->b_row, columns, depth);
}

// MARK: Parts

// What is fetched while a part of whole rows is made: as much of these arrays as the part has elements, two of them with each tile.
typedef struct companions {
  const float *const *arrays;
  size_t count;
} companions;

static jn_ahead next_of_companions(const companions *others, size_t first, size_t lines, size_t tile) {
  size_t turns = jn_divided(others->count, 2), turn = tile % turns, offset = (tile - turn) * lines * 64;
  const char *one = (const char *)(others->arrays[2 * turn] + first) + offset;
  const char *other = 2 * turn + 1 < others->count ? (const char *)(others->arrays[2 * turn + 1] + first) + offset : one;
  return (jn_ahead){one, other, 64, 16 * 64};
}

// Whether the right operand is so large that its panels are fetched, too, where there are companions: by the first tile of each.
static bool fetches_panels(const job *job, const companions *others) {
  return others->count == 0 || job->product->k * job->product->n > KEPT_ELEMENTS;
}

// Cache lines of each companion that a tile fetches, so that all tiles together fetch as many as the part has.
static size_t lines_of_tile(const job *job, const companions *others, size_t panels) {
  const jn_product *x = job->product;
  size_t tiles = (panels > 1 && fetches_panels(job, others) ? panels - 1 : panels) * job->column_panels;
  return jn_divided(jn_divided(x->m * panels, job->row_panels) * x->n, 16 * tiles);
}

// What the tile number `index` of a panel should fetch of the panel that begins at column j: all of its rows, or, of columns, sixteen lines
// of some. Too much or too little of it costs time alone.
static jn_ahead next_panel(const job *job, size_t p, size_t j, size_t index, size_t depth) {
  const jn_product *x = job->product;
  const char *panel = (const char *)(x->b + p * x->b_row + j * x->b_column);
  if (x->b_column == 1) {
    size_t line = x->b_row * sizeof(float);
    if (index == 0) return (jn_ahead){panel, panel + 64, line, 16 * line};
  } else if (x->b_row == 1) {
    size_t step = x->b_column * sizeof(float), columns = jn_divided(depth, 16), column = 2 * index * columns;
    if (column < job->kernels->product_columns) return (jn_ahead){panel + column * step, panel + (column + columns) * step, 64, step};
  }
  const char *here = (const char *)x->a;
  return (jn_ahead){here, here, 0, 0};
}

// Some panels of rows times some columns. `c` is where row 0 would be, `panel` memory for a panel of the right operand. Of the
// other arrays, those elements are fetched that the rows have, from `first` on.
static void multiply_panels(const job *job, size_t first_panel, size_t end_panel, size_t first_column, size_t end_column, float *c,
                            float *panel, const companions *others, size_t first) {
  const jn_product *x = job->product;
  const jn_kernels *kernels = job->kernels;
  size_t width = kernels->product_columns, tile = 0, lines = lines_of_tile(job, others, end_panel - first_panel);
  bool panels_too = fetches_panels(job, others);
  for (size_t p = 0; p < x->k; p += job->depth) {
    size_t depth = jn_min_size(job->depth, x->k - p);
    for (size_t j = first_column; j < end_column; j += width) {
      size_t columns = jn_min_size(width, end_column - j);
      const float *right = x->b + p * x->b_row + j * x->b_column;
      size_t right_step = x->b_row;
      // Rows that can be read as they lie are so by the first tile, which leaves them in order for the others.
      float *copy = end_panel - first_panel > 1 ? panel : NULL;
      if (x->b_column != 1 || (columns < width && columns != width / 2)) {
        order_columns(job, panel, right, columns, depth);
        right = panel;
        right_step = width;
        copy = NULL;
      }
      for (size_t k = first_panel; k < end_panel; k++) {
        bool is_for_companions = others->count > 0 && p == 0 && !(panels_too && k == first_panel && end_panel - first_panel > 1);
        jn_ahead ahead = is_for_companions ? next_of_companions(others, first, lines, tile++)
                                           : next_panel(job, p, j + width, k - first_panel, depth);
        size_t row = jn_begin_of(x->m, k, job->row_panels), rows = jn_begin_of(x->m, k + 1, job->row_panels) - row;
        const float *left = job->left ? job->left + p * x->m + row * depth : x->a + row * x->a_row + p * x->a_column;
        kernels->product_tile(rows, columns, depth, left, job->left ? 1 : x->a_row, job->left ? rows : x->a_column, right, right_step, copy, c + row * x->c_row + j,
                              x->c_row, x->accumulates || p > 0, &ahead);
        if (copy) {
          right = panel;
          right_step = width;
          copy = NULL;
        }
      }
    }
  }
}

static size_t panel_bytes(const job *job) { return job->depth * job->kernels->product_columns * sizeof(float); }

static void multiply_part(void *context, size_t index) {
  const job *job = context;
  size_t row_part = index % job->row_parts, column_part = index / job->row_parts, width = job->kernels->product_columns;
  multiply_panels(job, jn_begin_of(job->row_panels, row_part, job->row_parts), jn_begin_of(job->row_panels, row_part + 1, job->row_parts),
                  jn_begin_of(job->column_panels, column_part, job->column_parts) * width,
                  jn_min_size(jn_begin_of(job->column_panels, column_part + 1, job->column_parts) * width, job->product->n), job->product->c,
                  jn_thread_scratch(panel_bytes(job)), &(companions){NULL, 0}, 0);
}

// Sums along the rows of both operands: `left` is null, or the right one in that order.
static void multiply_dots(void *context, size_t index) {
  const job *job = context;
  const jn_product *x = job->product;
  size_t row_part = index % job->row_parts, column_part = index / job->row_parts;
  size_t row = jn_begin_of(x->m, row_part, job->row_parts), rows = jn_begin_of(x->m, row_part + 1, job->row_parts) - row;
  size_t width = job->kernels->product_columns;
  size_t begin = jn_begin_of(job->column_panels, column_part, job->column_parts) * width;
  size_t end = jn_min_size(jn_begin_of(job->column_panels, column_part + 1, job->column_parts) * width, x->n);
  const float *right = job->left ? job->left : x->b;
  size_t right_row = job->left ? x->k : x->b_column;
  job->kernels->product_dots(rows, end - begin, x->k, x->a + row * x->a_row, x->a_row, right + begin * right_row, right_row,
                             x->c + row * x->c_row + begin, x->c_row);
}

// MARK: The cut

static void in_parts(const job *job, size_t count, void (*body)(void *context, size_t index)) {
  if (count == 1) body((void *)job, 0);
  else jn_parallel(count, body, (void *)job);
}

// Whether sums are made along rows, many products at a time: there is little to bring into order then, but every sum of a vector's lanes
// takes some time.
static bool makes_dots(const jn_product *x, const jn_kernels *kernels) {
  if (x->a_column != 1 || x->accumulates || x->k < kernels->product_columns / 2) return false;
  if (x->b_row == 1) return x->m <= 16 ? x->k >= 48 : x->m <= 64 && x->k >= 200;
  return x->n <= 16 && x->k >= 4 * x->n;
}

// Fewer and larger parts would leave threads without one.
static void order_rows_together(job *job) {
  size_t parts = job->row_parts;
  job->row_parts = jn_min_size(job->row_panels, 4 * parts);
  in_parts(job, job->row_parts, order_rows);
  job->row_parts = parts;
}

static job make_job(const jn_product *x) {
  const jn_kernels *kernels = jn_active_kernels();
  return (job){.product = x, .kernels = kernels, .column_panels = jn_divided(x->n, kernels->product_columns),
               .row_panels = jn_divided(x->m, kernels->product_rows), .depth = x->k == 0 ? 0 : jn_divided(x->k, jn_divided(x->k, DEPTH))};
}

// Whether the left operand is read as it lies: it costs no more, unless its rows, or those of its transpose, are so far apart that they
// take each other's place in the caches.
static bool is_read_as_it_lies(const jn_product *x, size_t column_panels) {
  if (x->a_row == 1) return column_panels <= 8 || x->a_column % 2048 != 0;
  return x->a_column == 1 && x->a_row % 1024 != 0;
}

// Brings the left operand into order, unless it is read as it lies.
static void order_left(job *job, bool is_shared) {
  const jn_product *x = job->product;
  if (is_read_as_it_lies(x, job->column_panels)) return;
  job->left = jn_scratch_take(x->m * x->k * sizeof(float));
  is_shared = is_shared && x->m * x->k >= SHARED_ORDERING;
  for (size_t part = 0; part < (is_shared ? 0 : job->row_parts); part++) order_rows(job, part);
  if (is_shared) order_rows_together(job);
}

static void multiply(const jn_product *x) {
  if (jn_multiply_wide(x)) return;
  job job = make_job(x);
  size_t work = x->m * x->n * x->k;
  size_t parts = work < SHARED_WORK ? 1 : work < 2 * SHARED_WORK ? 2 : jn_min_size(work / SHARED_WORK, MOST_PARTS);
  if (makes_dots(x, job.kernels)) {
    // What one thread has brought into order takes time to come to the other.
    if (x->b_row != 1 && work < 2 * SHARED_WORK) parts = 1;
    job.column_parts = jn_min_size(parts, job.column_panels);
    job.row_parts = jn_divided(parts, job.column_parts);
    if (job.row_parts > 1) job.row_parts = jn_min_size(job.row_parts, jn_divided(x->m, DOTS_PART_ROWS));
    if (x->b_row != 1) {
      job.left = jn_scratch_take(x->n * x->k * sizeof(float));
      turn(job.kernels, job.left, x->k, x->b, x->b_row, x->b_column, x->k, x->n);
    }
    in_parts(&job, job.row_parts * job.column_parts, multiply_dots);
  } else {
    job.row_parts = jn_divided(x->m, BLOCK_ROWS);
    job.column_parts = jn_divided(parts, job.row_parts);
    if (job.column_parts > job.column_panels) {
      job.column_parts = job.column_panels;
      size_t rows = jn_min_size(jn_divided(parts, job.column_parts), jn_divided(x->m, LEAST_SHARED_ROWS));
      if (rows > job.row_parts) job.row_parts = jn_min_size(rows, job.row_panels);
    }
    order_left(&job, parts > 1);
    in_parts(&job, job.row_parts * job.column_parts, multiply_part);
  }
  if (job.left) jn_scratch_give(job.left);
}

void jn_multiply(const jn_product *product) {
  if (product->m == 0 || product->n == 0) return;
  if (product->k == 0) {
    for (size_t i = 0; i < product->m && !product->accumulates; i++) memset(product->c + i * product->c_row, 0, product->n * sizeof(float));
    return;
  }
  jn_product part = *product;
  size_t rows = LEFT_ELEMENTS / part.k / BLOCK_ROWS * BLOCK_ROWS;
  if (rows == 0) rows = BLOCK_ROWS;
  for (size_t row = 0; row < product->m; row += rows) {
    part.m = jn_min_size(rows, product->m - row);
    part.a = product->a + row * part.a_row;
    part.c = product->c + row * part.c_row;
    multiply(&part);
  }
}

// MARK: Parts of whole rows

typedef struct rows_job {
  job job;
  void (*body)(void *context, const float *part, size_t first, size_t count);
  void *context;
  companions others;
} rows_job;

static void multiply_rows(void *context, size_t part) {
  const rows_job *rows = context;
  const job *job = &rows->job;
  const jn_product *x = job->product;
  size_t first_panel = jn_begin_of(job->row_panels, part, job->row_parts), end_panel = jn_begin_of(job->row_panels, part + 1, job->row_parts);
  size_t row = jn_begin_of(x->m, first_panel, job->row_panels), count = (jn_begin_of(x->m, end_panel, job->row_panels) - row) * x->n;
  float *panel = jn_scratch_take(panel_bytes(job) + count * sizeof(float));
  float *out = panel + panel_bytes(job) / sizeof(float);
  if (x->k == 0) memset(out, 0, count * sizeof(float));
  multiply_panels(job, first_panel, end_panel, 0, x->n, (float *)((uintptr_t)out - row * x->n * sizeof(float)), panel, &rows->others, row * x->n);
  rows->body(rows->context, out, row * x->n, count);
  jn_scratch_give(panel);
}

void jn_multiply_in_rows(const jn_product *product, void (*body)(void *context, const float *part, size_t first, size_t count), void *context,
                         const float *const *arrays, size_t array_count) {
  jn_product x = *product;
  x.c = NULL;
  x.c_row = x.n;
  x.accumulates = false;
  rows_job rows = {make_job(&x), body, context, {arrays, array_count}};
  job *job = &rows.job;
  size_t work = x.m * x.n * x.k, part = x.k * x.n > KEPT_ELEMENTS ? 2 * PART_ELEMENTS : PART_ELEMENTS;
  size_t parts = jn_divided(x.m * x.n, part);
  if (parts < FEWEST_PARTS && parts < work / SHARED_WORK) parts = jn_min_size(work / SHARED_WORK, FEWEST_PARTS);
  job->row_parts = parts < 1 ? 1 : jn_min_size(parts, job->row_panels);
  order_left(job, true);
  jn_parallel(job->row_parts, multiply_rows, &rows);
  if (job->left) jn_scratch_give(job->left);
}

// MARK: Batches

typedef struct batch_job {
  const jn_product *product;
  size_t a_batch, b_batch, c_batch;
} batch_job;

static void multiply_some(void *context, size_t begin, size_t end) {
  const batch_job *job = context;
  for (size_t i = begin; i < end; i++) {
    jn_product product = *job->product;
    product.a += i * job->a_batch;
    product.b += i * job->b_batch;
    product.c += i * job->c_batch;
    jn_multiply(&product);
  }
}

void jn_multiply_batch(const jn_product *product, size_t batch, size_t a_batch, size_t b_batch, size_t c_batch) {
  batch_job job = {product, a_batch, b_batch, c_batch};
  size_t work = product->m * product->n * product->k;
  // A product that is shared by the threads itself is left to that, unless there are many.
  if (batch == 1 || (work >= MOST_PARTS * SHARED_WORK && batch < 16)) multiply_some(&job, 0, batch);
  else jn_parallel_range(batch, 1 + work / WORK_OF_UNIT, multiply_some, &job);
}
