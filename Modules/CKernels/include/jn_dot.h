#pragma once
#include "jn_dtype.h"

/// out[b, i, j] = sum over k of lhs[b, i, k] * rhs[b, k, j], for integers (wrapping) and bool (or of ands).
/// Products of floats are the business of BLAS.
void jn_dot_integer(jn_dtype type, void *out, const void *lhs, const void *rhs, size_t batch, size_t m, size_t n, size_t k);

/// out[i, j] = sum over p of a[i * a_row + p * a_column] * b[p * b_row + j * b_column], for float32, in the calling thread; sums are made one
/// product after the other. False, and nothing done, where the product is so large that BLAS is faster.
bool jn_small_product(float *out, const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row, size_t b_column, size_t m,
                      size_t n, size_t k);
