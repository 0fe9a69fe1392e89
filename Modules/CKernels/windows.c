// Where the windows of gather and scatter lie.
#include "windows.h"

static size_t merged(jn_window_dimension *out, size_t rank, const jn_window_dimension *in, size_t *count) {
  size_t kept = 0;
  *count = 1;
  for (size_t d = 0; d < rank; d++) {
    *count *= (size_t)in[d].size;
    if (in[d].size == 1) continue;
    jn_window_dimension *last = kept ? &out[kept - 1] : NULL;
    if (last && last->in_array == in[d].size * in[d].in_array && last->in_windows == in[d].size * in[d].in_windows) {
      last->size *= in[d].size;
      last->in_array = in[d].in_array;
      last->in_windows = in[d].in_windows;
    } else {
      out[kept++] = in[d];
    }
  }
  return kept;
}

window_plan jn_window_plan(size_t item_size, bool clip, jn_dtype index_type, const void *index, size_t index_size,
                           const jn_window_index *components, size_t batch_rank, const jn_window_dimension *batch,
                           size_t window_rank, const jn_window_dimension *window) {
  window_plan plan = {.item_size = item_size, .clip = clip, .index_type = index_type, .index = index,
                      .index_size = index_size, .components = components};
  plan.batch_rank = merged(plan.batch, batch_rank, batch, &plan.count);
  plan.window_rank = merged(plan.window, window_rank, window, &plan.elements);
  return plan;
}

// Where the windows would begin if all index vectors were zero.
static void locate_origins(const window_plan *plan, size_t begin, size_t count, int64_t *place, int64_t *apart) {
  size_t rank = plan->batch_rank;
  if (rank == 0) {
    place[0] = apart[0] = 0;
    return;
  }
  int64_t position[JN_MAX_RANK + 1], a = 0, w = 0;
  int64_t rest = (int64_t)begin;
  for (size_t d = rank; d-- > 0;) {
    position[d] = rest % plan->batch[d].size;
    rest /= plan->batch[d].size;
    a += position[d] * plan->batch[d].in_array;
    w += position[d] * plan->batch[d].in_windows;
  }
  const jn_window_dimension last = plan->batch[rank - 1];
  for (size_t t = 0; t < count;) {
    int64_t run = last.size - position[rank - 1];
    if (run > (int64_t)(count - t)) run = (int64_t)(count - t);
    for (int64_t i = 0; i < run; i++) {
      place[t + (size_t)i] = a + i * last.in_array;
      apart[t + (size_t)i] = w + i * last.in_windows;
    }
    t += (size_t)run;
    position[rank - 1] += run;
    a += run * last.in_array;
    w += run * last.in_windows;
    for (size_t d = rank - 1; d > 0 && position[d] == plan->batch[d].size; d--) {
      a += plan->batch[d - 1].in_array - plan->batch[d].size * plan->batch[d].in_array;
      w += plan->batch[d - 1].in_windows - plan->batch[d].size * plan->batch[d].in_windows;
      position[d] = 0;
      position[d - 1]++;
    }
  }
}

// The index vectors of windows as int64; what does not fit becomes the largest.
static void read_vectors(const window_plan *plan, size_t first, size_t count, int64_t *numbers) {
  size_t n = count * plan->index_size;
  jn_convert(JN_INT64, numbers, plan->index_type, plan->index + first * plan->index_size * jn_size_of(plan->index_type), n);
  if (plan->index_type != JN_UINT64) return;
  for (size_t i = 0; i < n; i++) numbers[i] = numbers[i] < 0 ? INT64_MAX : numbers[i];
}

void jn_locate_windows(const window_plan *plan, size_t begin, size_t count, int64_t *place, int64_t *apart) {
  locate_origins(plan, begin, count, place, apart);
  size_t size = plan->index_size;
  if (size == 0) return;
  int64_t numbers[WINDOW_TILE];
  size_t vectors = WINDOW_TILE / size;
  for (size_t first = 0; first < count; first += vectors) {
    size_t n = jn_min_size(vectors, count - first);
    read_vectors(plan, begin + first, n, numbers);
    for (size_t k = 0; k < size; k++) {
      jn_window_index component = plan->components[k];
      int64_t *to = place + first;
      if (plan->clip) {
        for (size_t i = 0; i < n; i++) {
          int64_t x = numbers[i * size + k];
          x = x < 0 ? 0 : x > component.limit ? component.limit : x;
          to[i] += x * component.stride;
        }
      } else {
        for (size_t i = 0; i < n; i++) {
          int64_t x = numbers[i * size + k];
          bool outside = (uint64_t)x > (uint64_t)component.limit || to[i] == JN_OUTSIDE;
          to[i] = outside ? JN_OUTSIDE : to[i] + x * component.stride;
        }
      }
    }
  }
}
