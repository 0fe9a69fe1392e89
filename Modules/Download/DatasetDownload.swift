import Data
import Foundation

extension Downloader {
  /// Makes all files of a data set be there and be what they should be.
  ///
  /// - Parameters:
  ///   - dataset: the data set.
  ///   - folder: where data sets are kept; the files go to the folder in it that has the data set's name.
  ///   - mirrors: addresses of folders, with folders of data sets in them, to try before the usual sources.
  ///   - report: is told what happens, and with which file.
  /// - Returns: for each file that was downloaded or was there already, how.
  /// - Throws: what is wrong with the first file that cannot be had.
  public func download(
    _ dataset: DownloadableDataset, to folder: String, mirrors: [String] = [],
    report: (_ file: String, DownloadEvent) -> Void = { _, _ in }
  ) async throws(DownloadError) -> [DownloadOutcome] {
    let target = "\(folder)/\(dataset.name)"
    do {
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: target, reason: error.localizedDescription)
    }
    var outcomes: [DownloadOutcome] = []
    for download in dataset.downloads {
      // What came out of an archive does not need it any more.
      if download.archiveFolder != nil && dataset.isWhole(in: folder) {
        outcomes.append(.present)
        continue
      }
      let name = download.file.name
      let ours = mirrors.map { "\($0.hasSuffix("/") ? String($0.dropLast()) : $0)/\(dataset.name)/\(name)" }
      outcomes.append(
        try await self.download("\(target)/\(name)", check: download.file.check, from: ours + download.sources) {
          report(name, $0)
        })
      if let archiveFolder = download.archiveFolder {
        try unpack("\(target)/\(name)", archiveFolder, dataset.files, to: target)
      }
    }
    return outcomes
  }

  /// Takes the files out of an archive, which is removed when all of them are there.
  private func unpack(
    _ path: String, _ archiveFolder: String, _ files: [DatasetFile], to folder: String
  ) throws(DownloadError) {
    let archive = try reading(path) { () throws(DataError) in try ZipArchive(path: path) }
    let entries = Dictionary(archive.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for file in files {
      guard let entry = entries["\(archiveFolder)/\(file.name)"] else {
        throw .damaged(source: path, reason: "it has no \(archiveFolder)/\(file.name)")
      }
      let target = "\(folder)/\(file.name)"
      try extract(entry, of: archive, to: target)
      try file.check.verify(target, source: target)
    }
    unlink(path)
  }

  /// Writes a file of an archive to a path, where it appears when it is whole.
  private func extract(
    _ entry: ZipArchive.Entry, of archive: ZipArchive, to target: String
  ) throws(DownloadError) {
    let part = try PartFile(for: target)
    do throws(DownloadError) {
      try part.begin(nil)
      try part.requireRoom(for: entry.size)
      let source = try reading(archive.name) { () throws(DataError) in try archive.open(entry) }
      while true {
        let piece = try reading(archive.name) { () throws(DataError) in try source.next(1 << 18) }
        if piece.isEmpty { break }
        try part.append(Foundation.Data(piece))
      }
      try part.finish()
    } catch {
      part.discard()
      throw error
    }
  }
}

extension DownloadableDataset {
  /// What is wrong with the files of the data set in a folder of data sets: an entry for each file, nil if it is whole.
  public func verify(in folder: String) -> [(file: DatasetFile, problem: DownloadError?)] {
    files.map { file in
      let path = "\(folder)/\(name)/\(file.name)"
      guard FileManager.default.fileExists(atPath: path) else { return (file, .missing(path: path)) }
      do throws(DownloadError) {
        try file.check.verify(path, source: path)
        return (file, nil)
      } catch {
        return (file, error)
      }
    }
  }

  func isWhole(in folder: String) -> Bool { verify(in: folder).allSatisfy { $0.problem == nil } }
}
