#include "call.h"

#include <stdlib.h>
#include <string.h>

// A text of the plugin, copied.
static char *text(const jn_pjrt_api *api, int function, const void *object, jn_pjrt_status *status) {
  ARGS(list_args, args, .object = object);
  return call(api, function, &args, status) ? strndup(args.items, args.count) : NULL;
}

jn_pjrt_client *jn_pjrt_client_create(const jn_pjrt_api *api, const jn_pjrt_option *options, size_t option_count,
                                      jn_pjrt_status *status) {
  named_value *values = calloc(option_count + 1, sizeof *values);
  for (size_t i = 0; i < option_count; i++) {
    named_value *value = &values[i];
    *value = (named_value){
        .size = sizeof *value,
        .name = options[i].name,
        .name_size = strlen(options[i].name),
        .type = (int32_t)options[i].kind,
        .value_size = 1,
    };
    switch (options[i].kind) {
    case JN_PJRT_STRING:
      value->value.string_value = options[i].string_value;
      value->value_size = strlen(options[i].string_value);
      break;
    case JN_PJRT_INT64: value->value.int64_value = options[i].int64_value; break;
    case JN_PJRT_FLOAT: value->value.float_value = options[i].float_value; break;
    case JN_PJRT_BOOL: value->value.bool_value = options[i].bool_value; break;
    }
  }
  ARGS(create_args, args, .options = values, .option_count = option_count);
  bool succeeded = call(api, CLIENT_CREATE, &args, status);
  free(values);
  return succeeded ? args.client : NULL;
}

void jn_pjrt_client_destroy(const jn_pjrt_api *api, jn_pjrt_client *client) { destroy(api, CLIENT_DESTROY, client); }

char *jn_pjrt_platform_name(const jn_pjrt_api *api, jn_pjrt_client *client, jn_pjrt_status *status) {
  return text(api, CLIENT_PLATFORM_NAME, client, status);
}

char *jn_pjrt_platform_version(const jn_pjrt_api *api, jn_pjrt_client *client, jn_pjrt_status *status) {
  return text(api, CLIENT_PLATFORM_VERSION, client, status);
}

jn_pjrt_device *const *jn_pjrt_devices(const jn_pjrt_api *api, jn_pjrt_client *client, size_t *count, jn_pjrt_status *status) {
  ARGS(list_args, args, .object = client);
  if (!call(api, CLIENT_ADDRESSABLE_DEVICES, &args, status)) return NULL;
  *count = args.count;
  return (jn_pjrt_device *const *)args.items;
}

static pjrt_description *description(const jn_pjrt_api *api, jn_pjrt_device *device, jn_pjrt_status *status) {
  ARGS(answer_args, args, .object = device);
  return call(api, DEVICE_GET_DESCRIPTION, &args, status) ? args.answer.object : NULL;
}

int32_t jn_pjrt_device_id(const jn_pjrt_api *api, jn_pjrt_device *device, jn_pjrt_status *status) {
  ARGS(answer_args, args, .object = description(api, device, status));
  return args.object && call(api, DESCRIPTION_ID, &args, status) ? args.answer.number : -1;
}

char *jn_pjrt_device_kind(const jn_pjrt_api *api, jn_pjrt_device *device, jn_pjrt_status *status) {
  pjrt_description *about = description(api, device, status);
  return about ? text(api, DESCRIPTION_KIND, about, status) : NULL;
}

jn_pjrt_memory jn_pjrt_device_memory(const jn_pjrt_api *api, jn_pjrt_device *device, jn_pjrt_status *status) {
  ARGS(memory_args, args, .device = device);
  if (!call(api, DEVICE_MEMORY_STATS, &args, status)) return (jn_pjrt_memory){-1, -1, -1};
  return (jn_pjrt_memory){args.in_use, args.has_peak ? args.peak : -1, args.has_limit ? args.limit : -1};
}
