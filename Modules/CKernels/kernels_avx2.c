// AVX2 with fused multiply-add and float16 conversions: Intel from Haswell, AMD from Zen.
#include "kernels.h"

#if defined(__x86_64__)
#define JN_KERNELS jn_kernels_avx2
#define JN_NAME "avx2"
#define JN_VECTOR_BYTES 32
#define JN_HAS_FMA 1
#define JN_HAS_ROUND 1
#define JN_HAS_FLOAT16 1
#define JN_HAS_WIDE_MATH 1
#define erf_f32 jn_avx2_erf_f32
#define erfinv_f32 jn_avx2_erfinv_f32
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#include "vector/kernels.inc"
#pragma clang attribute pop
#endif
