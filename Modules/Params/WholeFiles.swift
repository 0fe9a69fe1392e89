import Foundation

/// The system's number for what failed.
struct SystemError: Error {
  let code: Int32

  init(_ code: Int32) { self.code = code }
  /// What the last call of the system failed with.
  init() { self.init(errno) }

  var reason: String { String(cString: strerror(code)) }
}

/// A regular file that is open for reading.
final class OpenFile {
  let path: String
  /// The number of bytes when it was opened.
  let size: Int
  private let descriptor: Int32

  init(_ path: String) throws(ModelFileError) {
    do throws(SystemError) {
      let descriptor = try check(open(path, O_RDONLY | O_CLOEXEC))
      var status = stat()
      do throws(SystemError) {
        _ = try check(fstat(descriptor, &status))
        if status.st_mode & S_IFMT != S_IFREG {
          throw SystemError(status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
      } catch {
        close(descriptor)
        throw error
      }
      self.path = path
      self.descriptor = descriptor
      size = Int(status.st_size)
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
  }

  deinit { close(descriptor) }

  /// Fills a buffer with the bytes from an offset on. A file that has become too short meanwhile is an error.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ModelFileError) {
    var filled = 0
    while filled < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset + filled))
      if count == 0 { throw .unreadable(path: path, reason: "it has become shorter while it was read") }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw .unreadable(path: path, reason: SystemError().reason)
      }
    }
  }
}

/// Writes a file in the place of one that may be there, such that there is always a whole one: the new contents are
/// written beside it, forced to the disk, and take its name when they are complete.
func replaceFile(
  at path: String, _ write: (_ descriptor: Int32) throws(SystemError) -> Void
) throws(ModelFileError) {
  let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).\(UInt32.random(in: 0...UInt32.max)).partial"
  do throws(SystemError) {
    let descriptor = try check(open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666))
    do {
      defer { close(descriptor) }
      try write(descriptor)
      _ = try check(fsync(descriptor))
    }
    _ = try check(rename(temporary, path))
  } catch {
    unlink(temporary)
    throw .unwritable(path: path, reason: error.reason)
  }
  // The new name is in the folder, which has to reach the disk, too. Not all file systems can say whether it did.
  let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
  if folder >= 0 {
    fsync(folder)
    close(folder)
  }
}

/// Writes all bytes to an open file.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
    if count < 0 {
      if errno != EINTR { throw SystemError() }
    } else {
      rest = rest.dropFirst(count)
    }
  }
}

private func check(_ result: Int32) throws(SystemError) -> Int32 {
  if result < 0 { throw SystemError() }
  return result
}
