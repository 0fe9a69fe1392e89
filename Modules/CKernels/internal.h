// What the parts of this target share: the table of kernels and the helpers that split work. Not for importers.
#pragma once
#include "CKernels.h"

enum { JN_VECTOR_BYTES_MAX = 64 };

// MARK: The kernels of one instruction set

typedef void jn_unary_kernel(void *out, const void *a, size_t n);

/// A step is 1, or 0 for an operand of JN_VECTOR_BYTES_MAX bytes that holds one element over and over.
typedef void jn_binary_kernel(void *out, const void *a, size_t a_step, const void *b, size_t b_step, size_t n);
typedef void jn_fma_kernel(void *out, const void *a, size_t a_step, const void *b, size_t b_step, const void *c,
                           size_t c_step, size_t n);
typedef void jn_select_kernel(void *out, const uint8_t *pred, size_t pred_step, const void *a, size_t a_step,
                              const void *b, size_t b_step, size_t n);

/// *out = in[0] op in[1] op …, n > 0.
typedef void jn_row_kernel(void *out, const void *in, size_t n);
/// acc[j] = acc[j] op in[0, j] op in[1, j] op …; rows are `stride` elements apart.
typedef void jn_rows_kernel(void *acc, const void *in, size_t rows, size_t stride, size_t columns);

/// The first index of an element equal to *value (any nan if that is a nan), or n.
typedef size_t jn_find_kernel(const void *in, const void *value, size_t n);
/// best[j], index[j] = in[j], k where in[j] beats best[j]; `index` has integers of the width of an element.
typedef void jn_beat_kernel(void *best, void *index, const void *in, size_t k, size_t columns);

/// out[j * out_stride + i] = in[i * in_stride + j], i < rows, j < columns; strides in elements.
typedef void jn_transpose_kernel(void *out, size_t out_stride, const void *in, size_t in_stride, size_t rows,
                                 size_t columns);

/// Of each column, the candidates at keys[places[t] + j]: out[j] = values[the selected place + j], or the selected element of `out`
/// = (+=, if `accumulate`) source[j], and the others = (+=) 0. At least one candidate.
typedef void jn_select_gather_kernel(void *out, const void *values, const void *keys, const int64_t *places,
                                     size_t taps, size_t n);
typedef void jn_select_scatter_kernel(void *out, const void *source, const void *keys, const int64_t *places,
                                      size_t taps, bool accumulate, size_t n);

typedef void jn_threefry_kernel(uint32_t *out0, uint32_t *out1, const uint32_t *key0, size_t key0_step,
                                const uint32_t *key1, size_t key1_step, const uint32_t *x0, size_t x0_step,
                                const uint32_t *x1, size_t x1_step, size_t n);

/// *out = the sum of n products, or of n squares of differences, in the order of reduce_row; n is at most a leaf.
typedef void jn_row_of_two_kernel(void *out, const void *a, size_t a_step, const void *b, size_t b_step, size_t n);
/// Of two results: their exclusive or, for the counters (x0, first + i).
typedef void jn_threefry_bits_kernel(uint32_t *out, const uint32_t *key0, const uint32_t *key1, const uint32_t *x0,
                                     uint32_t first, size_t n);
typedef void jn_fused_4_kernel(void *out, const void *a, size_t a_step, const void *b, size_t b_step, const void *c,
                               size_t c_step, const void *d, size_t d_step, size_t n);

/// What fused kernels combine. Those with R take their operands the other way round.
typedef enum jn_fused_op {
  JN_FUSED_ADD, JN_FUSED_SUB, JN_FUSED_RSUB, JN_FUSED_MUL, JN_FUSED_MAX, JN_FUSED_MIN, JN_FUSED_DIV, JN_FUSED_RDIV,
  JN_FUSED_COUNT,
  JN_FUSED_TRIPLE_COUNT = JN_FUSED_MUL + 1,  // the first of them come in triples
} jn_fused_op;

