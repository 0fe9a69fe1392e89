import FileSupport
import Foundation

/// The places where plugins are looked for.
struct PluginSearch {
  /// The environment variable that names a plugin, or a folder with one in it.
  static let variable = "JAXNET_PJRT_PLUGIN"

  /// Where packages put their plugins below a folder of packages, those for accelerators first.
  private static let packaged = [
    "jax_plugins/xla_cuda13/xla_cuda_plugin.so", "jax_plugins/xla_cuda12/xla_cuda_plugin.so",
    "jax_plugins/xla_rocm7/xla_rocm_plugin.so", "libtpu/libtpu.so",
    "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so", "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
  ]

  /// What was looked at, for the error that nothing was found.
  private(set) var places: [String] = []
  /// The plugins, the one to take first.
  private(set) var found: [String] = []

  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let named = environment[Self.variable], !named.isEmpty {
      places = ["\(named) (\(Self.variable))"]
      found = Self.isFolder(named) ? Self.packaged(below: [named]) : [named]
      return
    }
    var folders = [environment["VIRTUAL_ENV"], environment["CONDA_PREFIX"], Self.pythonPrefix(environment)]
      .compactMap { $0 }.flatMap { Self.packageFolders(of: $0) }
    if let cache = userCacheFolder(environment) { folders.insert(cache + "/pjrt", at: 0) }
    if let home = environment["HOME"] { folders += Self.packageFolders(of: home + "/.local") }
    folders += Self.packageFolders(of: "/usr/local") + Self.packageFolders(of: "/usr")
    var seen = Set<String>()
    places = folders.filter { seen.insert($0).inserted }
    found = Self.packaged(below: places)
  }

  private static func packaged(below folders: [String]) -> [String] {
    packaged.flatMap { name in folders.map { "\($0)/\(name)" } }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }

  /// The folders with packages of a Python that is installed below `prefix`.
  private static func packageFolders(of prefix: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: prefix + "/lib")) ?? []
    return names.filter { $0.hasPrefix("python3") }.sorted(by: >).flatMap { name in
      ["site-packages", "dist-packages"].map { "\(prefix)/lib/\(name)/\($0)" }.filter(isFolder)
    }
  }

  /// What the `python3` of the PATH is installed below.
  private static func pythonPrefix(_ environment: [String: String]) -> String? {
    for folder in (environment["PATH"] ?? "").split(separator: ":") {
      let python = URL(fileURLWithPath: "\(folder)/python3")
      guard FileManager.default.isExecutableFile(atPath: python.path) else { continue }
      return python.resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().path
    }
    return nil
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
