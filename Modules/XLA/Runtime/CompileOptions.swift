/// What a plugin is told about a compilation, as bytes: for one replica of the program, divided over these devices.
///
/// Source: XLA's `CompileOptionsProto`, whose fields are named beside their numbers.
struct CompileOptions: Hashable {
  /// The numbers of the devices, one for each partition.
  var devices: [Int]
  /// The platform, such as `cpu`.
  var platform: String

  var bytes: [UInt8] {
    var assignment = Message()
    assignment.add(1, 1)  // replica_count
    assignment.add(2, devices.count)  // computation_count
    for device in devices {
      var partition = Message()
      partition.add(1, packed: [device])  // replica_device_ids
      assignment.add(3, partition)  // computation_devices
    }
    var build = Message()
    build.add(4, 1)  // num_replicas, without which plugins abort
    build.add(5, devices.count)  // num_partitions
    if devices.count > 1 { build.add(6, 1) }  // use_spmd_partitioning
    build.add(9, assignment)  // device_assignment
    var options = Message()
    options.add(3, build)  // executable_build_options
    if platform == "cpu" {
      // By default maxima lose NaNs there, unlike on other platforms.
      options.add(7, Self.override("xla_cpu_enable_fast_min_max", false))  // env_option_overrides
    }
    return options.bytes
  }

  /// A setting of the compiler's own, by its name.
  private static func override(_ name: String, _ value: Bool) -> Message {
    var setting = Message()
    setting.add(2, value ? 1 : 0)  // bool_field
    var entry = Message()
    entry.add(1, Array(name.utf8))  // key
    entry.add(2, setting)  // value
    return entry
  }

  /// A message of protocol buffers.
  private struct Message {
    var bytes: [UInt8] = []

    mutating func add(_ field: Int, _ value: Int) { bytes += Self.varint(field << 3) + Self.varint(value) }
    mutating func add(_ field: Int, _ message: Message) { add(field, message.bytes) }
    mutating func add(_ field: Int, packed values: [Int]) { add(field, values.flatMap(Self.varint)) }

    mutating func add(_ field: Int, _ content: [UInt8]) {
      bytes += Self.varint(field << 3 | 2) + Self.varint(content.count) + content
    }

    private static func varint(_ value: Int) -> [UInt8] {
      var (rest, result) = (UInt64(bitPattern: Int64(value)), [UInt8]())
      while rest >= 0x80 {
        result.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
      }
      return result + [UInt8(rest)]
    }
  }
}
