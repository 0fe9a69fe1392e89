#include "call.h"

#include <stdlib.h>
#include <string.h>

jn_pjrt_executable *jn_pjrt_compile(const jn_pjrt_api *api, jn_pjrt_client *client, const char *text, size_t text_size,
                                    const void *options, size_t options_size, jn_pjrt_status *status) {
  static const char format[] = "mlir";
  ARGS(program, source, .code = text, .code_size = text_size, .format = format, .format_size = strlen(format));
  ARGS(compile_args, args, .client = client, .program = &source, .options = options, .options_size = options_size);
  return call(api, CLIENT_COMPILE, &args, status) ? args.executable : NULL;
}

void jn_pjrt_executable_destroy(const jn_pjrt_api *api, jn_pjrt_executable *executable) {
  destroy(api, LOADED_DESTROY, executable);
}

// The executable without what ties it to devices, to be destroyed.
static pjrt_plain_executable *plain(const jn_pjrt_api *api, jn_pjrt_executable *executable, jn_pjrt_status *status) {
  ARGS(answer_args, args, .object = executable);
  return call(api, LOADED_GET_EXECUTABLE, &args, status) ? args.answer.object : NULL;
}

size_t jn_pjrt_output_count(const jn_pjrt_api *api, jn_pjrt_executable *executable, jn_pjrt_status *status) {
  ARGS(answer_args, args, .object = plain(api, executable, status));
  if (!args.object) return 0;
  size_t count = call(api, EXECUTABLE_NUM_OUTPUTS, &args, status) ? args.answer.count : 0;
  destroy(api, EXECUTABLE_DESTROY, (void *)args.object);
  return count;
}

void *jn_pjrt_serialize(const jn_pjrt_api *api, jn_pjrt_executable *executable, size_t *size, jn_pjrt_status *status) {
  ARGS(serialize_args, args, .executable = plain(api, executable, status));
  if (!args.executable) return NULL;
  void *bytes = NULL;
  if (call(api, EXECUTABLE_SERIALIZE, &args, status)) {
    bytes = malloc(args.byte_count + 1);
    memcpy(bytes, args.bytes, args.byte_count);
    *size = args.byte_count;
    args.free_owner(args.owner);
  }
  destroy(api, EXECUTABLE_DESTROY, (void *)args.executable);
  return bytes;
}

jn_pjrt_executable *jn_pjrt_deserialize(const jn_pjrt_api *api, jn_pjrt_client *client, const void *bytes, size_t size,
                                        jn_pjrt_status *status) {
  ARGS(deserialize_args, args, .client = client, .bytes = bytes, .byte_count = size);
  return call(api, DESERIALIZE_AND_LOAD, &args, status) ? args.executable : NULL;
}

void jn_pjrt_execute(const jn_pjrt_api *api, jn_pjrt_executable *executable, size_t device_count,
                     jn_pjrt_buffer *const *inputs, size_t input_count, jn_pjrt_buffer **outputs, size_t output_count,
                     const int64_t *kept, size_t kept_count, jn_pjrt_status *status) {
  jn_pjrt_buffer *const *input_lists[device_count];
  jn_pjrt_buffer **output_lists[device_count];
  for (size_t i = 0; i < device_count; i++) {
    input_lists[i] = inputs + i * input_count;
    output_lists[i] = outputs + i * output_count;
  }
  ARGS(execute_options, options, .kept = kept, .kept_count = kept_count);
  ARGS(execute_args, args, .executable = executable, .options = &options, .inputs = input_lists, .device_count = device_count,
       .input_count = input_count, .outputs = output_lists);
  call(api, LOADED_EXECUTE, &args, status);
}
