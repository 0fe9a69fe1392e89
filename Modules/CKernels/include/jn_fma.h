#pragma once
#include "jn_dtype.h"

/// out[i] = a[i] * b[i] + c[i], for floats. float32 and float64 are rounded once, on every processor; float16 and bfloat16
/// after the product and after the sum, as XLA does. An operand whose `splat` is set has one element, used for every i.
/// `out` may be `a`, `b` or `c`.
void jn_fma(jn_dtype type, void *out, const void *a, bool a_splat, const void *b, bool b_splat, const void *c, bool c_splat, size_t n);