/// out[i * columns + j] = in[i], i < rows, j < columns.
typedef void jn_repeat_kernel(void *out, const void *in, size_t rows, size_t columns);

/// Memory to fetch: with product number p the lines p % 16 * line + p / 16 * step bytes after both addresses.
typedef struct jn_ahead {
  const char *first, *second;
  size_t line, step;
} jn_ahead;

/// c[i, j] (+)= sum over p < k of a[p * a_step + i] * b[p * b_step + j], rows <= product_rows, columns <= product_columns; of b, the
/// columns of one or two whole vectors are read. Where `copy` is not null, they are also written there, as far apart as product_columns.
/// Memory that is needed next is fetched meanwhile.
typedef void jn_product_tile_kernel(size_t rows, size_t columns, size_t k, const float *a, size_t a_row, size_t a_step, const float *b, size_t b_step,
                                    float *copy, float *c, size_t c_row, bool accumulates, const jn_ahead *ahead);
/// out[p * step + i] = in[i * stride + p], i < rows <= step, p < k, step > 1; the rest of each step but the last may be overwritten.
typedef void jn_product_turn_kernel(float *out, size_t step, const float *in, size_t stride, size_t rows, size_t k);
/// c[i, j] = sum over p < k of a[i * a_row + p] * b[j * b_row + p]; k is at least product_columns / 2.
typedef void jn_product_dots_kernel(size_t m, size_t n, size_t k, const float *a, size_t a_row, const float *b, size_t b_row, float *c,
                                    size_t c_row);

/// What becomes of the gradient of parameters, one element like the other: `velocity_out` = velocity * decay + gradient, and
/// `parameters_out` = parameters - velocity_out * rate; or parameters - gradient * rate, where `velocity` is null. Rows are `row` elements
/// apart. Outputs may be inputs.
typedef struct jn_update {
  const float *parameters, *velocity;
  float *parameters_out, *velocity_out;
  float rate, decay;
  size_t row;
} jn_update;

/// Memory to fetch: with every so many products some cache lines from both addresses on, the second of which may be null; `step` bytes later
/// those of the next time.
typedef struct jn_fetch {
  const char *first, *second;
  size_t lines, step, every;
} jn_fetch;

/// c[i, j] (+)= the sum over p < k of a[i * a_row + p] * b[p * b_step + j], rows <= wide_rows and columns of `vectors` <= wide_vectors
/// vectors, of which the last one has `lanes` lanes; all lanes of `b` are read, and where `copy` is not null written there, row after row. Memory
/// that is needed next is fetched meanwhile.
typedef void jn_product_wide_kernel(size_t rows, size_t vectors, size_t lanes, size_t k, const float *a, size_t a_row, const float *b,
                                    size_t b_step, float *copy, float *c, size_t c_row, bool accumulates, const jn_fetch *fetch);
/// The same of a[p * a_step + i] as the gradient of the elements from number `place` on, which are updated. Elements from `next`
/// on are fetched meanwhile.
typedef void jn_product_update_kernel(size_t rows, size_t vectors, size_t lanes, size_t k, const float *a, size_t a_step, const float *b,
                                      size_t b_step, float *copy, const jn_update *update, size_t place, size_t next);

/// y[q + s (radix p + j)] = exp(-2πi jp / (radix m)) · the sum over l of x[q + s (p + m l)] exp(-2πi jl / radix); radix 2 to 5, p < m, q < s.
/// Complex numbers, real and imaginary parts apart; `roots` has the factors of j = 1 ..., pairs of parts.
typedef void jn_fourier_stage_kernel(size_t radix, size_t m, size_t s, void *y_re, void *y_im, const void *x_re, const void *x_im,
                                     const void *roots);

