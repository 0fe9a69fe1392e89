#pragma once
#include "jn_dtype.h"

// Small steps around factorizations of one matrix, made by the calling thread alone unless it says otherwise.

/// Whether none of n floats is infinite or NaN. float32 and float64.
bool jn_all_finite(jn_dtype type, const void *in, size_t n);

/// Zeros below the main diagonal of a row-major matrix, or above it.
void jn_clear_triangle(size_t item_size, bool upper, void *matrix, size_t rows, size_t columns);

/// Rows in another order: out[i] = in[order[i]], or out[order[i]] = in[i] for the inverse. A place outside 0 ..< rows
/// is moved inside.
void jn_permute_rows(void *out, const void *in, const int32_t *order, size_t rows, size_t row_bytes, bool inverse);

/// Exchanges of rows, in turn row i with row pivots[i], as LAPACK gives them (counted from 1): they are then counted from 0, and `order`
/// is the permutation of 0 ..< rows that they make.
void jn_order_of_pivots(int32_t *order, size_t rows, int32_t *pivots, size_t count);
