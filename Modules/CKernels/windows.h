// What gather.c and scatter.c share: where windows lie. Not for importers.
#pragma once
#include "internal.h"

enum {
  WINDOW_TILE = 256,        // windows located at a time
  LARGE_WINDOW = 1 << 15,   // elements
};

/// The place of a window that lies outside.
#define JN_OUTSIDE INT64_MIN

typedef struct window_plan {
  size_t item_size;
  bool clip;
  jn_dtype index_type;
  const char *index;
  size_t index_size;
  const jn_window_index *components;
  size_t batch_rank, window_rank;
  size_t count, elements;  // windows, and elements of each
  jn_window_dimension batch[JN_MAX_RANK + 1], window[JN_MAX_RANK + 1];
} window_plan;

/// The dimensions without ones, and neighbours merged where both strides allow.
window_plan jn_window_plan(size_t item_size, bool clip, jn_dtype index_type, const void *index, size_t index_size,
                           const jn_window_index *components, size_t batch_rank, const jn_window_dimension *batch,
                           size_t window_rank, const jn_window_dimension *window);

/// place[t], apart[t] = where window begin + t begins, in elements, in the array and where the windows lie apart; t < count <= WINDOW_TILE.
void jn_locate_windows(const window_plan *plan, size_t begin, size_t count, int64_t *place, int64_t *apart);

/// Whether a window is one run of neighbours on both sides.
static inline bool jn_window_is_run(const window_plan *plan) {
  return plan->window_rank == 1 && plan->window[0].in_array == 1 && plan->window[0].in_windows == 1;
}
