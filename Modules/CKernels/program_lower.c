// From the instructions of a program to steps. A 16-bit float is kept in float32 between steps, rounded after each to what
// its own type can hold.
#include <stdlib.h>

#include "program_internal.h"

// MARK: Values and steps

static void *grow(void *array, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return array;
  *capacity = *capacity ? 2 * *capacity : 32;
  return realloc(array, *capacity * size);
}

uint16_t jn_plan_value(jn_plan *plan, size_t size, size_t level, size_t phase) {
  plan->values = grow(plan->values, plan->value_count, &plan->value_capacity, sizeof *plan->values);
  plan->values[plan->value_count] = (jn_value){
    .size = (uint8_t)size, .level = (uint8_t)level, .phase = (uint8_t)phase, .input = JN_NONE, .slot = JN_NONE, .move = JN_NONE,
    .vector_form = JN_NONE, .copy_form = JN_NONE};
  return (uint16_t)plan->value_count++;
}

jn_step *jn_plan_step(jn_plan *plan) {
  plan->steps = grow(plan->steps, plan->step_count, &plan->step_capacity, sizeof *plan->steps);
  plan->steps[plan->step_count] = (jn_step){.out = JN_NONE, .out2 = JN_NONE};
  return &plan->steps[plan->step_count++];
}

static size_t level_of(const jn_plan *plan, size_t level) {
  return plan->no_columns && (level & JN_BY_COLUMN) ? JN_FULL : level;
}

uint16_t jn_plan_emit(jn_plan *plan, jn_step step, size_t out_size) {
  size_t level = step.level, phase = step.phase;
  for (size_t i = 0; i < step.in_count; i++) {
    const jn_value *v = &plan->values[step.in[i]];
    level |= v->level;
    if (v->phase > phase) phase = v->phase;
  }
  step.level = (uint8_t)level_of(plan, level);
  step.phase = (uint8_t)phase;
  step.out = jn_plan_value(plan, out_size, step.level, phase);
  step.out2 = JN_NONE;
  if (step.code == JN_DO_THREEFRY) step.out2 = jn_plan_value(plan, out_size, step.level, phase);
  *jn_plan_step(plan) = step;
  return step.out;
}

// MARK: Registers

// The values that hold a register: in its own type; for a 16-bit float also in float32, before and after rounding; or the
// reduction that it is the result of.
typedef struct forms { uint16_t plain, raw, wide, result; } forms;

typedef struct lowering {
  jn_plan *plan;
  const jn_kernels *kernels;
  const jn_dtype *types;
  forms *forms;
} lowering;

static const forms no_forms = {JN_NONE, JN_NONE, JN_NONE, JN_NONE};

static uint16_t emit_unary(lowering *l, jn_unary_kernel *kernel, uint16_t a, size_t out_size, size_t cost) {
  return jn_plan_emit(l->plan,
                      (jn_step){.code = JN_DO_UNARY, .in_count = 1, .in = {a}, .cost = (uint32_t)cost, .kernel = (jn_any_kernel *)kernel},
                      out_size);
}

static uint16_t emit_binary(lowering *l, jn_binary_kernel *kernel, uint16_t a, uint16_t b, size_t out_size, size_t cost) {
  return jn_plan_emit(l->plan,
                      (jn_step){.code = JN_DO_BINARY, .in_count = 2, .in = {a, b}, .cost = (uint32_t)cost, .kernel = (jn_any_kernel *)kernel},
                      out_size);
}

static uint16_t plain(lowering *l, uint16_t reg) {
  forms *f = &l->forms[reg];
  if (f->plain != JN_NONE) return f->plain;
  uint16_t from = f->wide != JN_NONE ? f->wide : f->raw;
  return f->plain = emit_unary(l, l->kernels->convert[l->types[reg]][JN_FLOAT32], from, 2, 1);
}

// The register, a 16-bit float in float32.
static uint16_t wide(lowering *l, uint16_t reg) {
  jn_dtype type = l->types[reg];
  if (!jn_is_half(type)) return plain(l, reg);
  forms *f = &l->forms[reg];
  if (f->wide != JN_NONE) return f->wide;
  if (f->raw != JN_NONE) return f->wide = emit_unary(l, l->kernels->round_half[type - JN_FLOAT16], f->raw, 4, 1);
  return f->wide = emit_unary(l, l->kernels->convert[JN_FLOAT32][type], f->plain, 4, 1);
}

