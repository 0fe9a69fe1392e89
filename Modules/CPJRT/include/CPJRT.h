// Plugins for accelerators: shared libraries with the PJRT C interface, which compile StableHLO and run it.
//
// The functions here have no state of their own but the libraries that they have loaded, which stay loaded. A handle may be used
// from several threads at once; one that was destroyed may not be used at all. Source: xla/pjrt/c/pjrt_c_api.h of OpenXLA.

#ifndef CPJRT_H
#define CPJRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct jn_pjrt_api jn_pjrt_api;
typedef struct jn_pjrt_client jn_pjrt_client;
typedef struct jn_pjrt_device jn_pjrt_device;
typedef struct jn_pjrt_executable jn_pjrt_executable;
typedef struct jn_pjrt_buffer jn_pjrt_buffer;

// Why a call failed. Codes above 0 are those of PJRT_Error_Code, which are those of gRPC.
typedef enum jn_pjrt_code {
  JN_PJRT_OK = 0,
  JN_PJRT_INVALID_ARGUMENT = 3,
  JN_PJRT_RESOURCE_EXHAUSTED = 8,
  // The library cannot be loaded; the message is the linker's.
  JN_PJRT_NOT_LOADED = -1,
  // It is no plugin: the message says what is missing.
  JN_PJRT_NOT_A_PLUGIN = -2,
  // It is a plugin of a version that lacks what is used here, or of another major version.
  JN_PJRT_UNSUPPORTED_VERSION = -3,
} jn_pjrt_code;

// What became of a call. A message, if there is one, must be freed.
typedef struct jn_pjrt_status {
  int32_t code;
  char *_Nullable message;
} jn_pjrt_status;

void jn_pjrt_free(void *_Nullable memory);

// MARK: Plugins

// Loads a plugin, checks its version and that it has every function used here, and initialises it; loading it again answers the
// same. NULL if it fails.
const jn_pjrt_api *_Nullable jn_pjrt_load(const char *_Nonnull path, jn_pjrt_status *_Nonnull status);

// The same for a table of functions that is in memory, which stays there.
const jn_pjrt_api *_Nullable jn_pjrt_start(const void *_Nullable api, jn_pjrt_status *_Nonnull status);

// Checks such a table without calling anything in it.
void jn_pjrt_check(const void *_Nullable api, jn_pjrt_status *_Nonnull status);

void jn_pjrt_version(const jn_pjrt_api *_Nonnull api, int *_Nonnull major, int *_Nonnull minor);

// MARK: Clients and devices

typedef enum jn_pjrt_option_kind { JN_PJRT_STRING = 0, JN_PJRT_INT64 = 1, JN_PJRT_FLOAT = 3, JN_PJRT_BOOL = 4 } jn_pjrt_option_kind;

// An option of a plugin for its clients, such as the number of devices.
typedef struct jn_pjrt_option {
  const char *_Nonnull name;
  jn_pjrt_option_kind kind;
  const char *_Nullable string_value;
  int64_t int64_value;
  float float_value;
  bool bool_value;
} jn_pjrt_option;

jn_pjrt_client *_Nullable jn_pjrt_client_create(const jn_pjrt_api *_Nonnull api, const jn_pjrt_option *_Nullable options,
                                                size_t option_count, jn_pjrt_status *_Nonnull status);
void jn_pjrt_client_destroy(const jn_pjrt_api *_Nonnull api, jn_pjrt_client *_Nonnull client);

// Texts that are to be freed.
char *_Nullable jn_pjrt_platform_name(const jn_pjrt_api *_Nonnull api, jn_pjrt_client *_Nonnull client,
                                      jn_pjrt_status *_Nonnull status);
char *_Nullable jn_pjrt_platform_version(const jn_pjrt_api *_Nonnull api, jn_pjrt_client *_Nonnull client,
                                         jn_pjrt_status *_Nonnull status);

// The devices that this process may use, in an array that lives as long as the client.
jn_pjrt_device *_Nullable const *_Nullable jn_pjrt_devices(const jn_pjrt_api *_Nonnull api, jn_pjrt_client *_Nonnull client,
                                                           size_t *_Nonnull count, jn_pjrt_status *_Nonnull status);
