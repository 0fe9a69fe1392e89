#pragma once
#include "jn_dtype.h"

/// For each (o, i) of an array outer x size x inner: the stable order that sorts in[o, :, i], as indices (int64, laid out as `in`).
/// Floats: -nan and nan after everything else, -0 equal to 0. `descending` reverses the order of unequal elements only.
void jn_argsort(jn_dtype type, bool descending, int64_t *out, const void *in, size_t outer, size_t size, size_t inner);

/// As jn_argsort, by several keys, the first the most significant. `types` and `keys` have `key_count` elements.
void jn_argsort_by(size_t key_count, const jn_dtype *types, const void *const *keys, bool descending, int64_t *out, size_t outer, size_t size,
                   size_t inner);

/// The k largest elements of each row, the largest first, and their places in it; the first of equals first. nan is the largest.
/// k is at most the size of a row.
void jn_top_k(jn_dtype type, void *values, int32_t *indices, const void *in, size_t rows, size_t size, size_t k);

/// out[o, k, i] = in[o, index[o, k, i], i].
void jn_take_along(size_t item_size, void *out, const void *in, const int64_t *index, size_t outer, size_t size, size_t inner);
