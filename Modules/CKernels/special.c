// Scalar functions that libm lacks, or that write to a global there.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "kernels.h"

// lgamma itself stores the sign in a global.
#if defined(__APPLE__)
extern double lgamma_r(double x, int *sign);
extern float lgammaf_r(float x, int *sign);
#endif

double jn_lgamma_f64(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

float jn_lgamma_f32(float x) {
  int sign;
  return (float)lgamma_r((double)x, &sign);
}

// By reflection for negative x, recurrence up to 10, then the asymptotic series; nan at the poles, as XLA has it.
double jn_digamma_f64(double x) {
  double result = 0;
  if (x <= 0) {
    double nearest = floor(x);
    if (x == nearest) return NAN;
    // psi(x) = psi(1 - x) - pi / tan(pi x), the angle reduced to (-1/2, 1/2] so that it keeps its digits.
    double fraction = x - nearest;
    if (fraction > 0.5) fraction -= 1;
    result = -M_PI / tan(M_PI * fraction);
    x = 1 - x;
  }
  for (; x < 10; x += 1) result -= 1 / x;
  if (isinf(x)) return x;
  double s = 1 / (x * x);
  double series = s * (1.0 / 12 - s * (1.0 / 120 - s * (1.0 / 252 - s * (1.0 / 240 - s * (1.0 / 132 -
                  s * (691.0 / 32760 - s * (1.0 / 12)))))));
  return result + (log(x) - 0.5 / x - series);
}

float jn_digamma_f32(float x) { return (float)jn_digamma_f64((double)x); }
