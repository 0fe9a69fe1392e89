import Foundation

/// Writes a file as a whole: into another one beside it, which then takes its name. On an error, what stood there
/// before is as it was.
func writeAtomically(_ bytes: [UInt8], to path: String) throws(DataError) {
  let temporary = "\(path).\(UInt64.random(in: .min ... .max)).tmp"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  if descriptor < 0 { throw .unwritable(path: path, reason: systemMessage()) }
  let isWritten = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
  let writeReason = systemMessage()
  close(descriptor)
  if isWritten && rename(temporary, path) == 0 { return }
  let reason = isWritten ? systemMessage() : writeReason
  unlink(temporary)
  throw .unwritable(path: path, reason: reason)
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 && errno != EINTR { return false }
    rest = rest.dropFirst(Swift.max(count, 0))
  }
  return true
}
