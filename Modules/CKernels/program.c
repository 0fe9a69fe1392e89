// Programs: the space that they run over, and their life.
#include <stdlib.h>
#include <string.h>

#include "program_internal.h"

// MARK: The space

typedef struct arguments {
  const int64_t *shape;
  const jn_dtype *types;
  size_t input_count, output_count, instruction_count;
  const jn_program_array *inputs, *outputs;
  const jn_instruction *instructions;
} arguments;

static bool has(const arguments *a, jn_opcode opcode) {
  for (size_t i = 0; i < a->instruction_count; i++)
    if (a->instructions[i].opcode == opcode) return true;
  return false;
}

static bool is_counted(const arguments *a, size_t dimension) {
  for (size_t i = 0; i < a->instruction_count; i++)
    if (a->instructions[i].opcode == JN_OP_IOTA && a->instructions[i].kind == dimension) return true;
  return false;
}

static const jn_program_array *array_at(const arguments *a, size_t i) {
  return i < a->input_count ? &a->inputs[i] : &a->outputs[i - a->input_count];
}

static bool all_repeat(const arguments *a, size_t dimension) {
  for (size_t i = 0; i < a->input_count + a->output_count; i++)
    if (array_at(a, i)->strides[dimension] != 0) return false;
  return true;
}

// Whether every array goes on along `outer` where `inner` ends.
static bool all_go_on(const arguments *a, size_t outer, size_t inner) {
  for (size_t i = 0; i < a->input_count + a->output_count; i++) {
    const int64_t *strides = array_at(a, i)->strides;
    if (strides[outer] != strides[inner] * a->shape[inner]) return false;
  }
  return true;
}

// What is left of the dimensions when those that every array runs through as one are joined: their sizes, and in which
// original dimension an array has the stride.
static size_t join(const arguments *a, jn_space *space, size_t size[JN_PROGRAM_RANK], size_t last[JN_PROGRAM_RANK]) {
  bool separate = space->reduces_columns || space->reduces_rows, reduces = separate || has(a, JN_OP_REDUCE_ROWS) || has(a, JN_OP_REDUCE_ALL);
  uint8_t position[JN_PROGRAM_RANK];
  size_t count = 0;
  bool counted_before = false;
  for (size_t d = 0; d < JN_PROGRAM_RANK; d++) {
    position[d] = JN_PROGRAM_RANK;
    if (a->shape[d] == 1) continue;
    bool counted = is_counted(a, d), columns = separate && d == JN_PROGRAM_RANK - 1;
    if (!reduces && !counted && a->shape[d] > 0 && all_repeat(a, d)) continue;
    if (count > 0 && !counted && !counted_before && !columns && all_go_on(a, last[count - 1], d))
      size[count - 1] *= (size_t)a->shape[d];
    else
      size[count++] = (size_t)a->shape[d];
    last[count - 1] = d;
    position[d] = (uint8_t)(count - 1);
    counted_before = counted;
  }
  for (size_t d = 0; d < JN_PROGRAM_RANK; d++)
    space->dimension[d] = (uint8_t)(position[d] == JN_PROGRAM_RANK ? JN_PROGRAM_RANK : JN_PROGRAM_RANK - count + position[d]);
  return count;
}

static jn_array make_array(const jn_space *space, const jn_program_array *from, jn_dtype type, const size_t *last, size_t count) {
  size_t rank = JN_PROGRAM_RANK - 1;
  int64_t item = (int64_t)jn_size_of(type);
  jn_array array = {.size = (uint8_t)item, .linear = true, .in_place_of = from->in_place_of};
  for (size_t k = 0; k < count; k++) {
    int64_t stride = from->strides[last[k]] * item;
    size_t d = JN_PROGRAM_RANK - count + k;
    if (d == rank)
      array.column_stride = stride;
    else
      array.row_stride[d] = stride;
  }
  array.pitch = (int64_t)space->columns * item;
  int64_t next = 0;
  bool found = false;
  for (size_t d = rank; d-- > 0;) {
    if (space->row_shape[d] == 1) continue;
    if (array.row_stride[d] == 0) array.repeats = true;
    if (!found) array.pitch = array.row_stride[d];
    if (found && array.row_stride[d] != next) array.linear = false;
    found = true;
    next = array.row_stride[d] * (int64_t)space->row_shape[d];
  }
  return array;
}

