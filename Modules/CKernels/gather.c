// Windows copied out of an array.
#include "windows.h"

#include <string.h>

typedef struct gather_job {
  window_plan plan;
  char *out;
  const char *in;
  const void *fill;
} gather_job;

// MARK: One window

#define JN_FOR_ITEM_SIZE(LOOP)        \
  switch (plan->item_size) {          \
  case 1: LOOP(uint8_t) break;        \
  case 2: LOOP(uint16_t) break;       \
  case 4: LOOP(uint32_t) break;       \
  default: LOOP(uint64_t) break;      \
  }

#define JN_STRIDED_LOOP(T) \
  for (int64_t i = 0; i < d.size; i++) ((T *)out)[i * d.in_windows] = ((const T *)in)[i * d.in_array];

// `in` stands still if it is the element to fill with.
static void copy_window(const window_plan *plan, size_t dim, char *out, const char *in, bool fills) {
  if (dim == plan->window_rank) {
    memcpy(out, in, plan->item_size);
    return;
  }
  jn_window_dimension d = plan->window[dim];
  if (fills) d.in_array = 0;
  if (dim + 1 < plan->window_rank) {
    for (int64_t i = 0; i < d.size; i++)
      copy_window(plan, dim + 1, out + i * d.in_windows * (int64_t)plan->item_size,
                  in + i * d.in_array * (int64_t)plan->item_size, fills);
  } else if (d.in_windows == 1 && d.in_array == 1) {
    memcpy(out, in, (size_t)d.size * plan->item_size);
  } else {
    JN_FOR_ITEM_SIZE(JN_STRIDED_LOOP)
  }
}

// MARK: Many windows

#define JN_ELEMENT_LOOP(T)                                      \
  for (size_t t = 0; t < count; t++) {                          \
    bool outside = place[t] == JN_OUTSIDE;                      \
    const T *x = outside ? (const T *)job->fill : (const T *)job->in + place[t]; \
    ((T *)job->out)[apart[t]] = *x;                             \
  }

static void run_gather(void *context, size_t begin, size_t end) {
  const gather_job *job = context;
  const window_plan *plan = &job->plan;
  int64_t place[WINDOW_TILE], apart[WINDOW_TILE];
  for (size_t first = begin; first < end; first += WINDOW_TILE) {
    size_t count = jn_min_size(WINDOW_TILE, end - first);
    jn_locate_windows(plan, first, count, place, apart);
    if (plan->window_rank == 0) {
      JN_FOR_ITEM_SIZE(JN_ELEMENT_LOOP)
      continue;
    }
    for (size_t t = 0; t < count; t++) {
      bool outside = place[t] == JN_OUTSIDE;
      const char *in = outside ? job->fill : job->in + place[t] * (int64_t)plan->item_size;
      copy_window(plan, 0, job->out + apart[t] * (int64_t)plan->item_size, in, outside);
    }
  }
}

// Each window is large: copied one after the other, each by all threads.
static void gather_large(const gather_job *job) {
  const window_plan *plan = &job->plan;
  int64_t shape[JN_MAX_RANK + 1], to[JN_MAX_RANK + 1], from[JN_MAX_RANK + 1];
  for (size_t begin = 0; begin < plan->count; begin++) {
    int64_t place, apart;
    jn_locate_windows(plan, begin, 1, &place, &apart);
    bool outside = place == JN_OUTSIDE;
    for (size_t d = 0; d < plan->window_rank; d++) {
      shape[d] = plan->window[d].size;
      to[d] = plan->window[d].in_windows;
      from[d] = outside ? 0 : plan->window[d].in_array;
    }
    const char *in = outside ? job->fill : job->in + place * (int64_t)plan->item_size;
    jn_copy_strided(plan->item_size, plan->window_rank, shape, job->out + apart * (int64_t)plan->item_size, to, in, from);
  }
}

void jn_gather(size_t item_size, void *out, const void *in, const void *fill, bool clip, jn_dtype index_type, const void *index,
               size_t index_size, const jn_window_index *components, size_t batch_rank, const jn_window_dimension *batch,
               size_t window_rank, const jn_window_dimension *window) {
  window_plan plan = jn_window_plan(item_size, clip, index_type, index, index_size, components, batch_rank, batch, window_rank, window);
  if (plan.count == 0 || plan.elements == 0) return;
  gather_job job = {plan, out, in, fill};
  if (plan.elements >= LARGE_WINDOW) {
    gather_large(&job);
  } else {
    jn_parallel_range(plan.count, 4 + plan.elements / 4, run_gather, &job);
  }
}
