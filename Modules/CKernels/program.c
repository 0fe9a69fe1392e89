// Fused kernels, the plain way: every register is a whole array.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct jn_program {
  int64_t shape[JN_PROGRAM_RANK];
  size_t total, rows, columns;
  size_t register_count, input_count, output_count, instruction_count;
  jn_dtype *types;
  jn_program_array *inputs, *outputs;
  jn_instruction *instructions;
};

// An array of the space's shape, or one that repeats along the dimensions of stride 0.
typedef struct value {
  char *data;
  int64_t strides[JN_PROGRAM_RANK];
} value;

static bool is_supported(const jn_dtype *types, const jn_instruction *i) {
  switch (i->opcode) {
  case JN_OP_UNARY: return jn_unary_supports(i->kind, types[i->a]);
  case JN_OP_BINARY: return jn_binary_supports(i->kind, types[i->a]);
  case JN_OP_FMA: case JN_OP_IS_FINITE: return jn_is_float(types[i->a]);
  case JN_OP_THREEFRY: return types[i->a] == JN_UINT32;
  case JN_OP_REDUCE_COLUMNS: case JN_OP_REDUCE_ROWS: case JN_OP_REDUCE_ALL:
    return jn_active_kernels()->reduce_row[i->kind][jn_is_half(types[i->a]) ? JN_FLOAT32 : types[i->a]] != NULL;
  case JN_OP_BITCAST: return jn_size_of(types[i->a]) == jn_size_of(types[i->out]);
  default: return true;
  }
}

static void *copy_of(const void *from, size_t bytes) {
  void *to = malloc(bytes == 0 ? 1 : bytes);
  if (bytes > 0) memcpy(to, from, bytes);
  return to;
}

jn_program *jn_program_create(const int64_t shape[JN_PROGRAM_RANK], size_t register_count, const jn_dtype *types,
                              size_t input_count, const jn_program_array *inputs, size_t output_count,
                              const jn_program_array *outputs, size_t instruction_count,
                              const jn_instruction *instructions) {
  for (size_t i = 0; i < instruction_count; i++)
    if (!is_supported(types, &instructions[i])) return NULL;
  jn_program *p = calloc(1, sizeof *p);
  memcpy(p->shape, shape, sizeof p->shape);
  p->columns = (size_t)shape[3];
  p->rows = (size_t)(shape[0] * shape[1] * shape[2]);
  p->total = p->rows * p->columns;
  p->register_count = register_count;
  p->types = copy_of(types, register_count * sizeof *types);
  p->input_count = input_count;
  p->inputs = copy_of(inputs, input_count * sizeof *inputs);
  p->output_count = output_count;
  p->outputs = copy_of(outputs, output_count * sizeof *outputs);
  p->instruction_count = instruction_count;
  p->instructions = copy_of(instructions, instruction_count * sizeof *instructions);
  return p;
}

void jn_program_free(jn_program *p) {
  if (!p) return;
  free(p->types);
  free(p->inputs);
  free(p->outputs);
  free(p->instructions);
  free(p);
}

static void dense_strides(const int64_t *shape, int64_t *strides) {
  int64_t stride = 1;
  for (size_t i = JN_PROGRAM_RANK; i-- > 0; stride *= shape[i]) strides[i] = stride;
}

static value new_value(const jn_program *p, size_t size) {
  value v;
  v.data = malloc((p->total + p->rows + p->columns + 1) * size);
  dense_strides(p->shape, v.strides);
  return v;
}

// Makes a register that repeats an array of the full shape.
static void *dense(const jn_program *p, value *values, uint16_t reg) {
  value *v = &values[reg];
  int64_t full[JN_PROGRAM_RANK];
  dense_strides(p->shape, full);
  if (memcmp(full, v->strides, sizeof full) == 0) return v->data;
  size_t size = jn_size_of(p->types[reg]);
  value d = new_value(p, size);
  jn_copy_strided(size, JN_PROGRAM_RANK, p->shape, d.data, full, v->data, v->strides);
  free(v->data);
  *v = d;
  return d.data;
}

