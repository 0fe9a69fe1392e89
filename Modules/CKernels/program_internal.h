// What the parts of the machine for fused kernels share.
//
// A program is lowered to steps, each a call of a kernel on a vector of elements, for values at one of four levels: the same
// everywhere, one for each column, one for each row, or one for each element. A level's steps run as seldom as they can:
// once, once in a chunk, once in a block of rows, once in a tile.
//
//   chunk   what a thread claims: some rows of a strip of columns
//   block   `block_rows` rows of a chunk: as many as fill a tile, or one
//   tile    what a step works on: all of a block if it has several rows, else at most `tile` columns of its row
//
// A reduction along the columns ends a phase: the tiles of a block are done for the first phase, then for the next.
#pragma once
#include "internal.h"

typedef enum jn_level { JN_UNIFORM = 0, JN_BY_COLUMN = 1, JN_BY_ROW = 2, JN_FULL = 3 } jn_level;

typedef enum jn_step_code {
  JN_DO_NOTHING,
  JN_DO_UNARY, JN_DO_BINARY, JN_DO_TERNARY, JN_DO_FUSED_4, JN_DO_SELECT, JN_DO_THREEFRY, JN_DO_RANDOM_BITS,
  JN_DO_IOTA,
  JN_DO_COPY,            // n elements
  JN_DO_FILL,            // n elements from one
  JN_DO_SPLAT,           // JN_VECTOR_BYTES_MAX bytes from one element
  JN_DO_REPEAT,          // a tile from an element for each of its rows
  JN_DO_TILE,            // a tile from one row
  JN_DO_LOAD, JN_DO_STORE,  // from or to an array that cannot be used where it is
  JN_DO_REDUCE_COLUMNS,  // to an element for each row, or to one of the partial results of a long row
  JN_DO_FINISH_COLUMNS,  // the partial results of a long row
  JN_DO_REDUCE_ROWS, JN_DO_REDUCE_ALL,
  JN_DO_KEEP_ROWS,       // by-row values for a reduction after the run
} jn_step_code;

typedef void jn_any_kernel(void);

/// Operands are values while a program is planned, and slots of the table of addresses afterwards.
typedef struct jn_step {
  uint8_t code, kind, type, level, phase;
  uint8_t in_count;
  uint8_t size;       // of an element, where no kernel knows it
  uint8_t advance[4];  // of each operand: 1, or 0 for a vector of copies of one element
  uint8_t copies;     // by row, if not 0: how many are made of the value of a single row
  uint8_t fused[3], fused_count;  // the operations (jn_fused_op) that it is a chain of
  uint16_t in[4], out, out2;
  uint16_t index;     // of an input, output, dimension or reduction
  uint32_t cost;      // of an element
  jn_any_kernel *kernel;
} jn_step;

/// An array in memory, strides in bytes.
typedef struct jn_array {
  int64_t row_stride[JN_PROGRAM_RANK - 1], column_stride;
  int64_t pitch;      // from each row to the next, if `linear`
  bool linear;
  bool repeats;       // along a dimension of the rows
  uint8_t size;
  uint16_t in_place_of;
} jn_array;

/// Where an address of the table comes from before each block and tile.
typedef enum jn_move_kind { JN_MOVE_INPUT, JN_MOVE_OUTPUT, JN_MOVE_SCRATCH } jn_move_kind;
typedef struct jn_move {
  uint8_t kind, size;  // size: of an element; 0 if the address stays in a block
  uint8_t area;        // scratch: of which, and how many rows have a place of their own
  uint8_t period;
  uint16_t slot, index;
  size_t offset;
  int64_t pitch;
} jn_move;

/// Scratch memory: of the run, of the thread, of the block. A slot without one is set by a move.
typedef enum jn_area { JN_OF_RUN, JN_OF_THREAD, JN_OF_BLOCK, JN_AREA_COUNT } jn_area;
typedef struct jn_slot {
  uint8_t area;
  size_t offset;
} jn_slot;

typedef enum jn_result_kind { JN_RESULT_ROWS, JN_RESULT_ALL, JN_RESULT_OF_KEPT_ROWS } jn_result_kind;

/// A reduction that ends after the run.
typedef struct jn_result {
  uint8_t kind, operation, type, size;  // of the accumulators
  uint16_t in;           // slot of the accumulators, or move of the rows
  size_t offset, count;  // in the memory of the run
  jn_row_kernel *row;
  jn_rows_kernel *rows;
  uint64_t identity;
} jn_result;

/// An input that lies across the rows: gathered for JN_STAGE_ROWS rows at a time.
enum { JN_STAGE_ROWS = 16 };
typedef struct jn_stage { uint16_t input, move; } jn_stage;

/// Fewer rows than this, each at least so long, are shared by the threads.
enum { JN_FEW_ROWS = 8, JN_LONG_ROW = 65536 };

/// A section is a range of steps: uniform, by column, then by row and by tile for each phase, and at the end of a block.
enum { JN_SECTION_UNIFORM, JN_SECTION_COLUMN, JN_SECTION_PHASES };

