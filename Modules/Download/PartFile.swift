import FileSupport
import Foundation

/// A file that is coming into being: `NAME.part`, which takes the file's name when it is whole.
///
/// While it is open it is locked, so that no other process writes to it, nor another download in this one. What it was
/// begun from is noted beside it, in `NAME.part.origin`, so that a later download can go on where this one ended.
final class PartFile {
  /// What the bytes are the beginning of.
  struct Origin: Codable, Equatable {
    /// Where they came from.
    var url: String
    /// What tells this version of the file from others: an `ETag` or the time when it was changed.
    var validator: String
  }

  /// The file that it will become.
  let target: String
  /// The number of bytes that it has.
  private(set) var count = 0
  private var descriptor: Int32 = -1

  private var path: String { target + ".part" }
  private var originPath: String { path + ".origin" }

  /// Opens the beginning of a file, or begins it.
  ///
  /// - Throws: `DownloadError.busy` if another download of the file is under way, and `unwritable`.
  init(for target: String) throws(DownloadError) {
    self.target = target
    // A download that ended between opening and locking has given the opened file its name: what is there now counts.
    repeat {
      closeFile()
      descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      if descriptor < 0 { throw .unwritable(path: path, reason: systemMessage()) }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        throw errno == EWOULDBLOCK ? .busy(path: target) : .unwritable(path: path, reason: systemMessage())
      }
    } while try !isStillThere()
    count = Int(lseek(descriptor, 0, SEEK_END))
  }

  deinit { closeFile() }

  private func closeFile() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  /// Whether the opened file is the one that has the name.
  private func isStillThere() throws(DownloadError) -> Bool {
    var opened = stat()
    var named = stat()
    guard fstat(descriptor, &opened) == 0 else { throw .unwritable(path: path, reason: systemMessage()) }
    return stat(path, &named) == 0 && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  /// What the bytes are the beginning of, nil if there are none or it is not known.
  var origin: Origin? {
    guard count > 0, let json = try? Data(contentsOf: URL(fileURLWithPath: originPath)) else { return nil }
    return try? JSONDecoder().decode(Origin.self, from: json)
  }

  /// Throws away what is there, and begins anew.
  ///
  /// - Parameter origin: what the bytes to come will be the beginning of, nil if that cannot be told.
  func begin(_ origin: Origin?) throws(DownloadError) {
    // Without the note the bytes are of unknown origin: it goes first, and comes last.
    unlink(originPath)
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw .unwritable(path: path, reason: systemMessage())
    }
    count = 0
    guard let origin, let json = try? JSONEncoder().encode(origin) else { return }
    do {
      try json.write(to: URL(fileURLWithPath: originPath), options: .atomic)
    } catch {
      throw .unwritable(path: originPath, reason: "\(error.localizedDescription)")
    }
  }

  /// Adds bytes at the end.
  func append(_ bytes: Data) throws(DownloadError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw .unwritable(path: path, reason: systemMessage())
      }
      count += written
      rest = rest.dropFirst(written)
    }
  }

  /// Whether there is room for this many bytes more; a disk that does not tell counts as one with room.
  func requireRoom(for needed: Int) throws(DownloadError) {
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else { return }
    let (free, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
    if !overflow && free < needed { throw .noRoom(path: target, needed: needed, free: free) }
  }

  /// Looks at what is there as the whole file.
  func verify(_ check: FileCheck, source: String) throws(DownloadError) { try check.verify(path, source: source) }

  /// Gives the file its name, in the place of one that may be there.
  func finish() throws(DownloadError) {
    guard fsync(descriptor) == 0, rename(path, target) == 0 else {
      throw .unwritable(path: target, reason: systemMessage())
    }
    unlink(originPath)
  }

  /// Removes what is there.
  func discard() {
    unlink(originPath)
    unlink(path)
  }
}
