#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The element types. The order is the order of `DType` in Swift.
typedef enum jn_dtype {
  JN_BOOL,  // one byte, 0 or 1
  JN_INT8, JN_INT16, JN_INT32, JN_INT64,
  JN_UINT8, JN_UINT16, JN_UINT32, JN_UINT64,
  JN_FLOAT16, JN_BFLOAT16, JN_FLOAT32, JN_FLOAT64,
  JN_DTYPE_COUNT
} jn_dtype;
