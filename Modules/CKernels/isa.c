// Which instruction set is in use.
#include "kernels.h"

static const jn_kernels *const built_in[] = {
  &jn_kernels_baseline,
#if defined(__x86_64__)
  &jn_kernels_avx2,
  &jn_kernels_avx512,
#endif
};

enum { BUILT_IN_COUNT = sizeof built_in / sizeof built_in[0] };

// The baseline is right on every processor, so that code which runs before `choose` works too.
static const jn_kernels *best = &jn_kernels_baseline;
// What the current thread has been told to use, or null.
static _Thread_local const jn_kernels *selected;

const jn_kernels *jn_active_kernels(void) { return selected ? selected : best; }

size_t jn_isa_count(void) { return BUILT_IN_COUNT; }

const char *jn_isa_name(size_t isa) { return isa < BUILT_IN_COUNT ? built_in[isa]->name : ""; }

bool jn_isa_available(size_t isa) {
  if (isa == 0) return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt") &&
              __builtin_cpu_supports("popcnt");
  if (isa == 1) return avx2;
  if (isa == 2)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
  return false;
}

size_t jn_isa_current(void) {
  for (size_t isa = 0; isa < BUILT_IN_COUNT; isa++)
    if (built_in[isa] == jn_active_kernels()) return isa;
  return 0;
}

bool jn_isa_select(size_t isa) {
  if (isa >= BUILT_IN_COUNT || !jn_isa_available(isa)) return false;
  selected = built_in[isa];
  return true;
}

__attribute__((constructor)) static void choose(void) {
  for (size_t isa = 0; isa < BUILT_IN_COUNT; isa++)
    if (jn_isa_available(isa)) best = built_in[isa];
}
