// Reductions and selections in sliding windows. Runs of neighbours along the dimensions without a window are treated together;
// where there are none at the end, as in images whose channels come first, blocks of the outer copies are transposed to be such runs.
#include "sliding_window.h"

#include <string.h>

enum {
  FEW_TAPS = 256,      // whose places fit on the stack
  BLOCK = 16,          // outer copies that are transposed together
  COLUMN_TILE = 64,    // elements of a run that a task has where there are few outer copies
  MANY_COPIES = 16,
};

typedef struct sliding_job sliding_job;

struct sliding_job {
  sliding_plan plan;
  jn_dtype type;
  size_t item_size, taps;
  jn_rows_kernel *rows;
  uint64_t identity;
  jn_select_gather_kernel *gather;
  jn_select_scatter_kernel *scatter;
  bool accumulate;  // windows that are scattered from have elements in common
  size_t tile, tiles;
  // As large as the windows' array: out, or the source of a scatter. As large as the input: in or keys, and values or the
  // result of a scatter.
  char *windows, *keys, *others;
};

static bool is_reduction(const sliding_job *job) { return job->rows != NULL; }

// MARK: One window

// acc = acc op the taps of the dimensions from i on; where it `is_empty`, acc = these taps.
static bool reduce_taps(const sliding_job *job, const int64_t *position, size_t i, char *acc, const char *in, bool is_empty) {
  const sliding_plan *plan = &job->plan;
  tap_run taps = jn_sliding_taps(plan, i, position[i]);
  if (taps.count == 0) return is_empty;
  int64_t step = plan->tap_steps[i] * (int64_t)job->item_size;
  in += taps.start * plan->input_steps[i] * (int64_t)job->item_size;
  if (i + 1 < plan->rank) {
    for (int64_t k = 0; k < taps.count; k++, in += step) is_empty = reduce_taps(job, position, i + 1, acc, in, is_empty);
    return is_empty;
  }
  if (is_empty) {
    memcpy(acc, in, plan->inner * job->item_size);
    in += step;
    taps.count--;
  }
  if (taps.count > 0) job->rows(acc, in, (size_t)taps.count, (size_t)plan->tap_steps[i], plan->inner);
  return false;
}

static void run_window(const sliding_job *job, const int64_t *position, int64_t *places, char *window, char *keys,
                       char *others, size_t columns) {
  if (is_reduction(job)) {
    if (reduce_taps(job, position, 0, window, keys, true)) jn_splat(job->item_size, window, &job->identity, columns);
    return;
  }
  size_t count = jn_sliding_places(&job->plan, position, places);
  if (job->scatter) {
    if (count > 0) job->scatter(others, window, keys, places, count, job->accumulate, columns);
  } else if (count > 0) {
    job->gather(window, others, keys, places, count, columns);
  } else {
    memset(window, 0, columns * job->item_size);
  }
}

// MARK: All windows

static int64_t *take_places(const sliding_job *job, int64_t *few) {
  return job->taps <= FEW_TAPS ? few : jn_scratch_take(job->taps * sizeof(int64_t));
}

static void give_places(int64_t *places, const int64_t *few) {
  if (places != few) jn_scratch_give(places);
}

// Windows by their number in all outer copies.
static void run_windows(void *context, size_t begin, size_t end) {
  const sliding_job *job = context;
  const sliding_plan *plan = &job->plan;
  size_t run = plan->inner * job->item_size;
  int64_t few[FEW_TAPS], *places = take_places(job, few), position[JN_MAX_RANK];
  jn_sliding_position(plan, begin % plan->positions, position);
  for (size_t number = begin; number < end; number++, jn_sliding_advance(plan, position)) {
    size_t offset = number / plan->positions * plan->elements * run;
    run_window(job, position, places, job->windows + number * run, job->keys + offset,
               job->others ? job->others + offset : NULL, plan->inner);
  }
  give_places(places, few);
}

// All windows of an outer copy, for a tile of the columns: windows that have elements in common go one after the other.
static void run_tiles(void *context, size_t begin, size_t end) {
  const sliding_job *job = context;
  const sliding_plan *plan = &job->plan;
  size_t run = plan->inner * job->item_size;
  int64_t few[FEW_TAPS], *places = take_places(job, few), position[JN_MAX_RANK];
  for (size_t task = begin; task < end; task++) {
    size_t copy = task / job->tiles, column = task % job->tiles * job->tile;
    size_t columns = jn_min_size(job->tile, plan->inner - column), shift = column * job->item_size;
    size_t offset = copy * plan->elements * run + shift;
    char *window = job->windows + copy * plan->positions * run + shift;
    jn_sliding_position(plan, 0, position);
    for (size_t number = 0; number < plan->positions; number++, window += run, jn_sliding_advance(plan, position))
      run_window(job, position, places, window, job->keys + offset, job->others + offset, columns);
  }
  give_places(places, few);
}

// MARK: Blocks of outer copies, transposed