/// An absent kernel is null. float16 and bfloat16 have only the kernels that cannot go through float32.
typedef struct jn_kernels {
  const char *name;
  jn_unary_kernel *unary[JN_UNARY_COUNT][JN_DTYPE_COUNT];
  jn_binary_kernel *binary[JN_BINARY_COUNT][JN_DTYPE_COUNT];
  jn_fma_kernel *fma[JN_DTYPE_COUNT];
  jn_binary_kernel *compare[JN_COMPARE_COUNT][JN_DTYPE_COUNT];
  jn_unary_kernel *is_finite[JN_DTYPE_COUNT];
  jn_select_kernel *select[4];  // by log2 of the item size
  jn_unary_kernel *convert[JN_DTYPE_COUNT][JN_DTYPE_COUNT];  // [to][from]
  jn_unary_kernel *round_half[2];     // float32 that is a float16 (or bfloat16), to nearest even
  jn_unary_kernel *float32_round_to_odd;  // from float64; a second rounding to 16 bits is then right
  jn_unary_kernel *float64_sticky[JN_DTYPE_COUNT];  // from 64-bit integers, inexact but never onto a tie of float32
  jn_row_kernel *reduce_row[JN_REDUCE_COUNT][JN_DTYPE_COUNT];
  jn_rows_kernel *reduce_rows[JN_REDUCE_COUNT][JN_DTYPE_COUNT];
  jn_find_kernel *find[JN_DTYPE_COUNT];
  jn_beat_kernel *beat[2][JN_DTYPE_COUNT];  // [largest]
  jn_select_gather_kernel *select_gather[2][JN_DTYPE_COUNT];  // [largest]
  jn_select_scatter_kernel *select_scatter[2][JN_DTYPE_COUNT];
  jn_transpose_kernel *transpose[4];  // by log2 of the item size
  jn_repeat_kernel *repeat[4];        // by log2 of the item size
  jn_threefry_kernel *threefry2x32;
  jn_threefry_bits_kernel *threefry_bits;
  // float32, each operation rounded
  jn_fma_kernel *pair[JN_FUSED_COUNT][JN_FUSED_COUNT];
  jn_fused_4_kernel *triple[JN_FUSED_TRIPLE_COUNT][JN_FUSED_TRIPLE_COUNT][JN_FUSED_TRIPLE_COUNT];
  jn_fma_kernel *root_add[2];                  // sqrt(x * y) + z, sqrt(x / y) + z
  jn_fma_kernel *shift_or;                     // (x >> y) | z, of uint32
  jn_fused_4_kernel *products[2];              // x * y + z * w, x * y - z * w
  jn_fused_4_kernel *choose[JN_COMPARE_COUNT];  // x compared with y ? z : w
  jn_binary_kernel *exp_difference, *square_of_difference;
  jn_binary_kernel *exp_product[2];             // exp(x * y), exp(-(x * y))
  jn_binary_kernel *negative_product;           // -(x * y)
  jn_row_of_two_kernel *sum_of_products, *sum_of_squares_of_differences;
  size_t product_rows, product_columns;
  jn_product_tile_kernel *product_tile;
  jn_product_turn_kernel *product_turn;
  jn_product_dots_kernel *product_dots;
  size_t wide_lanes, wide_rows, wide_vectors;
  jn_product_wide_kernel *product_wide;
  jn_product_update_kernel *product_update;
  jn_fourier_stage_kernel *fourier_stage[2];  // [float64]
} jn_kernels;

/// The kernels in use.
const jn_kernels *jn_active_kernels(void);

// MARK: Types

static inline size_t jn_size_of(jn_dtype type) {
  static const uint8_t sizes[JN_DTYPE_COUNT] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8};
  return sizes[type];
}

