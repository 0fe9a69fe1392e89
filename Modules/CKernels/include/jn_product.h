#pragma once
#include "jn_dtype.h"

/// c[i, j] = sum over p of a[i, p] * b[p, j] for i < m, j < n, p < k, in float32. Strides are in elements: an element of `a` lies at
/// i * a_row + p * a_column; rows of `c` are `c_row` apart. With `accumulates`, the sums are added to what is in `c`.
typedef struct jn_product {
  size_t m, n, k;
  const float *a;
  size_t a_row, a_column;
  const float *b;
  size_t b_row, b_column;
  float *c;
  size_t c_row;
  bool accumulates;
} jn_product;

/// Makes the product, shared by the threads of the pool if it is not small.
void jn_multiply(const jn_product *product);
/// Makes `batch` products: matrices follow each other at these distances, in elements.
void jn_multiply_batch(const jn_product *product, size_t batch, size_t a_batch, size_t b_batch, size_t c_batch);
