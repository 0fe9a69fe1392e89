import FileSupport
import Foundation

/// The places where data sets are looked for.
package struct DatasetSearch: Sendable {
  /// The environment variable with folders to look in first.
  package static let variable = "JAXNET_DATASETS"

  /// The folders whose subfolders are data sets, the first to look in first.
  package var folders: [String]

  /// The folders for a program: those of `JAXNET_DATASETS` (separated by colons), the user's cache
  /// (`$XDG_CACHE_HOME/jaxnet`, by default `~/.cache/jaxnet`), `Datasets` in the package that the current folder or the
  /// executable is in, and the system's.
  package init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    currentFolder: String = FileManager.default.currentDirectoryPath,
    executable: String? = Bundle.main.executablePath,
    systemFolder: String = "/usr/share/datasets"
  ) {
    var folders = (environment[Self.variable] ?? "").split(separator: ":").map(String.init)
    if let cache = userCacheFolder(environment) { folders.append(cache) }
    folders += [currentFolder, executable].compactMap { $0.flatMap(Self.packageDatasets) }
    folders.append(systemFolder)
    var seen = Set<String>()
    self.folders = folders.filter { seen.insert($0).inserted }
  }

  /// The data sets that `Tools/download` gets.
  package static let downloadable: Set<String> = ["mnist", "fashion-mnist", "kmnist", "emnist", "ocr"]

  /// The folder of the data set with this name: the first that exists.
  package func folder(of name: String) throws(DataError) -> String {
    let candidates = folders.map { $0 + "/" + name }
    guard let found = candidates.first(where: isFolder) else {
      throw .datasetNotFound(name: name, searched: candidates)
    }
    return found
  }

  /// `Datasets` in the innermost folder around a path that has both it and a package's manifest.
  private static func packageDatasets(around path: String) -> String? {
    var folder = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath()
    while folder.path != "/" {
      let datasets = folder.appendingPathComponent("Datasets").path
      if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path), isFolder(datasets)
      {
        return datasets
      }
      folder.deleteLastPathComponent()
    }
    return nil
  }
}

private func isFolder(_ path: String) -> Bool {
  var isDirectory: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
}