static inline bool jn_is_half(jn_dtype type) { return type == JN_FLOAT16 || type == JN_BFLOAT16; }
static inline bool jn_is_float(jn_dtype type) { return type >= JN_FLOAT16 && type <= JN_FLOAT64; }
static inline size_t jn_log2_of_size(size_t item_size) { return (size_t)__builtin_ctzll((unsigned long long)item_size); }
static inline size_t jn_min_size(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t jn_divided(size_t a, size_t b) { return (a + b - 1) / b; }
/// Where part `index` of `count` nearly equal ones begins.
static inline size_t jn_begin_of(size_t whole, size_t index, size_t count) { return whole / count * index + jn_min_size(index, whole % count); }

// MARK: Work

/// Elements of a tile on the stack when 16-bit floats are computed in float32.
enum { JN_TILE = 1024 };

/// Work, in elements times cost, that is worth sharing with the pool, and that one chunk should have.
enum { JN_PARALLEL_WORK = 32768, JN_CHUNK_WORK = 16384 };

/// Calls body for pieces that cover 0 ..< n: one piece if n * cost is little, else pieces over the thread pool.
/// `cost` is the work of one element; adding two float32 has cost 1.
void jn_parallel_range(size_t n, size_t cost, void (*body)(void *context, size_t begin, size_t end), void *context);

/// The work of one element of an operation.
size_t jn_unary_cost(jn_unary_op op, jn_dtype type);
size_t jn_binary_cost(jn_binary_op op, jn_dtype type);

/// The kernels, at most JN_CONVERT_STAGES, that lead from one type to another that differs, and the type after each.
enum { JN_CONVERT_STAGES = 3 };
size_t jn_convert_stages(jn_unary_kernel *stage[JN_CONVERT_STAGES], jn_dtype type[JN_CONVERT_STAGES], jn_dtype to, jn_dtype from);

/// Makes the product in parts of whole rows, and calls `body` for each in the thread that made it: `count` elements of the result, row by row, those
/// from number `first` on. What lies at the same places of `arrays`, of float32, is fetched while the part is made.
void jn_multiply_in_rows(const jn_product *product, void (*body)(void *context, const float *part, size_t first, size_t count), void *context,
                         const float *const *arrays, size_t array_count);

/// Makes the product in wide tiles. False if other tiles are better for it.
bool jn_multiply_wide(const jn_product *product);
/// Updates parameters by a product, which is in memory nowhere: its `c`, `c_row` and `accumulates` are not used. False if the product is none that
/// this can be done with.
bool jn_multiply_and_update(const jn_product *product, const jn_update *update);

/// Memory of the current thread, aligned to 64 bytes, until its next call.
void *jn_thread_scratch(size_t bytes);

/// Fills `out` with n copies of an element.
void jn_splat(size_t item_size, void *out, const void *value, size_t n);

/// out[i] = first + i.
void jn_count_up(jn_dtype type, void *out, size_t first, size_t n);

// MARK: Reductions

enum {
  JN_ROW_SEGMENT = 65536,  // elements of a row that are reduced by one thread
  JN_LEAF_BYTES = 8192,    // of a row that are summed in lanes; what they give is added in halves of halves
  JN_THIN = 64,            // rows narrower than this are taken several at a time
  JN_SMALL_BLOCK = 64,     // blocks of no more elements lie side by side while they are reduced,
  JN_MANY_BLOCKS = 16,     // if there are at least so many
};

/// Rows of an array [rows, inner] that are reduced into one at a time, or elements where inner is 1.
size_t jn_reduce_segment(size_t inner);
/// How many thin rows are taken as one.
static inline size_t jn_reduce_group(size_t inner) { return inner < JN_THIN ? (JN_THIN + inner - 1) / inner : 1; }
/// Reduces `count` results to the first of them, by halves of halves.
void jn_reduce_tree(jn_rows_kernel *rows, size_t size, char *leaves, size_t count);
/// *out = what a row gives whose leaves gave `leaves`, of which `segment` make a segment. The leaves are lost.
void jn_reduce_leaves(jn_row_kernel *row, jn_rows_kernel *rows, size_t size, void *out, char *leaves, size_t count,
                      size_t segment);
/// The result of an empty reduction, in the first bytes.
uint64_t jn_reduce_identity(jn_reduce_op op, jn_dtype type);
