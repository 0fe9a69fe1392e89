#pragma once
#include "jn_dtype.h"

/// The Threefry-2x32 hash with 20 rounds, element by element: (out0[i], out1[i]) = threefry((key0[i], key1[i]), (x0[i], x1[i])).
/// An operand whose `splat` is set has one element, used for every i.
void jn_threefry2x32(uint32_t *out0, uint32_t *out1, const uint32_t *key0, bool key0_splat, const uint32_t *key1, bool key1_splat,
                     const uint32_t *x0, bool x0_splat, const uint32_t *x1, bool x1_splat, size_t n);
