#pragma once
#include "jn_elementwise.h"
#include "jn_product.h"
#include "jn_reduce.h"

// Fused kernels: a short list of instructions that runs over tiles small enough for the first-level cache. An instruction is one
// of the vectorised loops of this target; values between instructions stay in tiles, and only inputs and outputs are in memory.

/// The dimensions of the space that a program runs over, the last one innermost. Unused leading ones have size 1.
enum { JN_PROGRAM_RANK = 4 };
/// No register, no input.
enum { JN_NONE = 0xFFFF };

typedef enum jn_opcode {
  JN_OP_UNARY,           // out = kind(a), kind of jn_unary_op
  JN_OP_BINARY,          // out = a kind b, kind of jn_binary_op
  JN_OP_COMPARE,         // out, bool = a kind b, kind of jn_compare_op
  JN_OP_FMA,             // out = a * b + c, as jn_fma
  JN_OP_SELECT,          // out = a, bool ? b : c
  JN_OP_CONVERT,         // out = a in out's type
  JN_OP_BITCAST,         // out = the bits of a in out's type, of the same size
  JN_OP_IS_FINITE,       // out, bool
  JN_OP_IOTA,            // out = the index along dimension `kind` (0 ... 3) of the space, in out's type
  JN_OP_THREEFRY,        // out, out2 = the hash of key words a, b and counter words c, d
  JN_OP_REDUCE_COLUMNS,  // out, one for each row = a combined by kind (of jn_reduce_op) along the last dimension; may be used further
  JN_OP_REDUCE_ROWS,     // out, one for each column = a combined along all dimensions but the last; an output only
  JN_OP_REDUCE_ALL,      // out, one = a combined along all dimensions; an output only
} jn_opcode;

/// A register holds an element for each point of the space (or fewer, where all that it was made of repeats).
typedef struct jn_instruction {
  uint16_t opcode, kind;
  uint16_t out, out2;      // registers; JN_NONE where there is none
  uint16_t a, b, c, d;
} jn_instruction;

/// An array in memory. Strides are in elements, along the dimensions of the space; 0 where it repeats.
typedef struct jn_program_array {
  uint16_t reg;
  /// For an output: the input whose memory it is given, with the same strides, or JN_NONE.
  uint16_t in_place_of;
  int64_t strides[JN_PROGRAM_RANK];
} jn_program_array;

typedef struct jn_program jn_program;

/// A program ready to run, or null if an instruction has no kernel for its types. Each register is written once, by an input or an
/// instruction, before it is read. The arguments are copied.
jn_program *jn_program_create(const int64_t shape[JN_PROGRAM_RANK], size_t register_count, const jn_dtype *types,
                              size_t input_count, const jn_program_array *inputs, size_t output_count,
                              const jn_program_array *outputs, size_t instruction_count, const jn_instruction *instructions);
/// Runs it over the thread pool. `inputs` and `outputs` are the addresses of the element at index 0. Safe from several threads at once.
void jn_program_run(const jn_program *program, const void *const *inputs, void *const *outputs);
void jn_program_free(jn_program *program);

/// Whether a program computes element by element of arrays that all lie in the same order, or repeat one element: then it can follow a product.
bool jn_program_is_linear(const jn_program *program);
/// Runs such a program on what a product makes, part after part while it is in the cache: in place of the input number `input`, float32, which
/// is never in memory as a whole. The product's `c`, `c_row` and `accumulates` are not used; its operands must not be outputs of the program.
void jn_program_run_on_product(const jn_program *program, const void *const *inputs, void *const *outputs, size_t input,
                               const jn_product *product);
