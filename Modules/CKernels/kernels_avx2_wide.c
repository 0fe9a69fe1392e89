// Functions with more constants than AVX2 has registers, on two vectors at a time: each constant is fetched once for both.
#include "kernels.h"

#if defined(__x86_64__)
#define JN_VECTOR_BYTES 64
#define JN_HAS_FMA 1
#define JN_HAS_ROUND 1
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#include "vector/vector.inc"
#include "vector/math_f32.inc"
#include "vector/special_f32.inc"

// The last vector overlaps the one before it. It is made first: in place, its operands would be gone later.
#define JN_WIDE_LOOP(NAME, FUNCTION)                                                            \
  void NAME(void *out, const void *a, size_t n) {                                               \
    const float *x = a;                                                                         \
    float *y = out;                                                                             \
    if (n < JN_LANES(float)) {                                                                  \
      v_f32_store_part(y, FUNCTION(v_f32_load_part(x, n)), n);                                  \
      return;                                                                                   \
    }                                                                                           \
    size_t last = n - JN_LANES(float);                                                          \
    v_f32 final = FUNCTION(v_f32_load(x + last));                                               \
    for (size_t i = 0; i < last; i += JN_LANES(float)) v_f32_store(y + i, FUNCTION(v_f32_load(x + i))); \
    v_f32_store(y + last, final);                                                               \
  }

JN_WIDE_LOOP(jn_avx2_erf_f32, f32_erf)
JN_WIDE_LOOP(jn_avx2_erfinv_f32, f32_erfinv)
#pragma clang attribute pop
#endif
