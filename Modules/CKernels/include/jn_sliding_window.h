#pragma once
#include "jn_dtype.h"
#include "jn_reduce.h"

/// One dimension of a sliding window: tap k at output position p lies at q = p * stride + k * dilation - low of the input whose
/// elements are base_dilation apart, and counts if q / base_dilation is the index of an element.
typedef struct jn_sliding_dimension {
  int64_t input, output, window;  // sizes
  int64_t stride, low, base_dilation, dilation;
} jn_sliding_dimension;

/// out[p] = the elements under the window at p, combined; of no elements, as jn_reduce. float16 and bfloat16: the caller converts.
/// At most JN_MAX_RANK dimensions.
void jn_reduce_window(jn_reduce_op op, jn_dtype type, size_t rank, const jn_sliding_dimension *dimensions, void *out, const void *in);

// In each window one element of `keys` is selected: the largest, or the smallest; of equals the first in row-major order. One after
// the other, an element takes the place of the selected one unless selected >= element (or <=), which decides where there are nans.
// float32 and float64.

/// out[p] = the element of `values`, which lies as `keys` does, at the place selected in the window at p; 0 if no element is under it.
void jn_select_gather(bool largest, jn_dtype type, size_t rank, const jn_sliding_dimension *dimensions, void *out, const void *values, const void *keys);

/// out[q] = the sum of source[p] over the windows p in which q was selected.
void jn_select_scatter(bool largest, jn_dtype type, size_t rank, const jn_sliding_dimension *dimensions, void *out, const void *source, const void *keys);
