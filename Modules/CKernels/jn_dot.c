#include "internal.h"
#include <string.h>

// Signed products are made in the unsigned type, where overflow is defined.
#define DOT(NAME, T, ACCUMULATE)                                                                          \
  static void NAME(T *out, const T *lhs, const T *rhs, size_t batch, size_t m, size_t n, size_t k) {      \
    memset(out, 0, batch * m * n * sizeof(T));                                                            \
    for (size_t b = 0; b < batch; b++, out += m * n, lhs += m * k, rhs += k * n)                          \
      for (size_t i = 0; i < m; i++)                                                                      \
        for (size_t l = 0; l < k; l++) {                                                                  \
          T factor = lhs[i * k + l];                                                                      \
          for (size_t j = 0; j < n; j++) out[i * n + j] ACCUMULATE rhs[l * n + j];                        \
        }                                                                                                 \
  }
DOT(dot8, uint8_t, += (uint8_t)factor *)
DOT(dot16, uint16_t, += (uint32_t)factor *)
DOT(dot32, uint32_t, += factor *)
DOT(dot64, uint64_t, += factor *)
DOT(dot_bool, uint8_t, |= factor &)

void jn_dot_integer(jn_dtype type, void *out, const void *lhs, const void *rhs, size_t batch, size_t m, size_t n, size_t k) {
  switch (type) {
  case JN_BOOL: dot_bool(out, lhs, rhs, batch, m, n, k); break;
  case JN_INT8: case JN_UINT8: dot8(out, lhs, rhs, batch, m, n, k); break;
  case JN_INT16: case JN_UINT16: dot16(out, lhs, rhs, batch, m, n, k); break;
  case JN_INT32: case JN_UINT32: dot32(out, lhs, rhs, batch, m, n, k); break;
  case JN_INT64: case JN_UINT64: dot64(out, lhs, rhs, batch, m, n, k); break;
  default: break;
  }
}
