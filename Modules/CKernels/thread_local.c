// A slot for each thread.
#include "internal.h"

static _Thread_local void *slots[JN_TLS_COUNT];

void *jn_tls_get(size_t slot) { return slots[slot]; }

void jn_tls_set(size_t slot, void *value) { slots[slot] = value; }