static void make_space(const arguments *a, jn_plan *plan) {
  jn_space *space = &plan->space;
  bool one_column = a->shape[JN_PROGRAM_RANK - 1] == 1;
  space->reduces_columns = has(a, JN_OP_REDUCE_COLUMNS) && !one_column;
  space->reduces_rows = has(a, JN_OP_REDUCE_ROWS) && !one_column;
  size_t size[JN_PROGRAM_RANK], last[JN_PROGRAM_RANK], count = join(a, space, size, last), rank = JN_PROGRAM_RANK - 1;
  space->columns = count > 0 ? size[count - 1] : 1;
  space->rows = 1;
  for (size_t d = 0; d < rank; d++) {
    space->row_shape[d] = d + count >= JN_PROGRAM_RANK ? size[d + count - JN_PROGRAM_RANK] : 1;
    space->rows *= space->row_shape[d];
  }
  jn_program *program = plan->program;
  program->rows = space->rows;
  program->columns = space->columns;
  memcpy(program->row_shape, space->row_shape, sizeof program->row_shape);
  for (size_t i = 0; i < a->input_count; i++)
    program->inputs[i] = make_array(space, &a->inputs[i], a->types[a->inputs[i].reg], last, count);
  for (size_t i = 0; i < a->output_count; i++)
    program->outputs[i] = make_array(space, &a->outputs[i], a->types[a->outputs[i].reg], last, count);
}

// MARK: Life

static void *zeros(size_t count, size_t size) { return calloc(count + 1, size); }

void jn_program_free(jn_program *program) {
  if (!program) return;
  void *parts[] = {program->steps, program->sections, program->slots, program->moves, program->stages, program->inputs,
                   program->outputs, program->results, program->output_result, program->output_type,
                   program->uniform_output, program->column_copy, program};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) free(parts[i]);
}

jn_program *jn_program_create(const int64_t shape[JN_PROGRAM_RANK], size_t register_count, const jn_dtype *types,
                              size_t input_count, const jn_program_array *inputs, size_t output_count,
                              const jn_program_array *outputs, size_t instruction_count,
                              const jn_instruction *instructions) {
  arguments a = {shape, types, input_count, output_count, instruction_count, inputs, outputs, instructions};
  jn_program *program = zeros(1, sizeof *program);
  program->input_count = input_count;
  program->output_count = output_count;
  program->inputs = zeros(input_count, sizeof *program->inputs);
  program->outputs = zeros(output_count, sizeof *program->outputs);
  program->output_result = zeros(output_count, sizeof *program->output_result);
  program->output_type = zeros(output_count, sizeof *program->output_type);
  program->uniform_output = zeros(output_count, sizeof *program->uniform_output);
  program->column_copy = zeros(output_count, sizeof *program->column_copy);
  for (size_t i = 0; i < output_count; i++) program->output_type[i] = types[outputs[i].reg];
  program->kernels = jn_active_kernels();

  jn_plan plan = {.kernels = program->kernels, .program = program, .output_result = program->output_result};
  plan.outputs = zeros(output_count, sizeof *plan.outputs);
  make_space(&a, &plan);
  program->by_phase = plan.space.reduces_columns && !plan.space.reduces_rows && plan.space.rows > 0 &&
                      plan.space.rows < JN_FEW_ROWS && plan.space.columns >= JN_LONG_ROW;
  plan.no_columns = plan.space.rows == 1 || program->by_phase;
  bool supported = jn_plan_lower(&plan, register_count, types, instruction_count, instructions, inputs, outputs);
  if (supported) {
    jn_plan_drop_dead(&plan);
    jn_plan_fuse(&plan);
    jn_plan_find_update(&plan);
    jn_plan_geometry(&plan);
    jn_plan_adapt(&plan);
    jn_plan_place(&plan);
  }
  program->results = plan.results;
  program->result_count = plan.result_count;
  free(plan.values);
  free(plan.steps);
  free(plan.outputs);
  if (supported) return program;
  jn_program_free(program);
  return NULL;
}
