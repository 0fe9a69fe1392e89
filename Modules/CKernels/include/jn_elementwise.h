#pragma once
#include "jn_dtype.h"

// float16 and bfloat16 are computed in float32 and rounded once, to nearest even.

/// Functions of one operand; the result has the operand's type.
typedef enum jn_unary_op {
  JN_NEG, JN_ABS, JN_SIGN,                 // numbers; neg of an unsigned number wraps; sign(-0) = -0, sign(nan) = nan
  JN_NOT, JN_POPCOUNT, JN_CLZ,             // integers; not of bool is logical
  JN_FLOOR, JN_CEIL, JN_ROUND, JN_ROUND_EVEN,  // floats; round: half away from zero
  JN_EXP, JN_EXPM1, JN_LOG, JN_LOG1P, JN_SQRT, JN_RSQRT, JN_CBRT,
  JN_SIN, JN_COS, JN_TAN, JN_ASIN, JN_ACOS, JN_ATAN,
  JN_SINH, JN_COSH, JN_TANH, JN_ASINH, JN_ACOSH, JN_ATANH,
  JN_LOGISTIC, JN_ERF, JN_ERFC, JN_ERFINV, JN_LGAMMA, JN_DIGAMMA,
  JN_UNARY_COUNT
} jn_unary_op;

/// Functions of two operands of one type; the result has that type.
typedef enum jn_binary_op {
  JN_ADD, JN_SUB, JN_MUL, JN_DIV, JN_REM,  // integers wrap; x / 0 = -1 (all bits set), x rem 0 = x, min / -1 = min; rem has the sign of x
  JN_MAX, JN_MIN,                          // nan if either is; bool: or, and
  JN_POW, JN_ATAN2, JN_NEXTAFTER,          // pow of integers: by squaring, wrapping; a negative exponent gives 0, but 1 for base 1 and ±1 for base -1
  JN_AND, JN_OR, JN_XOR,                   // integers and bool
  JN_SHL, JN_SHR_LOGICAL, JN_SHR_ARITHMETIC,  // integers; a count outside the width shifts everything out
  JN_BINARY_COUNT
} jn_binary_op;

/// Comparisons; the result is bool. Everything compared with nan is false, but `!=` is true.
typedef enum jn_compare_op { JN_EQ, JN_NE, JN_LT, JN_LE, JN_GT, JN_GE, JN_COMPARE_COUNT } jn_compare_op;

/// Whether there is a kernel for this operation and type.
bool jn_unary_supports(jn_unary_op op, jn_dtype type);
bool jn_binary_supports(jn_binary_op op, jn_dtype type);

/// out[i] = op(a[i]). `out` may be `a`.
void jn_unary(jn_unary_op op, jn_dtype type, void *out, const void *a, size_t n);

/// out[i] = a[i] op b[i]. An operand whose `splat` is set has one element, used for every i. `out` may be `a` or `b`.
void jn_binary(jn_binary_op op, jn_dtype type, void *out, const void *a, bool a_splat, const void *b, bool b_splat, size_t n);

/// out[i] = a[i] op b[i], as 0 or 1.
void jn_compare(jn_compare_op op, jn_dtype type, uint8_t *out, const void *a, bool a_splat, const void *b, bool b_splat, size_t n);

/// out[i] = whether a[i], a float, is neither infinite nor nan.
void jn_is_finite(jn_dtype type, uint8_t *out, const void *a, size_t n);

/// out[i] = pred[i] ? a[i] : b[i], for elements of 1, 2, 4 or 8 bytes.
void jn_select(size_t item_size, void *out, const uint8_t *pred, bool pred_splat, const void *a, bool a_splat, const void *b, bool b_splat, size_t n);

/// out[i] = a[i] in another type. Float to integer: toward zero, saturating, nan to 0. Integer to integer: wraps. To bool: != 0. To a narrower float: to nearest even.
void jn_convert(jn_dtype to, void *out, jn_dtype from, const void *a, size_t n);