/// What a program does that is an update (jn_update): numbers of inputs and outputs. The gradient is JN_NONE if it is none.
typedef struct jn_program_update {
  uint16_t gradient, parameters, velocity, rate, decay;  // velocity: JN_NONE if there is none
  uint16_t parameters_out, velocity_out;
} jn_program_update;

struct jn_program {
  const jn_kernels *kernels;
  size_t row_shape[JN_PROGRAM_RANK - 1], rows, columns;
  size_t tile, block_rows, tiles;  // tiles: of a row
  size_t chunk_rows, row_chunks, strip, strips, chunk_blocks;
  bool parallel, by_phase;         // by_phase: threads share the columns of a row, phase after phase
  size_t phases;

  jn_step *steps;
  uint32_t *sections;  // 2 * phases + 4 offsets
  jn_slot *slots;
  jn_move *moves;
  jn_stage *stages;
  jn_array *inputs, *outputs;
  jn_result *results;
  uint16_t *output_result;  // JN_NONE, or the result that the output is
  jn_dtype *output_type;
  uint16_t *uniform_output;  // JN_NONE, or the slot that the output is a copy of
  size_t *column_copy;       // offset in the memory of the run of an output by column that is written last, or SIZE_MAX
  size_t slot_count, move_count, stage_count, input_count, output_count, result_count;
  size_t group;              // thin rows that are reduced as one
  jn_program_update update;

  size_t run_bytes, thread_bytes, block_bytes;
};

// MARK: While it is planned

/// One value of an intermediate result, written once.
typedef struct jn_value {
  uint8_t size, level, phase, place;
  bool splat;             // a vector of copies of one element
  bool wide;              // by column, repeated to the size of a tile
  bool partial;           // what each tile of a row gave
  bool needed;
  uint16_t input;         // the input that it is, or JN_NONE
  uint16_t array;         // where place says so
  uint16_t slot, move;
  uint16_t vector_form, copy_form;  // the same as another value, or JN_NONE
  uint32_t made, last;    // steps that write it, and read it last
} jn_value;

/// The space after dimensions were joined, and what the original ones became.
typedef struct jn_space {
  size_t row_shape[JN_PROGRAM_RANK - 1], rows, columns;
  uint8_t dimension[JN_PROGRAM_RANK];  // of the new space, or JN_PROGRAM_RANK for one of size 1
  bool reduces_columns, reduces_rows;
} jn_space;

typedef struct jn_plan {
  const jn_kernels *kernels;
  jn_program *program;
  jn_space space;
  bool no_columns;        // values by column are full: there is one row, or the threads share a row
  jn_value *values;
  size_t value_count, value_capacity;
  jn_step *steps;
  size_t step_count, step_capacity;
  jn_result *results;
  size_t result_count;
  uint16_t *outputs;       // the value of each
  uint16_t *output_result;
} jn_plan;

uint16_t jn_plan_value(jn_plan *plan, size_t size, size_t level, size_t phase);
jn_step *jn_plan_step(jn_plan *plan);
/// Adds a step whose level and phase are those of its operands; returns the value that it makes.
uint16_t jn_plan_emit(jn_plan *plan, jn_step step, size_t out_size);

/// From the instructions to steps: kernels, 16-bit floats by way of float32. False if there is no kernel.
bool jn_plan_lower(jn_plan *plan, size_t register_count, const jn_dtype *types, size_t instruction_count,
                   const jn_instruction *instructions, const jn_program_array *inputs, const jn_program_array *outputs);
/// Drops steps that nothing needs.
void jn_plan_drop_dead(jn_plan *plan);
/// Joins steps that there is one kernel for.
void jn_plan_fuse(jn_plan *plan);
/// Finds out whether the program is an update.
void jn_plan_find_update(jn_plan *plan);
/// Sizes of tiles, blocks and chunks.
void jn_plan_geometry(jn_plan *plan);
/// Steps that bring values to the level and the place where they are needed.
void jn_plan_adapt(jn_plan *plan);
/// Where every value lives, and the steps in order.
void jn_plan_place(jn_plan *plan);

/// The largest vector of the elements of a value that a step may ask for.
typedef enum jn_place {
  JN_AT_TILE, JN_AT_INPUT, JN_AT_OUTPUT,
  JN_AT_LINE,   // a row, kept from phase to phase
  JN_AT_RING,   // a row, kept until eight are added up
  JN_AT_STAGE,  // an input that lies across the rows, gathered
} jn_place;

// MARK: Memory in two dimensions

/// out[i * out_pitch + j * size] = in[i * row_stride + j * column_stride]; all in bytes but rows and columns.
void jn_gather_rows(size_t size, char *out, size_t out_pitch, const char *in, int64_t row_stride, int64_t column_stride,
               size_t rows, size_t columns, const jn_kernels *kernels);
/// out[i * row_stride + j * column_stride] = in[i * in_pitch + j * size].
void jn_scatter_rows(size_t size, char *out, int64_t row_stride, int64_t column_stride, const char *in, size_t in_pitch,
                size_t rows, size_t columns);
