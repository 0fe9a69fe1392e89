import Digests
import Download
import Foundation
import TestSupport
import Testing

@Suite("SHA-256")
struct DigestTests {
  @Test(
    "The examples of FIPS 180-4",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
  func example(text: String, digest: String) {
    #expect(SHA256.hexadecimal(of: text.utf8) == digest)
  }

  /// The digest of the digests of the bytes 0, 1, 2, … of each length up to 200, so that every way to fill the last
  /// block occurs. Python: `sha256("".join(sha256(bytes(range(n))).hexdigest() for n in range(201)).encode())`.
  @Test func everyLength() {
    let digests = (0...200).map { SHA256.hexadecimal(of: (0..<$0).map { UInt8($0) }) }
    #expect(
      SHA256.hexadecimal(of: digests.joined().utf8)
        == "b367ea311264aae50e6260b96a10761169ce3eec5d5f8f2258351f82c7252776")
  }

  @Test("Pieces of any size give the digest of the whole", arguments: [1, 7, 63, 64, 65, 1000])
  func pieces(size: Int) {
    let bytes = noise(5000)
    var digest = SHA256()
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { digest.update($0) }
    }
    #expect(digest.hexadecimal() == SHA256.hexadecimal(of: bytes))
  }
}
