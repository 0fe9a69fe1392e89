#pragma once
#include "jn_dtype.h"

typedef enum jn_reduce_op { JN_REDUCE_SUM, JN_REDUCE_PROD, JN_REDUCE_MAX, JN_REDUCE_MIN, JN_REDUCE_AND, JN_REDUCE_OR, JN_REDUCE_COUNT } jn_reduce_op;

/// out[o, i] = in[o, 0, i] op in[o, 1, i] op …, of an array outer x size x inner. An empty reduction gives the identity (sum 0, prod 1,
/// max the lowest value or -inf, min the highest or +inf, and all bits set, or 0). Sums of floats are made in several lanes and blocks: more accurate
/// than one after the other, always in the same order. float16 and bfloat16 accumulate in float32. Max and min give nan if any is nan.
/// and, or: integers and bool. sum and prod of bool: or, and.
void jn_reduce(jn_reduce_op op, jn_dtype type, void *out, const void *in, size_t outer, size_t size, size_t inner);

/// The index along the middle axis of the largest (or smallest) element, the first of equals; the first nan wins. `index_type` is an integer type.
void jn_arg_reduce(bool largest, jn_dtype type, jn_dtype index_type, void *out, const void *in, size_t outer, size_t size, size_t inner);

/// Running sum, product, maximum or minimum along the middle axis, forward or from the end. out may be in.
void jn_cumulative(jn_reduce_op op, jn_dtype type, bool reverse, void *out, const void *in, size_t outer, size_t size, size_t inner);
