#pragma once
#include "jn_dtype.h"

// Windows of an array at places that index vectors say: gather copies them out of the array, scatter combines others into
// it. The index vectors lie row by row, `index_size` integers each.

/// A dimension along which windows are numbered, or along which a window extends. Strides in elements.
typedef struct jn_window_dimension {
  int64_t size;
  int64_t in_array;    // what a step moves in the array; for the numbering, beside what the index vector says
  int64_t in_windows;  // what a step moves where the windows lie apart
} jn_window_dimension;

/// A component of the index vectors: the highest that it may be (the lowest is 0), and what a step moves in the array.
typedef struct jn_window_index {
  int64_t limit, stride;
} jn_window_index;

/// out = the windows of `in`. An index vector outside its limits is moved inside if `clip`, else its window is filled with
/// copies of the element at `fill`. Elements have 1, 2, 4 or 8 bytes.
void jn_gather(size_t item_size, void *out, const void *in, const void *fill, bool clip, jn_dtype index_type, const void *index,
               size_t index_size, const jn_window_index *components, size_t batch_rank, const jn_window_dimension *batch,
               size_t window_rank, const jn_window_dimension *window);

/// How a scattered element is combined with the one in its place: it replaces it, or their sum, product, minimum or maximum does.
typedef enum jn_scatter_op { JN_SCATTER_SET, JN_SCATTER_ADD, JN_SCATTER_MUL, JN_SCATTER_MIN, JN_SCATTER_MAX } jn_scatter_op;

/// Combines the windows that lie at `updates` with those of `array`, one after the other. An index vector outside its limits is moved inside if
/// `clip`, else its window is left out. Integers wrap; sums and products of bool are or and and; nan if either is. No type of 16-bit floats, but for JN_SCATTER_SET.
void jn_scatter(jn_scatter_op op, jn_dtype type, void *array, const void *updates, bool clip, jn_dtype index_type, const void *index,
                size_t index_size, const jn_window_index *components, size_t batch_rank, const jn_window_dimension *batch,
                size_t window_rank, const jn_window_dimension *window);
