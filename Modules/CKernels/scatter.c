// Windows combined with those of an array. Windows that fall on one another are combined in their order; the work is shared
// between threads only along dimensions on which they cannot.
#include "windows.h"

#include <string.h>

typedef struct scatter_job scatter_job;

// Combines elements: n at fixed strides, or those at n pairs of places.
typedef void scatter_run(void *array, int64_t array_stride, const void *updates, int64_t update_stride, int64_t n);
typedef void scatter_points(void *array, const int64_t *place, const void *updates, const int64_t *apart, size_t n);

struct scatter_job {
  window_plan plan;
  scatter_run *run;
  scatter_points *points;
  jn_binary_kernel *vector;  // for runs of neighbours, or null
  char *array;
  const char *updates;
  size_t piece;  // of the last dimension of a window, if that is shared
};

// MARK: Elements

#define JN_SCATTER(NAME, T, COMBINED)                                                                                    \
  static void NAME##_run(void *array, int64_t array_stride, const void *updates, int64_t update_stride, int64_t n) {     \
    T *y = array;                                                                                                        \
    const T *x = updates;                                                                                                \
    for (int64_t i = 0; i < n; i++) {                                                                                    \
      T a = y[i * array_stride], b = x[i * update_stride];                                                               \
      (void)a;                                                                                                           \
      y[i * array_stride] = (T)(COMBINED);                                                                               \
    }                                                                                                                    \
  }                                                                                                                      \
  static void NAME##_points(void *array, const int64_t *place, const void *updates, const int64_t *apart, size_t n) {    \
    T *y = array;                                                                                                        \
    const T *x = updates;                                                                                                \
    for (size_t i = 0; i < n; i++) {                                                                                     \
      if (place[i] == JN_OUTSIDE) continue;                                                                              \
      T a = y[place[i]], b = x[apart[i]];                                                                                \
      (void)a;                                                                                                           \
      y[place[i]] = (T)(COMBINED);                                                                                       \
    }                                                                                                                    \
  }

