// Arrays whose rows or columns are apart in memory.
#include <string.h>

#include "program_internal.h"

#define JN_MOVE_ELEMENTS(T)                                                                                       \
  for (size_t i = 0; i < rows; i++, out += out_row, in += in_row) {                                               \
    const char *from = in;                                                                                        \
    char *to = out;                                                                                               \
    for (size_t j = 0; j < columns; j++, from += in_column, to += out_column) memcpy(to, from, sizeof(T));        \
  }

// Short rows of whole elements, one after the other on both sides.
#define JN_MOVE_ROWS(T)                                                                                           \
  for (size_t i = 0; i < rows; i++, out += out_row, in += in_row)                                                 \
    for (size_t j = 0; j < columns; j++) memcpy(out + j * sizeof(T), in + j * sizeof(T), sizeof(T));

static void move_elements(size_t size, char *out, int64_t out_row, int64_t out_column, const char *in, int64_t in_row,
                          int64_t in_column, size_t rows, size_t columns) {
  if (out_column == (int64_t)size && in_column == (int64_t)size) {
    if (columns * size < 64) {
      switch (size) {
      case 1: JN_MOVE_ROWS(uint8_t); break;
      case 2: JN_MOVE_ROWS(uint16_t); break;
      case 4: JN_MOVE_ROWS(uint32_t); break;
      default: JN_MOVE_ROWS(uint64_t); break;
      }
      return;
    }
    for (size_t i = 0; i < rows; i++, out += out_row, in += in_row) memcpy(out, in, columns * size);
    return;
  }
  switch (size) {
  case 1: JN_MOVE_ELEMENTS(uint8_t); break;
  case 2: JN_MOVE_ELEMENTS(uint16_t); break;
  case 4: JN_MOVE_ELEMENTS(uint32_t); break;
  default: JN_MOVE_ELEMENTS(uint64_t); break;
  }
}

void jn_gather_rows(size_t size, char *out, size_t out_pitch, const char *in, int64_t row_stride, int64_t column_stride,
               size_t rows, size_t columns, const jn_kernels *kernels) {
  int64_t item = (int64_t)size;
  if (row_stride == item && column_stride > item && column_stride % item == 0 && rows >= 4 && columns >= 4) {
    kernels->transpose[jn_log2_of_size(size)](out, out_pitch / size, in, (size_t)(column_stride / item), columns, rows);
    return;
  }
  move_elements(size, out, (int64_t)out_pitch, item, in, row_stride, column_stride, rows, columns);
}

void jn_scatter_rows(size_t size, char *out, int64_t row_stride, int64_t column_stride, const char *in, size_t in_pitch,
                size_t rows, size_t columns) {
  move_elements(size, out, row_stride, column_stride, in, (int64_t)in_pitch, (int64_t)size, rows, columns);
}
