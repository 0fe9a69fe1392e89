// AVX-512 as in Skylake servers and AMD from Zen 4.
#include "kernels.h"

#if defined(__x86_64__)
#define JN_KERNELS jn_kernels_avx512
#define JN_NAME "avx512"
#define JN_VECTOR_BYTES 64
#define JN_HAS_FMA 1
#define JN_HAS_ROUND 1
#define JN_HAS_FLOAT16 1
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#include "vector/kernels.inc"
#pragma clang attribute pop
#endif
