#pragma once
// Convolutions of oneDNN behind one interface for its versions 2 and 3, whose functions differ. All arrays are of float32.
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t jn_dnnl_layout;
#else
typedef const dnnl_memory_desc_t *jn_dnnl_layout;
#endif

// What is computed from the two other operands of dst = convolution(src, weights).
typedef enum jn_dnnl_direction { JN_DNNL_DST, JN_DNNL_SRC, JN_DNNL_WEIGHTS } jn_dnnl_direction;

enum { JN_DNNL_RANK = 6 };

// Sizes, and distances of neighbours in elements: of src and dst batch, features, space; of weights, if there is more than one group,
// groups, then output and input features, space.
typedef struct jn_dnnl_array {
  int rank;
  dnnl_dim_t sizes[JN_DNNL_RANK], steps[JN_DNNL_RANK];
} jn_dnnl_array;

typedef struct jn_dnnl_problem {
  jn_dnnl_direction direction;
  jn_dnnl_array src, weights, dst;
  dnnl_dim_t strides[JN_DNNL_RANK], dilations[JN_DNNL_RANK], low[JN_DNNL_RANK], high[JN_DNNL_RANK];
} jn_dnnl_problem;

// A convolution made ready. The weights have a layout of oneDNN's choice, which `reorder` makes of the given one, or the given one
// of this if the weights are the result; without it they are the same.
typedef struct jn_dnnl_convolution {
  jn_dnnl_direction direction;
  dnnl_engine_t engine;
  dnnl_primitive_desc_t description, reorder_description;
  dnnl_primitive_t primitive, reorder;
  jn_dnnl_layout src, weights, dst, scratchpad, outer_weights;
  size_t scratchpad_bytes, weights_bytes;
} jn_dnnl_convolution;

static inline dnnl_engine_t jn_dnnl_engine(void) {
  dnnl_engine_t engine = NULL;
  return dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success ? engine : NULL;
}

// MARK: Layouts

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t jn_dnnl_owned_layout;
static inline bool jn_dnnl_make_layout(jn_dnnl_owned_layout *layout, const jn_dnnl_array *array, bool any) {
  return (any ? dnnl_memory_desc_create_with_tag(layout, array->rank, array->sizes, dnnl_f32, dnnl_format_tag_any)
              : dnnl_memory_desc_create_with_strides(layout, array->rank, array->sizes, dnnl_f32, array->steps)) == dnnl_success;
}
static inline jn_dnnl_layout jn_dnnl_lent(const jn_dnnl_owned_layout *layout) { return *layout; }
static inline void jn_dnnl_drop_layout(jn_dnnl_owned_layout *layout) {
  if (*layout) dnnl_memory_desc_destroy(*layout);
}
#else
typedef dnnl_memory_desc_t jn_dnnl_owned_layout;
static inline bool jn_dnnl_make_layout(jn_dnnl_owned_layout *layout, const jn_dnnl_array *array, bool any) {
  return (any ? dnnl_memory_desc_init_by_tag(layout, array->rank, array->sizes, dnnl_f32, dnnl_format_tag_any)
              : dnnl_memory_desc_init_by_strides(layout, array->rank, array->sizes, dnnl_f32, array->steps)) == dnnl_success;
}
static inline jn_dnnl_layout jn_dnnl_lent(const jn_dnnl_owned_layout *layout) { return layout; }
static inline void jn_dnnl_drop_layout(jn_dnnl_owned_layout *layout) { (void)layout; }
#endif

// MARK: Making

