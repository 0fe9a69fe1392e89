import CPJRT
import Foundation

/// A plugin: a shared library that compiles StableHLO for some kind of device and runs it.
///
/// Such libraries come with packages for Python: `jax-cuda12-pjrt` for NVIDIA GPUs, `libtpu` for TPUs; `Tools/xla-cpu` fetches one for
/// processors. A loaded plugin stays loaded until the program ends.
public struct XLAPlugin: Sendable, Hashable, CustomStringConvertible {
  /// The library.
  public let path: String
  /// The version of the PJRT interface that it has.
  public let version: Version
  nonisolated(unsafe) let api: OpaquePointer  // the library's table, which never changes

  /// A version of the PJRT interface.
  public struct Version: Sendable, Hashable, CustomStringConvertible {
    /// The parts of the number.
    public let major, minor: Int
    /// For example `0.81`.
    public var description: String { "\(major).\(minor)" }
  }

  /// Loads the library at a path. One that is missing, no plugin, or too old is an error that says so.
  public init(path: String) throws(XLAError) {
    try self.init(path: path) { () throws(PluginFailure) in try asking { jn_pjrt_load(path, $0) }! }
  }

  /// The plugin with this table of functions, which stays where it is.
  package init(table: UnsafeRawPointer, path: String) throws(XLAError) {
    try self.init(path: path) { () throws(PluginFailure) in try asking { jn_pjrt_start(table, $0) }! }
  }

  private init(path: String, _ load: () throws(PluginFailure) -> OpaquePointer) throws(XLAError) {
    do throws(PluginFailure) {
      api = try load()
    } catch {
      switch error.code {
      case JN_PJRT_NOT_LOADED.rawValue: throw .notLoaded(path: path, reason: error.message)
      case JN_PJRT_NOT_A_PLUGIN.rawValue: throw .notAPlugin(path: path, reason: error.message)
      case JN_PJRT_UNSUPPORTED_VERSION.rawValue: throw .unsupportedVersion(path: path, reason: error.message)
      default: throw error.during("loading", on: path)
      }
    }
    var (major, minor): (Int32, Int32) = (0, 0)
    jn_pjrt_version(api, &major, &minor)
    version = Version(major: Int(major), minor: Int(minor))
    self.path = path
  }

  /// The plugin that `JAXNET_PJRT_PLUGIN` names; without it, the first that is found in the usual places, those for accelerators
  /// before those for processors: the user's cache, where `Tools/xla-cpu` puts one, and the packages of Python.
  public static func find() throws(XLAError) -> XLAPlugin {
    let search = PluginSearch()
    guard let path = search.found.first else { throw .noPlugin(searched: search.places) }
    return try XLAPlugin(path: path)
  }

  /// Path and version.
  public var description: String { "\(path) (PJRT \(version))" }

  /// What tells one build of the library from another.
  var fingerprint: String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let size = (attributes?[.size] as? Int) ?? 0
    let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(version) \(size) \(changed)"
  }

  /// Whether both are the same library.
  public static func == (a: XLAPlugin, b: XLAPlugin) -> Bool { a.api == b.api }
  /// Hashes the library's identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(api) }
}
