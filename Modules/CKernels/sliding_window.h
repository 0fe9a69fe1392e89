// The geometry of sliding windows, common to reductions and selections. Not for importers.
#pragma once
#include "internal.h"
#include "jn_memory.h"
#include "jn_sliding_window.h"

/// Dimensions without a window at the ends are taken together: outer copies of what lies between, of runs of `inner` elements.
typedef struct sliding_plan {
  size_t rank;
  jn_sliding_dimension dimensions[JN_MAX_RANK];
  int64_t input_steps[JN_MAX_RANK];   // between neighbours, in elements
  int64_t tap_strides[JN_MAX_RANK];   // between taps that fall on elements, in taps
  int64_t tap_steps[JN_MAX_RANK];     // between the elements that these fall on, in elements of the array
  size_t outer, inner;
  size_t positions;                   // windows in one of the outer copies
  size_t elements;                    // runs of `inner` in one of the outer copies of the input
} sliding_plan;

/// The taps of one dimension that fall on elements: `count` of them, from tap `first` on, the first at index `start`.
typedef struct tap_run {
  int64_t first, count, start;
} tap_run;

void jn_sliding_plan_make(sliding_plan *plan, size_t rank, const jn_sliding_dimension *dimensions);

/// The taps of dimension i that fall on elements, at an output position.
tap_run jn_sliding_taps(const sliding_plan *plan, size_t i, int64_t position);

/// The output positions of window number `number` of an outer copy, in row-major order; and those of the next one.
void jn_sliding_position(const sliding_plan *plan, size_t number, int64_t *position);
void jn_sliding_advance(const sliding_plan *plan, int64_t *position);

/// The number of taps of a whole window.
size_t jn_sliding_tap_count(const sliding_plan *plan);

/// The places in one outer copy of the input, in elements, of the taps that fall on elements, in row-major order. Returns how many.
size_t jn_sliding_places(const sliding_plan *plan, const int64_t *position, int64_t *places);
