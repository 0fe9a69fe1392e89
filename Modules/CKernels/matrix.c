// Small steps around factorizations of a matrix.
#include "internal.h"

#include <math.h>
#include <string.h>

#define ALL_FINITE(T)                                                   \
  do {                                                                  \
    const T *x = in;                                                    \
    for (size_t i = 0; i < n; i++)                                      \
      if (!isfinite(x[i])) return false;                                \
  } while (0)

bool jn_all_finite(jn_dtype type, const void *in, size_t n) {
  if (type == JN_FLOAT32)
    ALL_FINITE(float);
  else
    ALL_FINITE(double);
  return true;
}

void jn_clear_triangle(size_t item_size, bool upper, void *matrix, size_t rows, size_t columns) {
  char *row = matrix;
  for (size_t i = 0; i < rows; i++, row += columns * item_size) {
    if (upper && i + 1 < columns) memset(row + (i + 1) * item_size, 0, (columns - i - 1) * item_size);
    if (!upper) memset(row, 0, (i < columns ? i : columns) * item_size);
  }
}

void jn_permute_rows(void *out, const void *in, const int32_t *order, size_t rows, size_t row_bytes, bool inverse) {
  for (size_t i = 0; i < rows; i++) {
    size_t other = order[i] < 0 ? 0 : jn_min_size((size_t)order[i], rows - 1);
    size_t from = inverse ? i : other, to = inverse ? other : i;
    memcpy((char *)out + to * row_bytes, (const char *)in + from * row_bytes, row_bytes);
  }
}

void jn_order_of_pivots(int32_t *order, size_t rows, int32_t *pivots, size_t count) {
  for (size_t i = 0; i < rows; i++) order[i] = (int32_t)i;
  for (size_t i = 0; i < count; i++) {
    int32_t other = --pivots[i], moved = order[i];
    order[i] = order[other];
    order[other] = moved;
  }
}
