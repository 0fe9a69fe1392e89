// How functions of a plugin are called.

#ifndef CPJRT_CALL_H
#define CPJRT_CALL_H

#include "abi.h"

// A struct of arguments: zero, but for its size.
#define ARGS(type, name, ...) type name = {.size = sizeof(type), __VA_ARGS__}

// Calls a function of the plugin; whether it succeeded. Its error goes to `status`.
bool call(const jn_pjrt_api *api, int function, void *args, jn_pjrt_status *status);

// Waits for an event and destroys it; whether what it stands for succeeded.
bool await_event(const jn_pjrt_api *api, pjrt_event *event, jn_pjrt_status *status);

// Destroys an object by the function for its kind. What could go wrong there is of no consequence.
void destroy(const jn_pjrt_api *api, int function, void *object);

void fail(jn_pjrt_status *status, int32_t code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