static void run_instruction(const jn_program *p, value *values, const jn_instruction *i) {
  jn_dtype type = p->types[i->out];
  value out = new_value(p, jn_size_of(type));
  void *a = i->a == JN_NONE ? NULL : dense(p, values, i->a), *b = i->b == JN_NONE ? NULL : dense(p, values, i->b);
  void *c = i->c == JN_NONE ? NULL : dense(p, values, i->c), *d = i->d == JN_NONE ? NULL : dense(p, values, i->d);
  jn_dtype a_type = i->a == JN_NONE ? type : p->types[i->a];
  switch (i->opcode) {
  case JN_OP_UNARY: jn_unary(i->kind, type, out.data, a, p->total); break;
  case JN_OP_BINARY: jn_binary(i->kind, type, out.data, a, false, b, false, p->total); break;
  case JN_OP_COMPARE: jn_compare(i->kind, a_type, (uint8_t *)out.data, a, false, b, false, p->total); break;
  case JN_OP_FMA: jn_fma(type, out.data, a, false, b, false, c, false, p->total); break;
  case JN_OP_SELECT: jn_select(jn_size_of(type), out.data, a, false, b, false, c, false, p->total); break;
  case JN_OP_CONVERT: jn_convert(type, out.data, a_type, a, p->total); break;
  case JN_OP_BITCAST: memcpy(out.data, a, p->total * jn_size_of(type)); break;
  case JN_OP_IS_FINITE: jn_is_finite(a_type, (uint8_t *)out.data, a, p->total); break;
  case JN_OP_IOTA: {
    size_t outer = 1, inner = 1;
    for (size_t k = 0; k < JN_PROGRAM_RANK; k++) *(k < i->kind ? &outer : &inner) *= k == i->kind ? 1 : (size_t)p->shape[k];
    jn_iota(type, out.data, outer, (size_t)p->shape[i->kind], inner);
    break;
  }
  case JN_OP_THREEFRY: {
    value out2 = new_value(p, 4);
    jn_threefry2x32((uint32_t *)out.data, (uint32_t *)out2.data, a, false, b, false, c, false, d, false, p->total);
    if (i->out2 == JN_NONE) free(out2.data);
    else values[i->out2] = out2;
    break;
  }
  case JN_OP_REDUCE_COLUMNS:
    jn_reduce(i->kind, type, out.data, a, p->rows, p->columns, 1);
    out.strides[3] = 0;
    out.strides[2] = 1, out.strides[1] = p->shape[2], out.strides[0] = p->shape[1] * p->shape[2];
    break;
  case JN_OP_REDUCE_ROWS:
    jn_reduce(i->kind, type, out.data, a, 1, p->rows, p->columns);
    out.strides[0] = out.strides[1] = out.strides[2] = 0;
    break;
  case JN_OP_REDUCE_ALL:
    jn_reduce(i->kind, type, out.data, a, 1, p->total, 1);
    memset(out.strides, 0, sizeof out.strides);
    break;
  }
  values[i->out] = out;
}

void jn_program_run(const jn_program *p, const void *const *inputs, void *const *outputs) {
  value *values = calloc(p->register_count + 1, sizeof *values);
  for (size_t i = 0; i < p->input_count; i++) {
    size_t size = jn_size_of(p->types[p->inputs[i].reg]);
    value v = new_value(p, size);
    jn_copy_strided(size, JN_PROGRAM_RANK, p->shape, v.data, v.strides, inputs[i], p->inputs[i].strides);
    values[p->inputs[i].reg] = v;
  }
  for (size_t i = 0; i < p->instruction_count; i++) run_instruction(p, values, &p->instructions[i]);
  for (size_t i = 0; i < p->output_count; i++) {
    const jn_program_array *o = &p->outputs[i];
    int64_t shape[JN_PROGRAM_RANK];
    for (size_t k = 0; k < JN_PROGRAM_RANK; k++) shape[k] = o->strides[k] == 0 ? 1 : p->shape[k];
    jn_copy_strided(jn_size_of(p->types[o->reg]), JN_PROGRAM_RANK, shape, outputs[i], o->strides, values[o->reg].data,
                    values[o->reg].strides);
  }
  for (size_t i = 0; i < p->register_count; i++) free(values[i].data);
  free(values);
}