static jn_dtype computed(jn_dtype type) { return jn_is_half(type) ? JN_FLOAT32 : type; }

// MARK: Instructions

// Whether a function of 16-bit floats gives such floats without rounding.
static bool unary_is_exact(jn_unary_op op) { return op <= JN_SIGN || (op >= JN_FLOOR && op <= JN_ROUND_EVEN); }
static bool binary_is_exact(jn_binary_op op) { return op == JN_MAX || op == JN_MIN; }

static bool lower_unary(lowering *l, const jn_instruction *i) {
  jn_dtype type = l->types[i->a];
  jn_unary_kernel *kernel = l->kernels->unary[i->kind][type];
  size_t cost = jn_unary_cost(i->kind, computed(type));
  if (kernel) {
    l->forms[i->out].plain = emit_unary(l, kernel, plain(l, i->a), jn_size_of(type), cost);
    return true;
  }
  kernel = l->kernels->unary[i->kind][JN_FLOAT32];
  if (!jn_is_half(type) || !kernel) return false;
  uint16_t value = emit_unary(l, kernel, wide(l, i->a), sizeof(float), cost);
  *(unary_is_exact(i->kind) ? &l->forms[i->out].wide : &l->forms[i->out].raw) = value;
  return true;
}

// Says of the last step, in float32, what it does, for chains of such steps.
static void note_operation(lowering *l, jn_binary_op op) {
  jn_step *step = &l->plan->steps[l->plan->step_count - 1];
  static const uint8_t fused[JN_BINARY_COUNT] = {
    [JN_ADD] = JN_FUSED_ADD + 1, [JN_SUB] = JN_FUSED_SUB + 1, [JN_MUL] = JN_FUSED_MUL + 1,
    [JN_DIV] = JN_FUSED_DIV + 1, [JN_MAX] = JN_FUSED_MAX + 1, [JN_MIN] = JN_FUSED_MIN + 1};
  if (fused[op] == 0) return;
  step->fused[0] = (uint8_t)(fused[op] - 1);
  step->fused_count = 1;
}

static bool lower_binary(lowering *l, const jn_instruction *i) {
  jn_dtype type = l->types[i->a];
  jn_binary_kernel *kernel = l->kernels->binary[i->kind][type];
  size_t cost = jn_binary_cost(i->kind, computed(type));
  if (kernel) {
    uint16_t a = plain(l, i->a), b = plain(l, i->b);
    l->forms[i->out].plain = emit_binary(l, kernel, a, b, jn_size_of(type), cost);
    if (type == JN_FLOAT32) note_operation(l, i->kind);
    return true;
  }
  kernel = l->kernels->binary[i->kind][JN_FLOAT32];
  if (!jn_is_half(type) || !kernel) return false;
  uint16_t a = wide(l, i->a), b = wide(l, i->b);
  uint16_t value = emit_binary(l, kernel, a, b, sizeof(float), cost);
  *(binary_is_exact(i->kind) ? &l->forms[i->out].wide : &l->forms[i->out].raw) = value;
  note_operation(l, i->kind);
  return true;
}

static bool lower_compare(lowering *l, const jn_instruction *i) {
  jn_binary_kernel *kernel = l->kernels->compare[i->kind][computed(l->types[i->a])];
  if (!kernel) return false;
  uint16_t a = wide(l, i->a), b = wide(l, i->b);
  l->forms[i->out].plain = emit_binary(l, kernel, a, b, 1, jn_binary_cost(JN_ADD, l->types[i->a]));
  return true;
}

static bool lower_fma(lowering *l, const jn_instruction *i) {
  jn_dtype type = l->types[i->a];
  uint16_t a = wide(l, i->a), b = wide(l, i->b), c = wide(l, i->c);
  if (jn_is_half(type)) {
    uint16_t product = emit_binary(l, l->kernels->binary[JN_MUL][JN_FLOAT32], a, b, sizeof(float), 1);
    product = emit_unary(l, l->kernels->round_half[type - JN_FLOAT16], product, sizeof(float), 1);
    l->forms[i->out].raw = emit_binary(l, l->kernels->binary[JN_ADD][JN_FLOAT32], product, c, sizeof(float), 1);
    return true;
  }
  jn_fma_kernel *kernel = l->kernels->fma[type];
  if (!kernel) return false;
  l->forms[i->out].plain = jn_plan_emit(
      l->plan,
      (jn_step){.code = JN_DO_TERNARY, .in_count = 3, .in = {a, b, c}, .cost = 1, .kernel = (jn_any_kernel *)kernel},
      jn_size_of(type));
  return true;
}

