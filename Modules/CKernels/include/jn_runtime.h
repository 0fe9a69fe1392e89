#pragma once
#include "jn_dtype.h"

// MARK: Instruction sets

/// The number of instruction sets built in, from the plainest up, and the name of each.
size_t jn_isa_count(void);
const char *jn_isa_name(size_t isa);
/// Whether this processor has it.
bool jn_isa_available(size_t isa);
/// The one in use by the calling thread: the best available, unless the thread has selected one, which is for tests; false if this
/// processor does not have it.
size_t jn_isa_current(void);
bool jn_isa_select(size_t isa);

// MARK: Threads

/// Threads that share the work, the caller included: JAXNET_NUM_THREADS, or the processors this process may use.
size_t jn_thread_count(void);
/// For tests and benchmarks. Not while work is running.
void jn_set_thread_count(size_t count);

/// Calls body(context, i) once for each i < count, on the caller and the pool's threads, and returns when all are done. A call from inside a
/// body, or while another thread uses the pool, runs in the caller alone. Workers spin briefly, then sleep; they survive a fork (the child starts its own).
void jn_parallel(size_t count, void (*body)(void *context, size_t index), void *context);

// MARK: A slot for each thread

/// What the current thread has put in a slot (null at first). Swift has no thread-local storage of its own.
enum { JN_TLS_TRACE, JN_TLS_MODULE, JN_TLS_SPARE, JN_TLS_COUNT };
void *jn_tls_get(size_t slot);
void jn_tls_set(size_t slot, void *value);
