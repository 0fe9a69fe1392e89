import CPJRT
import Digests
import Engine
import Foundation
import Synchronization

/// A plugin's client with the programs compiled by it, which ends when no device, tensor or program of it is in use any more.
final class XLACore: @unchecked Sendable {
  // Immutable but for the programs, which a lock guards; the plugin's clients are made for several threads.

  let plugin: XLAPlugin
  let platform: String
  let platformVersion: String
  let cache: CompilationCache?
  let client: OpaquePointer
  /// Programs that are in use. They keep this object, which must not keep them.
  private let programs = Mutex<[String: InUse]>([:])

  private struct InUse {
    weak var program: XLAExecutable?
  }

  var api: OpaquePointer { plugin.api }

  init(_ plugin: XLAPlugin, options: [String: XLAOption], cache: CompilationCache?) throws(PluginFailure) {
    self.plugin = plugin
    self.cache = cache
    let texts = Texts()
    let given = options.sorted { $0.key < $1.key }.map { name, option in
      var result = jn_pjrt_option(
        name: texts.copy(name), kind: JN_PJRT_BOOL, string_value: nil, int64_value: 0, float_value: 0, bool_value: false
      )
      switch option {
      case .string(let text): (result.kind, result.string_value) = (JN_PJRT_STRING, texts.copy(text))
      case .integer(let number): (result.kind, result.int64_value) = (JN_PJRT_INT64, Int64(number))
      case .float(let number): (result.kind, result.float_value) = (JN_PJRT_FLOAT, number)
      case .bool(let flag): result.bool_value = flag
      }
      return result
    }
    let client = try asking { jn_pjrt_client_create(plugin.api, given, given.count, $0) }!
    withExtendedLifetime(texts) {}
    self.client = client
    platform = try askingForText { jn_pjrt_platform_name(plugin.api, client, $0) }
    platformVersion = try askingForText { jn_pjrt_platform_version(plugin.api, client, $0) }
  }

  deinit { jn_pjrt_client_destroy(api, client) }

  /// The devices that this process may use.
  func members() throws(PluginFailure) -> [DeviceMember] {
    var count = 0
    guard let list = try asking({ jn_pjrt_devices(api, client, &count, $0) }) else { return [] }
    var result: [DeviceMember] = []
    for index in 0..<count {
      let device = list[index]!
      result.append(
        DeviceMember(
          pointer: device, id: Int(try asking { jn_pjrt_device_id(api, device, $0) }),
          kind: try askingForText { jn_pjrt_device_kind(api, device, $0) }, name: "\(platform):\(index)"))
    }
    return result
  }

  /// A module compiled for devices; one compiled before is found again, in this client or in the cache.
  func compile(
    _ module: LoweredModule, name: String, for devices: [DeviceMember]
  ) throws(PluginFailure) -> XLAExecutable {
    let options = CompileOptions(devices: devices.map(\.id), platform: platform).bytes
    let key = cacheKey(module.text, options)
    if let known = programs.withLock({ $0[key]?.program }) { return known }
    let begin = ContinuousClock.now
    let kept = loaded(key)
    let pointer = if let kept { kept } else { try compile(module.text, options) }
    let executable = try XLAExecutable(
      self, pointer, name: name, devices: devices, outputCount: module.resultTypes.count)
    if kept == nil { store(executable, key) }
    Log.write(
      "\(kept == nil ? "compiled" : "loaded") \(name) for \(devices.map(\.name).joined(separator: ", ")) in "
        + "\(ContinuousClock.now - begin)")
    return programs.withLock { programs in
      // Another thread may have been faster.
      if let first = programs[key]?.program { return first }
      programs = programs.filter { $0.value.program != nil }
      programs[key] = InUse(program: executable)
      return executable
    }
  }

  private func compile(_ text: String, _ options: [UInt8]) throws(PluginFailure) -> OpaquePointer {
    try asking { jn_pjrt_compile(api, client, text, text.utf8.count, options, options.count, $0) }!
  }

  private func cacheKey(_ program: String, _ options: [UInt8]) -> String {
    var digest = SHA256()
    for part in [plugin.fingerprint, platform, platformVersion, Self.processor, "\(options)", program] {
      Array(part.utf8 + [0]).withUnsafeBytes { digest.update($0) }
    }
    return digest.hexadecimal()
  }

  /// A program compiled for one processor may not run on another of the same kind.
  private static let processor: String = {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    return lines.filter { $0.hasPrefix("model name") || $0.hasPrefix("flags") || $0.hasPrefix("Features") }
      .prefix(2).joined(separator: "\n")
  }()

  private func loaded(_ key: String) -> OpaquePointer? {
    guard let bytes = cache?.load(key) else { return nil }
    // A program that the plugin does not take is compiled anew.
    return try? asking { status in
      bytes.withUnsafeBytes { jn_pjrt_deserialize(api, client, $0.baseAddress!, $0.count, status) }
    }
  }

  private func store(_ executable: XLAExecutable, _ key: String) {
    // Some plugins cannot write programs down, which costs only time later.
    guard let cache, let bytes = try? executable.serialized() else { return }
    cache.store(bytes, key)
  }

  /// Texts for C, freed together.
  private final class Texts {
    private var texts: [UnsafeMutablePointer<CChar>] = []
    deinit { for text in texts { free(text) } }

    func copy(_ text: String) -> UnsafePointer<CChar> {
      texts.append(strdup(text))
      return UnsafePointer(texts.last!)
    }
  }
}

/// One device of a client.
struct DeviceMember: @unchecked Sendable, Hashable {  // the pointer is the plugin's, and lives as long as the client
  let pointer: OpaquePointer
  /// The plugin's number of it.
  let id: Int
  /// The plugin's word for what it is.
  let kind: String
  /// What programs and errors call it: the platform and its place among the client's devices.
  let name: String
}