static bool lower_select(lowering *l, const jn_instruction *i) {
  jn_dtype type = l->types[i->out];
  // In float32 only where an operand has been rounded there already.
  bool is_wide = jn_is_half(type) && (l->forms[i->b].plain == JN_NONE || l->forms[i->c].plain == JN_NONE);
  size_t size = is_wide ? sizeof(float) : jn_size_of(type);
  uint16_t predicate = plain(l, i->a);
  uint16_t b = is_wide ? wide(l, i->b) : plain(l, i->b), c = is_wide ? wide(l, i->c) : plain(l, i->c);
  jn_select_kernel *kernel = l->kernels->select[jn_log2_of_size(size)];
  uint16_t value = jn_plan_emit(
      l->plan,
      (jn_step){.code = JN_DO_SELECT, .in_count = 3, .in = {predicate, b, c}, .cost = size == 8 ? 2 : 1, .kernel = (jn_any_kernel *)kernel},
      size);
  *(is_wide ? &l->forms[i->out].wide : &l->forms[i->out].plain) = value;
  return true;
}

static bool lower_convert(lowering *l, const jn_instruction *i) {
  jn_dtype to = l->types[i->out], from = l->types[i->a];
  if (to == from) {
    l->forms[i->out] = l->forms[i->a];
    return true;
  }
  jn_unary_kernel *stage[JN_CONVERT_STAGES];
  jn_dtype type[JN_CONVERT_STAGES];
  size_t count = jn_convert_stages(stage, type, to, from), k = 0;
  bool widens = jn_is_half(from) && type[0] == JN_FLOAT32;
  uint16_t value = widens ? wide(l, i->a) : plain(l, i->a);
  if (widens) k++;
  if (jn_is_half(to)) count--;
  for (; k < count; k++) {
    if (!stage[k]) return false;
    value = emit_unary(l, stage[k], value, jn_size_of(type[k]), 1);
  }
  *(jn_is_half(to) ? &l->forms[i->out].raw : &l->forms[i->out].plain) = value;
  return true;
}

static bool lower_is_finite(lowering *l, const jn_instruction *i) {
  bool is_wide = jn_is_half(l->types[i->a]) && l->forms[i->a].plain == JN_NONE;
  jn_unary_kernel *kernel = l->kernels->is_finite[is_wide ? JN_FLOAT32 : l->types[i->a]];
  if (!kernel) return false;
  l->forms[i->out].plain = emit_unary(l, kernel, is_wide ? wide(l, i->a) : plain(l, i->a), 1, 1);
  return true;
}

static bool lower_iota(lowering *l, const jn_instruction *i) {
  if (i->kind >= JN_PROGRAM_RANK) return false;
  size_t dimension = l->plan->space.dimension[i->kind];
  size_t level = dimension == JN_PROGRAM_RANK ? JN_UNIFORM : dimension == JN_PROGRAM_RANK - 1 ? JN_BY_COLUMN : JN_BY_ROW;
  jn_step step = {.code = JN_DO_IOTA, .type = l->types[i->out], .level = (uint8_t)level, .index = (uint16_t)dimension, .cost = 1};
  l->forms[i->out].plain = jn_plan_emit(l->plan, step, jn_size_of(l->types[i->out]));
  return true;
}

static bool lower_threefry(lowering *l, const jn_instruction *i) {
  if (l->types[i->a] != JN_UINT32) return false;
  jn_step step = {.code = JN_DO_THREEFRY, .in_count = 4, .cost = 8, .kernel = (jn_any_kernel *)l->kernels->threefry2x32};
  const uint16_t operands[4] = {i->a, i->b, i->c, i->d};
  for (size_t k = 0; k < 4; k++) step.in[k] = plain(l, operands[k]);
  l->forms[i->out].plain = jn_plan_emit(l->plan, step, sizeof(uint32_t));
  if (i->out2 != JN_NONE) l->forms[i->out2].plain = l->plan->steps[l->plan->step_count - 1].out2;
  return true;
}

// MARK: Reductions