// Signed integers wrap as the unsigned ones of their width do.
#define JN_SCATTER_WRAPPING(T, WIDE)             \
  JN_SCATTER(set_##T, T, b)                      \
  JN_SCATTER(add_##T, T, (WIDE)a + (WIDE)b)      \
  JN_SCATTER(mul_##T, T, (WIDE)a * (WIDE)b)

#define JN_SCATTER_ORDERED(T)                    \
  JN_SCATTER(min_##T, T, b < a ? b : a)          \
  JN_SCATTER(max_##T, T, b > a ? b : a)

#define JN_SCATTER_FLOAT(T)                      \
  JN_SCATTER(add_##T, T, a + b)                  \
  JN_SCATTER(mul_##T, T, a * b)                  \
  JN_SCATTER(min_##T, T, a < b || a != a ? a : b) \
  JN_SCATTER(max_##T, T, a > b || a != a ? a : b)

JN_SCATTER_WRAPPING(uint8_t, uint32_t)
JN_SCATTER_WRAPPING(uint16_t, uint32_t)
JN_SCATTER_WRAPPING(uint32_t, uint32_t)
JN_SCATTER_WRAPPING(uint64_t, uint64_t)
JN_SCATTER_ORDERED(uint8_t)
JN_SCATTER_ORDERED(uint16_t)
JN_SCATTER_ORDERED(uint32_t)
JN_SCATTER_ORDERED(uint64_t)
JN_SCATTER_ORDERED(int8_t)
JN_SCATTER_ORDERED(int16_t)
JN_SCATTER_ORDERED(int32_t)
JN_SCATTER_ORDERED(int64_t)
JN_SCATTER_FLOAT(float)
JN_SCATTER_FLOAT(double)

static void choose_set(scatter_job *job) {
#define JN_SET(T) job->run = set_##T##_run, job->points = set_##T##_points
  switch (job->plan.item_size) {
  case 1: JN_SET(uint8_t); break;
  case 2: JN_SET(uint16_t); break;
  case 4: JN_SET(uint32_t); break;
  default: JN_SET(uint64_t); break;
  }
#undef JN_SET
}

#define JN_CHOICE(OP, T) job->run = OP##_##T##_run, job->points = OP##_##T##_points
#define JN_WRAPPING_TYPES(OP)                                     \
  case JN_INT8: case JN_UINT8: JN_CHOICE(OP, uint8_t); break;     \
  case JN_INT16: case JN_UINT16: JN_CHOICE(OP, uint16_t); break;  \
  case JN_INT32: case JN_UINT32: JN_CHOICE(OP, uint32_t); break;  \
  case JN_INT64: case JN_UINT64: JN_CHOICE(OP, uint64_t); break;
#define JN_ORDERED_TYPES(OP)                        \
  case JN_BOOL:                                     \
  case JN_UINT8: JN_CHOICE(OP, uint8_t); break;     \
  case JN_UINT16: JN_CHOICE(OP, uint16_t); break;   \
  case JN_UINT32: JN_CHOICE(OP, uint32_t); break;   \
  case JN_UINT64: JN_CHOICE(OP, uint64_t); break;   \
  case JN_INT8: JN_CHOICE(OP, int8_t); break;       \
  case JN_INT16: JN_CHOICE(OP, int16_t); break;     \
  case JN_INT32: JN_CHOICE(OP, int32_t); break;     \
  case JN_INT64: JN_CHOICE(OP, int64_t); break;
#define JN_CHOOSE(OP, TYPES)                        \
  switch (type) {                                   \
  TYPES(OP)                                         \
  case JN_FLOAT32: JN_CHOICE(OP, float); break;     \
  default: JN_CHOICE(OP, double); break;            \
  }                                                 \
  break

static void choose(scatter_job *job, jn_scatter_op op, jn_dtype type) {
  static const jn_binary_op binary[] = {[JN_SCATTER_ADD] = JN_ADD, [JN_SCATTER_MUL] = JN_MUL, [JN_SCATTER_MIN] = JN_MIN,
                                        [JN_SCATTER_MAX] = JN_MAX};
  if (type == JN_BOOL && op == JN_SCATTER_ADD) op = JN_SCATTER_MAX;
  if (type == JN_BOOL && op == JN_SCATTER_MUL) op = JN_SCATTER_MIN;
  if (op != JN_SCATTER_SET) job->vector = jn_active_kernels()->binary[binary[op]][type];
  switch (op) {
  case JN_SCATTER_ADD: JN_CHOOSE(add, JN_WRAPPING_TYPES);
  case JN_SCATTER_MUL: JN_CHOOSE(mul, JN_WRAPPING_TYPES);
  case JN_SCATTER_MIN: JN_CHOOSE(min, JN_ORDERED_TYPES);
  case JN_SCATTER_MAX: JN_CHOOSE(max, JN_ORDERED_TYPES);
  default: choose_set(job);
  }
}

// MARK: Windows

enum { VECTOR_RUN = 16 };  // neighbours that are worth a vector kernel

static void combine_window(const scatter_job *job, size_t dim, char *array, const char *updates) {
  const window_plan *plan = &job->plan;
  jn_window_dimension d = plan->window[dim];
  int64_t item = (int64_t)plan->item_size;
  if (dim + 1 < plan->window_rank) {
    for (int64_t i = 0; i < d.size; i++)
      combine_window(job, dim + 1, array + i * d.in_array * item, updates + i * d.in_windows * item);
  } else if (job->vector && d.size >= VECTOR_RUN && d.in_array == 1 && d.in_windows == 1) {
    job->vector(array, array, 1, updates, 1, (size_t)d.size);
  } else {
    job->run(array, d.in_array, updates, d.in_windows, d.size);
  }
}

static void combine_all(const scatter_job *job) {
  const window_plan *plan = &job->plan;
  int64_t place[WINDOW_TILE], apart[WINDOW_TILE], item = (int64_t)plan->item_size;
  for (size_t first = 0; first < plan->count; first += WINDOW_TILE) {
    size_t count = jn_min_size(WINDOW_TILE, plan->count - first);
    jn_locate_windows(plan, first, count, place, apart);
    if (plan->window_rank == 0) {
      job->points(job->array, place, job->updates, apart, count);
      continue;
    }
    for (size_t t = 0; t < count; t++)
      if (place[t] != JN_OUTSIDE) combine_window(job, 0, job->array + place[t] * item, job->updates + apart[t] * item);
  }
}

// MARK: Sharing the work

// Over the first dimension of the numbering, each of whose positions has a part of the array to itself.
static void run_batch(void *context, size_t begin, size_t end) {
  scatter_job part = *(const scatter_job *)context;
  window_plan *plan = &part.plan;
  jn_window_dimension *d = &plan->batch[0];
  size_t windows = plan->count / (size_t)d->size;
  part.array += (int64_t)begin * d->in_array * (int64_t)plan->item_size;
  part.updates += (int64_t)begin * d->in_windows * (int64_t)plan->item_size;
  plan->index += begin * windows * plan->index_size * jn_size_of(plan->index_type);
  d->size = (int64_t)(end - begin);
  plan->count = windows * (end - begin);
  combine_all(&part);
}

// Over pieces of the last dimension of every window.
static void run_piece(void *context, size_t index) {
  scatter_job part = *(const scatter_job *)context;
  jn_window_dimension *d = &part.plan.window[part.plan.window_rank - 1];
  size_t begin = index * part.piece;
  part.array += (int64_t)begin * d->in_array * (int64_t)part.plan.item_size;
  part.updates += (int64_t)begin * d->in_windows * (int64_t)part.plan.item_size;
  d->size = (int64_t)jn_min_size(part.piece, (size_t)d->size - begin);
  combine_all(&part);
}

void jn_scatter(jn_scatter_op op, jn_dtype type, void *array, const void *updates, bool clip, jn_dtype index_type, const void *index,
                size_t index_size, const jn_window_index *components, size_t batch_rank, const jn_window_dimension *batch,
                size_t window_rank, const jn_window_dimension *window) {
  enum { SMALLEST_PIECE = 64, PIECES = 8 };
  scatter_job job = {.array = array, .updates = updates};
  job.plan = jn_window_plan(jn_size_of(type), clip, index_type, index, index_size, components, batch_rank, batch, window_rank, window);
  const window_plan *plan = &job.plan;
  if (plan->count == 0 || plan->elements == 0) return;
  choose(&job, op, type);
  if (plan->batch_rank > 0 && plan->batch[0].in_array != 0) {
    size_t size = (size_t)plan->batch[0].size;
    jn_parallel_range(size, (plan->count / size) * (4 + plan->elements), run_batch, &job);
    return;
  }
  size_t last = plan->window_rank ? (size_t)plan->window[plan->window_rank - 1].size : 0;
  if (last >= 2 * SMALLEST_PIECE && plan->count >= JN_PARALLEL_WORK / plan->elements) {
    job.piece = last / PIECES / SMALLEST_PIECE * SMALLEST_PIECE;
    if (job.piece == 0) job.piece = SMALLEST_PIECE;
    jn_parallel((last + job.piece - 1) / job.piece, run_piece, &job);
  } else {
    combine_all(&job);
  }
}