static inline dnnl_status_t jn_dnnl_describe(
    dnnl_primitive_desc_t *description, dnnl_engine_t engine, const jn_dnnl_problem *p, jn_dnnl_layout src,
    jn_dnnl_layout weights, jn_dnnl_layout dst, dnnl_primitive_attr_t attributes) {
  const dnnl_alg_kind_t algorithm = dnnl_convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_primitive_desc_t forward = NULL;
  dnnl_status_t status = dnnl_convolution_forward_primitive_desc_create(
      &forward, engine, p->direction == JN_DNNL_DST ? dnnl_forward_inference : dnnl_forward_training, algorithm, src, weights, NULL,
      dst, p->strides, p->dilations, p->low, p->high, attributes);
  if (p->direction == JN_DNNL_DST || status != dnnl_success) {
    *description = forward;
    return status;
  }
  status = p->direction == JN_DNNL_SRC
               ? dnnl_convolution_backward_data_primitive_desc_create(
                     description, engine, algorithm, src, weights, dst, p->strides, p->dilations, p->low, p->high, forward, attributes)
               : dnnl_convolution_backward_weights_primitive_desc_create(
                     description, engine, algorithm, src, weights, NULL, dst, p->strides, p->dilations, p->low, p->high, forward,
                     attributes);
  dnnl_primitive_desc_destroy(forward);
  return status;
#else
  dnnl_convolution_desc_t operation;
  dnnl_status_t status;
  switch (p->direction) {
  case JN_DNNL_DST:
    status = dnnl_dilated_convolution_forward_desc_init(
        &operation, dnnl_forward_inference, algorithm, src, weights, NULL, dst, p->strides, p->dilations, p->low, p->high);
    break;
  case JN_DNNL_SRC:
    status = dnnl_dilated_convolution_backward_data_desc_init(
        &operation, algorithm, src, weights, dst, p->strides, p->dilations, p->low, p->high);
    break;
  default:
    status = dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, algorithm, src, weights, NULL, dst, p->strides, p->dilations, p->low, p->high);
  }
  return status == dnnl_success ? dnnl_primitive_desc_create(description, &operation, attributes, engine, NULL) : status;
#endif
}

static inline void jn_dnnl_convolution_destroy(jn_dnnl_convolution *c) {
  if (c->reorder) dnnl_primitive_destroy(c->reorder);
  if (c->reorder_description) dnnl_primitive_desc_destroy(c->reorder_description);
  if (c->primitive) dnnl_primitive_destroy(c->primitive);
  if (c->description) dnnl_primitive_desc_destroy(c->description);
  memset(c, 0, sizeof *c);
}

static inline bool jn_dnnl_make_reorder(jn_dnnl_convolution *c, jn_dnnl_layout outer) {
  const bool is_result = c->direction == JN_DNNL_WEIGHTS;
  c->outer_weights = c->weights;
  if (dnnl_memory_desc_equal(c->weights, outer)) return true;
  if (dnnl_reorder_primitive_desc_create(
          &c->reorder_description, is_result ? c->weights : outer, c->engine, is_result ? outer : c->weights, c->engine, NULL) !=
      dnnl_success)
    return false;
  c->outer_weights = dnnl_primitive_desc_query_md(c->reorder_description, is_result ? dnnl_query_dst_md : dnnl_query_src_md, 0);
  return dnnl_primitive_create(&c->reorder, c->reorder_description) == dnnl_success;
}

