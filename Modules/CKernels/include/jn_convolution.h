#pragma once
#include "jn_dtype.h"

/// The most spatial dimensions of a convolution.
enum { JN_CONVOLUTION_RANK = 8 };

/// A spatial dimension: tap k of the window at output position p lies at input position p * stride + k * dilation - low, and
/// counts if that is inside.
typedef struct jn_convolution_dimension {
  int64_t input, output, kernel;                 // sizes
  int64_t stride, dilation, low;
  int64_t input_step, output_step, kernel_step;  // between neighbours in memory, in elements; may be negative
} jn_convolution_dimension;

/// out[g, n, p, o] = sum over taps k and features c of lhs[g, n, position, c] * rhs[g, k, c, o], for any order of the dimensions
/// in memory: each has the step between neighbours, in elements.
typedef struct jn_convolution {
  size_t rank;
  jn_convolution_dimension dimensions[JN_CONVOLUTION_RANK];
  int64_t groups, batch, in_features, out_features;  // batch and features of one group
  int64_t lhs_group, lhs_batch, lhs_feature;
  int64_t rhs_group, rhs_in, rhs_out;
  int64_t out_group, out_batch, out_feature;
} jn_convolution;

/// The sums one after the other, for any type of numbers but float16 and bfloat16; integers wrap.
void jn_convolve(jn_dtype type, const jn_convolution *convolution, void *out, const void *lhs, const void *rhs);

/// rows[r, k, c] = the elements of group 0 under the window at the positions (n, p) number begin + r, up to `end`, in row-major order;
/// 0 for taps outside. For elements of 4 or 8 bytes; runs in the calling thread.
void jn_convolution_gather(size_t item_size, const jn_convolution *convolution, int64_t begin, int64_t end, void *rows, const void *lhs);

/// out[0, n, p, o] = rows[r, o] for the positions (n, p) number begin + r, up to `end`. For elements of 4 or 8 bytes; runs in
/// the calling thread.
void jn_convolution_scatter(size_t item_size, const jn_convolution *convolution, int64_t begin, int64_t end, void *out, const void *rows);
