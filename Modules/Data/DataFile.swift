import FileSupport

/// Writes a file as a whole, or leaves what stood there before as it was.
func writeAtomically(_ bytes: [UInt8], to path: String) throws(DataError) {
  do {
    try FileSupport.writeAtomically(bytes, to: path)
  } catch {
    throw .unwritable(path: path, reason: error.reason)
  }
}