// False where oneDNN cannot compute it, or only by its reference implementation, which is slower than everything else.
static inline bool jn_dnnl_convolution_make(jn_dnnl_convolution *c, dnnl_engine_t engine, const jn_dnnl_problem *p) {
  memset(c, 0, sizeof *c);
  c->direction = p->direction;
  c->engine = engine;
  jn_dnnl_owned_layout src, weights, outer, dst;
  memset(&src, 0, sizeof src), memset(&weights, 0, sizeof weights), memset(&outer, 0, sizeof outer), memset(&dst, 0, sizeof dst);
  dnnl_primitive_attr_t attributes = NULL;
  bool made = jn_dnnl_make_layout(&src, &p->src, false) && jn_dnnl_make_layout(&weights, &p->weights, true) &&
              jn_dnnl_make_layout(&outer, &p->weights, false) && jn_dnnl_make_layout(&dst, &p->dst, false) &&
              dnnl_primitive_attr_create(&attributes) == dnnl_success &&
              dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) == dnnl_success &&
              jn_dnnl_describe(
                  &c->description, engine, p, jn_dnnl_lent(&src), jn_dnnl_lent(&weights), jn_dnnl_lent(&dst), attributes) ==
                  dnnl_success;
  const char *name = "";
  made = made && dnnl_primitive_desc_query(c->description, dnnl_query_impl_info_str, 0, &name) == dnnl_success &&
         !strstr(name, "ref");
  if (made) {
    const dnnl_primitive_desc_t d = c->description;
    const bool to_src = p->direction == JN_DNNL_SRC, to_weights = p->direction == JN_DNNL_WEIGHTS;
    c->src = dnnl_primitive_desc_query_md(d, to_src ? dnnl_query_diff_src_md : dnnl_query_src_md, 0);
    c->weights = dnnl_primitive_desc_query_md(d, to_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    c->dst = dnnl_primitive_desc_query_md(d, to_src || to_weights ? dnnl_query_diff_dst_md : dnnl_query_dst_md, 0);
    c->scratchpad = dnnl_primitive_desc_query_md(d, dnnl_query_scratchpad_md, 0);
    c->scratchpad_bytes = dnnl_memory_desc_get_size(c->scratchpad);
    c->weights_bytes = dnnl_memory_desc_get_size(c->weights);
    made = dnnl_primitive_create(&c->primitive, d) == dnnl_success && jn_dnnl_make_reorder(c, jn_dnnl_lent(&outer));
  }
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  jn_dnnl_drop_layout(&src), jn_dnnl_drop_layout(&weights), jn_dnnl_drop_layout(&outer), jn_dnnl_drop_layout(&dst);
  if (!made) jn_dnnl_convolution_destroy(c);
  return made;
}

// MARK: Running

// Runs a primitive on arrays; safe on several threads at once, each with a scratchpad of its own.
static inline bool jn_dnnl_run(
    const jn_dnnl_convolution *c, dnnl_primitive_t primitive, int count, const int *roles, const jn_dnnl_layout *layouts,
    void *const *arrays) {
  dnnl_exec_arg_t arguments[4];
  dnnl_stream_t stream = NULL;
  bool done = dnnl_stream_create(&stream, c->engine, dnnl_stream_default_flags) == dnnl_success;
  int made = 0;
  while (done && made < count) {
    arguments[made].arg = roles[made];
    done = dnnl_memory_create(&arguments[made].memory, layouts[made], c->engine, arrays[made]) == dnnl_success;
    if (done) made++;
  }
  done = done && dnnl_primitive_execute(primitive, stream, count, arguments) == dnnl_success &&
         dnnl_stream_wait(stream) == dnnl_success;
  for (int i = 0; i < made; i++) dnnl_memory_destroy(arguments[i].memory);
  if (stream) dnnl_stream_destroy(stream);
  return done;
}

// The convolution, on weights in oneDNN's layout.
static inline bool jn_dnnl_convolution_run(
    const jn_dnnl_convolution *c, const void *src, const void *weights, const void *dst, void *scratchpad) {
  const bool to_src = c->direction == JN_DNNL_SRC, to_weights = c->direction == JN_DNNL_WEIGHTS;
  const int roles[] = {
      to_src ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, to_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS,
      to_src || to_weights ? DNNL_ARG_DIFF_DST : DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
  const jn_dnnl_layout layouts[] = {c->src, c->weights, c->dst, c->scratchpad};
  void *const arrays[] = {(void *)src, (void *)weights, (void *)dst, scratchpad};
  return jn_dnnl_run(c, c->primitive, 4, roles, layouts, arrays);
}

// Weights from the layout given to oneDNN's, or the other way if they are the result.
static inline bool jn_dnnl_convolution_reorder(const jn_dnnl_convolution *c, const void *from, void *to) {
  const bool is_result = c->direction == JN_DNNL_WEIGHTS;
  const int roles[] = {DNNL_ARG_FROM, DNNL_ARG_TO};
  const jn_dnnl_layout layouts[] = {is_result ? c->weights : c->outer_weights, is_result ? c->outer_weights : c->weights};
  void *const arrays[] = {(void *)from, to};
  return jn_dnnl_run(c, c->reorder, 2, roles, layouts, arrays);
}
