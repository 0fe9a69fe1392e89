// The plainest instruction set: SSE2 on x86-64, NEON on arm64, and whatever the compiler makes of it elsewhere.
#include "kernels.h"

#define JN_KERNELS jn_kernels_baseline
#define JN_VECTOR_BYTES 16
#if defined(__aarch64__)
#define JN_NAME "neon"
#define JN_HAS_FMA 1
#define JN_HAS_ROUND 1
#define JN_HAS_FLOAT16 1
#elif defined(__x86_64__)
#define JN_NAME "sse2"
#else
#define JN_NAME "generic"
#endif
#include "vector/kernels.inc"