static void run_blocks(void *context, size_t begin, size_t end) {
  const sliding_job *job = context;
  const sliding_plan *plan = &job->plan;
  size_t item = job->item_size;
  jn_transpose_kernel *transpose = jn_active_kernels()->transpose[jn_log2_of_size(item)];
  size_t input_bytes = plan->elements * BLOCK * item, window_bytes = plan->positions * BLOCK * item;
  char *keys = jn_scratch_take(2 * input_bytes + window_bytes), *others = keys + input_bytes;
  char *windows = others + input_bytes;
  for (size_t block = begin; block < end; block++) {
    size_t first = block * BLOCK, copies = jn_min_size(BLOCK, plan->outer - first);
    sliding_job inside = *job;
    inside.plan.outer = 1;
    inside.plan.inner = copies;
    for (size_t i = 0; i < plan->rank; i++) {
      inside.plan.input_steps[i] *= (int64_t)copies;
      inside.plan.tap_steps[i] *= (int64_t)copies;
    }
    inside.windows = windows;
    inside.keys = keys;
    inside.others = job->others ? others : NULL;
    char *input = job->keys + first * plan->elements * item, *output = job->windows + first * plan->positions * item;
    char *other = job->others ? job->others + first * plan->elements * item : NULL;
    transpose(keys, copies, input, plan->elements, copies, plan->elements);
    if (job->scatter) {
      memset(others, 0, input_bytes);
      transpose(windows, copies, output, plan->positions, copies, plan->positions);
    } else if (job->gather) {
      transpose(others, copies, other, plan->elements, copies, plan->elements);
    }
    run_windows(&inside, 0, plan->positions);
    if (job->scatter)
      transpose(other, plan->elements, others, copies, plan->elements, copies);
    else
      transpose(output, plan->positions, windows, copies, plan->positions, copies);
  }
  jn_scratch_give(keys);
}

// MARK: Entry points

// Whether windows have no elements in common, and whether they cover all elements.
static bool are_apart(const sliding_plan *plan) {
  for (size_t i = 0; i < plan->rank; i++) {
    const jn_sliding_dimension *d = &plan->dimensions[i];
    if (d->stride < (d->window - 1) * d->dilation + 1) return false;
  }
  return true;
}

static bool cover_all(const sliding_plan *plan) {
  for (size_t i = 0; i < plan->rank; i++) {
    const jn_sliding_dimension *d = &plan->dimensions[i];
    if (d->stride != d->window || d->dilation != 1 || d->low < 0 || d->output * d->stride - d->low < (d->input - 1) * d->base_dilation + 1)
      return false;
  }
  return true;
}

static void run_job(sliding_job *job) {
  sliding_plan *plan = &job->plan;
  job->item_size = jn_size_of(job->type);
  job->taps = jn_sliding_tap_count(plan);
  if (job->scatter) {
    job->accumulate = !are_apart(plan);
    if (job->accumulate || !cover_all(plan))
      memset(job->others, 0, plan->outer * plan->elements * plan->inner * job->item_size);
  }
  if (plan->outer * plan->positions * plan->inner == 0) return;
  size_t cost = job->taps * (is_reduction(job) ? 1 : 2);
  if (plan->inner == 1 && plan->outer >= BLOCK / 2 && plan->elements > 0) {
    size_t block = jn_min_size(BLOCK, plan->outer);
    jn_parallel_range((plan->outer + BLOCK - 1) / BLOCK, block * (plan->positions * (cost + 8) + plan->elements),
                      run_blocks, job);
  } else if (job->accumulate) {
    job->tile = plan->outer >= MANY_COPIES ? plan->inner : jn_min_size(COLUMN_TILE, plan->inner);
    job->tiles = (plan->inner + job->tile - 1) / job->tile;
    jn_parallel_range(plan->outer * job->tiles, plan->positions * (cost * job->tile + 16), run_tiles, job);
  } else {
    jn_parallel_range(plan->outer * plan->positions, cost * plan->inner + 16, run_windows, job);
  }
}

void jn_reduce_window(jn_reduce_op op, jn_dtype type, size_t rank, const jn_sliding_dimension *dimensions, void *out, const void *in) {
  sliding_job job = {.type = type, .rows = jn_active_kernels()->reduce_rows[op][type],
                    .identity = jn_reduce_identity(op, type), .windows = out, .keys = (char *)in};
  jn_sliding_plan_make(&job.plan, rank, dimensions);
  if (job.plan.rank == 0)
    memcpy(out, in, job.plan.outer * job.plan.inner * jn_size_of(type));
  else
    run_job(&job);
}

void jn_select_gather(bool largest, jn_dtype type, size_t rank, const jn_sliding_dimension *dimensions, void *out,
                      const void *values, const void *keys) {
  sliding_job job = {.type = type, .gather = jn_active_kernels()->select_gather[largest][type],
                    .windows = out, .keys = (char *)keys, .others = (char *)values};
  jn_sliding_plan_make(&job.plan, rank, dimensions);
  run_job(&job);
}

void jn_select_scatter(bool largest, jn_dtype type, size_t rank, const jn_sliding_dimension *dimensions, void *out,
                       const void *source, const void *keys) {
  sliding_job job = {.type = type, .scatter = jn_active_kernels()->select_scatter[largest][type],
                    .windows = (char *)source, .keys = (char *)keys, .others = out};
  jn_sliding_plan_make(&job.plan, rank, dimensions);
  run_job(&job);
}
