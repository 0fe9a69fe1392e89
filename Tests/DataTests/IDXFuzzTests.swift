import Data
import Tensor
import Testing

/// A small generator (SplitMix64), the same numbers in every run.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// The bytes after a random accident: bits flipped, bytes changed, lost, repeated or inserted, or the end cut off.
private func mutated(_ bytes: [UInt8], _ generator: inout Generator) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
    let place = Int.random(in: bytes.indices, using: &generator)
    let end = min(place + Int.random(in: 1...16, using: &generator), bytes.count)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator)!
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
    default: bytes.removeSubrange(place...)
    }
  }
  return bytes
}

@Suite("Damaged IDX files")
struct IDXFuzzTests {
  /// Whether the bytes are read; if so, the array must be a whole one.
  private func isRead(_ bytes: [UInt8]) throws -> Bool {
    do {
      let tensor = try IDX.decode(bytes)
      #expect(tensor.withUnsafeBytes(\.count) == tensor.shape.reduce(tensor.dtype.itemSize, *))
      return true
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
  }

  @Test("Thousands of accidents are told or read, never a crash", arguments: 0..<4)
  func accidents(seed: Int) throws {
    var generator = Generator(state: UInt64(seed))
    let type: [DType] = [.uint8, .int16, .float32, .float64]
    let numbers = (0..<60).map { _ in Double(Int.random(in: 0..<100, using: &generator)) }
    let file = IDX.encode(Tensor(numbers, shape: [5, 4, 3], dtype: type[seed]))
    var readCount = 0
    for _ in 0..<1500 {
      // Behind gzip's checksum, where the format itself is all that guards; and in front of it.
      if try isRead(mutated(file, &generator)) { readCount += 1 }
      if try isRead(Gzip.compress(mutated(file, &generator), level: 1)) { readCount += 1 }
      if try isRead(mutated(Gzip.compress(file), &generator)) { readCount += 1 }
    }
    // Both happen: an accident to an element alone cannot be seen.
    #expect(readCount > 100 && readCount < 4000)
  }
}
