// A PJRT plugin that does what another one does, but for one function that fails when it is told to.

#ifndef CFAULTYPLUGIN_H
#define CFAULTYPLUGIN_H

#include <stdbool.h>
#include <stdint.h>

// Functions by their positions in the table of the interface.
typedef enum faulty_function {
  FAULTY_CLIENT_CREATE = 10,
  FAULTY_COMPILE = 20,
  FAULTY_UPLOAD = 22,
  FAULTY_EVENT_AWAIT = 8,
  FAULTY_EXECUTE = 55,
  FAULTY_DOWNLOAD = 70,
} faulty_function;

// The table of such a plugin over that of the plugin in a library, NULL without one. There is one for the whole process.
const void *_Nullable faulty_plugin(const char *_Nonnull path);

// From now on the function fails with this code after `count` more calls, until `faulty_mend`.
void faulty_break(faulty_function function, int32_t code, const char *_Nonnull message, int count);
void faulty_mend(void);

// Whether clients are to have no devices.
void faulty_hide_devices(bool hidden);

#endif