static bool lower_reduce(lowering *l, const jn_instruction *i) {
  jn_plan *plan = l->plan;
  jn_dtype type = computed(l->types[i->a]);
  jn_row_kernel *row = l->kernels->reduce_row[i->kind][type];
  if (!row) return false;
  bool columns = i->opcode == JN_OP_REDUCE_COLUMNS;
  if (columns && !plan->space.reduces_columns) {  // there is one
    l->forms[i->out] = l->forms[i->a];
    return true;
  }
  uint16_t a = wide(l, i->a);
  size_t size = jn_size_of(type);
  uint16_t index = (uint16_t)plan->result_count++;
  plan->results = realloc(plan->results, plan->result_count * sizeof *plan->results);
  jn_result *result = &plan->results[index];
  *result = (jn_result){.operation = (uint8_t)i->kind, .type = (uint8_t)type, .size = (uint8_t)size, .row = row,
                        .rows = l->kernels->reduce_rows[i->kind][type], .identity = jn_reduce_identity(i->kind, type)};
  jn_step step = {.code = JN_DO_REDUCE_COLUMNS, .level = JN_FULL, .phase = plan->values[a].phase, .in_count = 1, .in = {a},
                  .index = index, .size = (uint8_t)size, .cost = 1, .out = JN_NONE, .out2 = JN_NONE};
  if (columns) {
    step.out = jn_plan_value(plan, size, JN_BY_ROW, step.phase + 1u);
    *(jn_is_half(l->types[i->out]) ? &l->forms[i->out].raw : &l->forms[i->out].plain) = step.out;
  } else {
    bool rows = i->opcode == JN_OP_REDUCE_ROWS && plan->space.reduces_rows;
    bool kept = rows && !(plan->values[a].level & JN_BY_COLUMN);
    result->kind = kept ? JN_RESULT_OF_KEPT_ROWS : rows ? JN_RESULT_ROWS : JN_RESULT_ALL;
    step.code = kept ? JN_DO_KEEP_ROWS : rows ? JN_DO_REDUCE_ROWS : JN_DO_REDUCE_ALL;
    if (kept) step.level = JN_BY_ROW;
    l->forms[i->out].result = index;
  }
  *jn_plan_step(plan) = step;
  return true;
}

// MARK: All of them

static bool lower(lowering *l, const jn_instruction *i) {
  l->forms[i->out] = no_forms;
  switch (i->opcode) {
  case JN_OP_UNARY: return lower_unary(l, i);
  case JN_OP_BINARY: return lower_binary(l, i);
  case JN_OP_COMPARE: return lower_compare(l, i);
  case JN_OP_FMA: return lower_fma(l, i);
  case JN_OP_SELECT: return lower_select(l, i);
  case JN_OP_CONVERT: return lower_convert(l, i);
  case JN_OP_BITCAST:
    l->forms[i->out].plain = plain(l, i->a);
    return jn_size_of(l->types[i->a]) == jn_size_of(l->types[i->out]);
  case JN_OP_IS_FINITE: return lower_is_finite(l, i);
  case JN_OP_IOTA: return lower_iota(l, i);
  case JN_OP_THREEFRY: return lower_threefry(l, i);
  case JN_OP_REDUCE_COLUMNS: case JN_OP_REDUCE_ROWS: case JN_OP_REDUCE_ALL: return lower_reduce(l, i);
  default: return false;
  }
}

bool jn_plan_lower(jn_plan *plan, size_t register_count, const jn_dtype *types, size_t instruction_count,
                   const jn_instruction *instructions, const jn_program_array *inputs, const jn_program_array *outputs) {
  lowering l = {plan, plan->kernels, types, malloc((register_count + 1) * sizeof(forms))};
  for (size_t r = 0; r < register_count; r++) l.forms[r] = no_forms;
  for (size_t i = 0; i < plan->program->input_count; i++) {
    const jn_array *array = &plan->program->inputs[i];
    size_t level = array->column_stride != 0 ? JN_BY_COLUMN : JN_UNIFORM;
    for (size_t k = 0; k < JN_PROGRAM_RANK - 1; k++) level |= array->row_stride[k] != 0 ? JN_BY_ROW : 0;
    uint16_t value = jn_plan_value(plan, array->size, level_of(plan, level), 0);
    plan->values[value].input = (uint16_t)i;
    l.forms[inputs[i].reg].plain = value;
  }
  bool supported = true;
  for (size_t i = 0; i < instruction_count && supported; i++) supported = lower(&l, &instructions[i]);
  for (size_t i = 0; i < plan->program->output_count && supported; i++) {
    uint16_t reg = outputs[i].reg, result = l.forms[reg].result;
    plan->output_result[i] = result;
    plan->outputs[i] = result == JN_NONE ? plain(&l, reg) : JN_NONE;
  }
  free(l.forms);
  return supported;
}
