#pragma once
#include "jn_dtype.h"

/// out[b, i, j] = sum over k of lhs[b, i, k] * rhs[b, k, j], for integers (wrapping) and bool (or of ands).
/// Products of floats are the business of BLAS.
void jn_dot_integer(jn_dtype type, void *out, const void *lhs, const void *rhs, size_t batch, size_t m, size_t n, size_t k);