int32_t jn_pjrt_device_id(const jn_pjrt_api *_Nonnull api, jn_pjrt_device *_Nonnull device, jn_pjrt_status *_Nonnull status);
char *_Nullable jn_pjrt_device_kind(const jn_pjrt_api *_Nonnull api, jn_pjrt_device *_Nonnull device,
                                    jn_pjrt_status *_Nonnull status);

// Bytes in use, most bytes in use so far, and the limit, each -1 if the plugin does not tell.
typedef struct jn_pjrt_memory {
  int64_t in_use, peak, limit;
} jn_pjrt_memory;

jn_pjrt_memory jn_pjrt_device_memory(const jn_pjrt_api *_Nonnull api, jn_pjrt_device *_Nonnull device,
                                     jn_pjrt_status *_Nonnull status);

// MARK: Programs

// Compiles StableHLO text with options that are a CompileOptionsProto.
jn_pjrt_executable *_Nullable jn_pjrt_compile(const jn_pjrt_api *_Nonnull api, jn_pjrt_client *_Nonnull client,
                                              const char *_Nonnull program, size_t program_size, const void *_Nonnull options,
                                              size_t options_size, jn_pjrt_status *_Nonnull status);
void jn_pjrt_executable_destroy(const jn_pjrt_api *_Nonnull api, jn_pjrt_executable *_Nonnull executable);
size_t jn_pjrt_output_count(const jn_pjrt_api *_Nonnull api, jn_pjrt_executable *_Nonnull executable,
                            jn_pjrt_status *_Nonnull status);

// The compiled program as bytes for the same version of the plugin, to be freed; NULL if it fails.
void *_Nullable jn_pjrt_serialize(const jn_pjrt_api *_Nonnull api, jn_pjrt_executable *_Nonnull executable, size_t *_Nonnull size,
                                  jn_pjrt_status *_Nonnull status);
jn_pjrt_executable *_Nullable jn_pjrt_deserialize(const jn_pjrt_api *_Nonnull api, jn_pjrt_client *_Nonnull client,
                                                  const void *_Nonnull bytes, size_t size, jn_pjrt_status *_Nonnull status);

// Starts a program on all of its devices. `inputs` has the arguments of the first device, then those of the second, and so on, and
// `outputs` gets the results in the same order; they become ready later. Arguments not named in `kept` may lend their memory to
// results, after which they are deleted.
void jn_pjrt_execute(const jn_pjrt_api *_Nonnull api, jn_pjrt_executable *_Nonnull executable, size_t device_count,
                     jn_pjrt_buffer *_Nullable const *_Nonnull inputs, size_t input_count,
                     jn_pjrt_buffer *_Nullable *_Nonnull outputs, size_t output_count, const int64_t *_Nonnull kept,
                     size_t kept_count, jn_pjrt_status *_Nonnull status);

// MARK: Buffers

// A copy of dense row-major data on a device. The data may be freed once this returns.
jn_pjrt_buffer *_Nullable jn_pjrt_upload(const jn_pjrt_api *_Nonnull api, jn_pjrt_client *_Nonnull client,
                                         jn_pjrt_device *_Nonnull device, const void *_Nonnull data, int32_t type,
                                         const int64_t *_Nonnull dimensions, size_t rank, jn_pjrt_status *_Nonnull status);
// Copies a buffer's elements to memory, row-major; waits for them.
void jn_pjrt_download(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer, size_t rank, void *_Nonnull destination,
                      size_t byte_count, jn_pjrt_status *_Nonnull status);
jn_pjrt_buffer *_Nullable jn_pjrt_copy(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer,
                                       jn_pjrt_device *_Nonnull device, jn_pjrt_status *_Nonnull status);
// Waits until the elements are there.
void jn_pjrt_await(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer, jn_pjrt_status *_Nonnull status);
bool jn_pjrt_is_deleted(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer, jn_pjrt_status *_Nonnull status);
int32_t jn_pjrt_buffer_type(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer, jn_pjrt_status *_Nonnull status);
// The size of each dimension into `dimensions`, room for `capacity`; answers the rank.
size_t jn_pjrt_buffer_dimensions(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer, int64_t *_Nonnull dimensions,
                                 size_t capacity, jn_pjrt_status *_Nonnull status);
// An address that tells whether two buffers share memory; 0 if the plugin does not tell.
uintptr_t jn_pjrt_buffer_address(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer);
void jn_pjrt_buffer_destroy(const jn_pjrt_api *_Nonnull api, jn_pjrt_buffer *_Nonnull buffer);

#endif
