// What the kernels need from outside, included before the instruction set changes.
#pragma once
#include <math.h>

#include "internal.h"

extern const jn_kernels jn_kernels_baseline;
#if defined(__x86_64__)
extern const jn_kernels jn_kernels_avx2, jn_kernels_avx512;
jn_unary_kernel jn_avx2_erf_f32, jn_avx2_erfinv_f32;
#endif

// Functions that libm lacks or that are not safe with threads (special.c).
float jn_lgamma_f32(float x);
float jn_digamma_f32(float x);
double jn_lgamma_f64(double x);
double jn_digamma_f64(double x);

// Passing vectors wider than the baseline's between inlined functions is no matter of the calling convention.
#pragma clang diagnostic ignored "-Wpsabi"
