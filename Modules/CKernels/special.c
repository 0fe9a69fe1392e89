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

double jn_logistic_f64(double x) {
  double z = exp(-fabs(x));
  return (x < 0 ? z : 1.0) / (1.0 + z);
}

static double polynomial(const double *coefficients, size_t count, double x) {
  double p = coefficients[0];
  for (size_t i = 1; i < count; i++) p = coefficients[i] + p * x;
  return p;
}

// Giles 2012, as in XLA.
double jn_erfinv_f64(double x) {
  static const double central[] = {
    -3.6444120640178196996e-21, -1.685059138182016589e-19, 1.2858480715256400167e-18, 1.115787767802518096e-17,
    -1.333171662854620906e-16,  2.0972767875968561637e-17, 6.6376381343583238325e-15, -4.0545662729752068639e-14,
    -8.1519341976054721522e-14, 2.6335093153082322977e-12, -1.2975133253453532498e-11, -5.4154120542946279317e-11,
    1.051212273321532285e-09,   -4.1126339803469836976e-09, -2.9070369957882005086e-08, 4.2347877827932403518e-07,
    -1.3654692000834678645e-06, -1.3882523362786468719e-05, 0.0001867342080340571352, -0.00074070253416626697512,
    -0.0060336708714301490533,  0.24015818242558961693,     1.6536545626831027356};
  static const double middle[] = {
    2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07, 1.8239629214389227755e-08,
    1.5027403968909827627e-06, -4.013867526981545969e-06, 2.9234449089955446044e-06, 1.2475304481671778723e-05,
    -4.7318229009055733981e-05, 6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
    0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066, -0.0037512085075692412107,
    0.005370914553590063617, 1.0052589676941592334, 3.0838856104922207635};
  static const double tail[] = {
    -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09, -3.7894654401267369937e-09,
    7.6157012080783393804e-09, -1.4960026627149240478e-08, 2.9147953450901080826e-08, -6.7711997758452339498e-08,
    2.2900482228026654717e-07, -9.9298272942317002539e-07, 4.5260625972231537039e-06, -1.9681778105531670567e-05,
    7.5995277030017761139e-05, -0.00021503011930044477347, -0.00013871931833623122026, 1.0103004648645343977,
    4.8499064014085844221};
  if (fabs(x) == 1) return x * INFINITY;
  double w = -log1p(-x * x);
  if (w < 6.25) return x * polynomial(central, sizeof central / sizeof *central, w - 3.125);
  if (w < 16) return x * polynomial(middle, sizeof middle / sizeof *middle, sqrt(w) - 3.25);
  return x * polynomial(tail, sizeof tail / sizeof *tail, sqrt(w) - 5);
}
