#if canImport(CryptoKit)
  import CryptoKit
#else
  import COpenSSL
#endif

/// The SHA-256 of bytes that come in pieces: CryptoKit's on Apple's systems, OpenSSL's on others.
package struct SHA256: ~Copyable {
  #if canImport(CryptoKit)
    private var state = CryptoKit.SHA256()

    package init() {}

    /// Takes more bytes into account.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }

    private consuming func finish() -> [UInt8] { Array(state.finalize()) }
  #else
    private let context: OpaquePointer

    package init() {
      guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
        fatalError("OpenSSL makes no SHA-256: its configuration forbids it, or memory is out.")
      }
      self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes more bytes into account.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
      if EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) != 1 { fatalError("OpenSSL failed at a SHA-256.") }
    }

    private consuming func finish() -> [UInt8] {
      var digest = [UInt8](repeating: 0, count: 32)
      if EVP_DigestFinal_ex(context, &digest, nil) != 1 { fatalError("OpenSSL failed at a SHA-256.") }
      return digest
    }
  #endif

  /// The digest of all bytes, as 64 hexadecimal digits.
  package static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
    var digest = SHA256()
    Array(bytes).withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }

  /// The digest of the bytes so far, as 64 hexadecimal digits.
  package consuming func hexadecimal() -> String {
    finish().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
