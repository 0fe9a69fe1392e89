import Data
import Tensor
import TestSupport
import Testing

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
    var generator = SplitMix64(seed: UInt64(seed))
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
