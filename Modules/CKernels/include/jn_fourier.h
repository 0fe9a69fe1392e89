#pragma once
#include "jn_dtype.h"

// Discrete Fourier transforms of lines that lie one after the other, real and imaginary parts apart, in float32 or float64. None is
// scaled. Factors 2, 3, 4 and 5 of a length are taken apart; a length with another prime factor is transformed by a convolution
// (Bluestein), in float64.

/// What transforms of one length and type need; any number of threads may use it.
typedef struct jn_fourier jn_fourier;

/// Whether transforms of lines of n > 0 elements are of real numbers: to or from the first n / 2 + 1 elements of the spectrum.
jn_fourier *jn_fourier_make(jn_dtype type, bool real, size_t n);
void jn_fourier_free(jn_fourier *fourier);

/// out[k] = sum over j of in[j] exp(-2πi jk / n), or with exp(2πi jk / n).
void jn_fourier_complex(const jn_fourier *fourier, bool inverse, size_t lines, void *out_re, void *out_im, const void *in_re, const void *in_im);
/// The same, of real numbers, for k = 0 ... n / 2.
void jn_fourier_to_half(const jn_fourier *fourier, size_t lines, void *out_re, void *out_im, const void *in);
/// out[j] = sum over k of c[k] exp(2πi jk / n), where c[k] = in[k] for k = 0 ... n / 2 and c[n - k] is its conjugate; the imaginary parts of
/// c[0] and, where n is even, of c[n / 2] count as 0.
void jn_fourier_from_half(const jn_fourier *fourier, size_t lines, void *out, const void *in_re, const void *in_im);
