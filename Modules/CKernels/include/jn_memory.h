#pragma once
#include "jn_dtype.h"

/// The most dimensions that jn_copy_strided takes.
enum { JN_MAX_RANK = 32 };

/// n copies of one element of 1, 2, 4 or 8 bytes.
void jn_fill(size_t item_size, void *out, const void *value, size_t n);

/// out[o, i, j] = i, for o < outer, i < size, j < inner, in any numeric type (wrapping).
void jn_iota(jn_dtype type, void *out, size_t outer, size_t size, size_t inner);

/// Copies an array of `rank` dimensions between two memory layouts. Strides are in elements, and may be 0 or negative:
/// this one function is transpose, broadcast, slice, reverse, pad and concatenate. `out` and `in` point at the element of index 0
/// in each dimension and must not overlap.
void jn_copy_strided(size_t item_size, size_t rank, const int64_t *shape, void *out, const int64_t *out_strides, const void *in, const int64_t *in_strides);

/// Copies rows: out[i] = in[index[i]] for blocks of `row_bytes` bytes. Every index must be in 0 ..< rows (the caller checks or clamps).
void jn_take_rows(void *out, const void *in, const int64_t *index, size_t n, size_t row_bytes);

/// Memory for intermediate results, aligned to 64 bytes, and its return. Stops the program if there is none.
void *jn_scratch_take(size_t bytes);
void jn_scratch_give(void *memory);
