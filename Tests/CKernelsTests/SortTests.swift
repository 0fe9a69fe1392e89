import CKernels
import Testing

extension KernelTests {
  @Suite struct Sort {
    static let shapes = [
      Blocks(1, 1, 1), Blocks(3, 2, 1), Blocks(2, 16, 3), Blocks(5, 17, 1), Blocks(2, 200, 2), Blocks(1, 511, 1),
      Blocks(1, 512, 1), Blocks(2, 3000, 1), Blocks(1, 70000, 1),
    ]

    func order<T: Element>(_ a: [T], _ blocks: Blocks, descending: Bool) -> [Int64] {
      var out = [Int64](repeating: -1, count: a.count)
      jn_argsort(T.dtype, descending, &out, a, blocks.outer, blocks.size, blocks.inner)
      return out
    }

    /// Swift's sort is stable. nan comes last; reversed, first.
    func check<T: Element>(_ a: [T], _ blocks: Blocks, _ less: @escaping (T, T) -> Bool) {
      for descending in [false, true] {
        let lines = blocks.lines(a).map { line in
          line.indices.sorted { descending ? less(line[$1], line[$0]) : less(line[$0], line[$1]) }.map { Int64($0) }
        }
        #expect(order(a, blocks, descending: descending) == blocks.array(lines), "\(T.self), descending \(descending)")
      }
    }

    func integers<T: FixedWidthInteger>(_ blocks: Blocks, _: T.Type, below bound: UInt64) -> [T] {
      var random = SplitMix64(state: 12)
      return (0..<blocks.count).map { _ in T(truncatingIfNeeded: random.next() % bound) }
    }

    func floats<T: BinaryFloatingPoint>(_ blocks: Blocks, _: T.Type) -> [T] {
      var random = SplitMix64(state: 13)
      let special: [T] = [0, -0.0, .infinity, -.infinity, .nan, -.nan, 1, -1, .leastNonzeroMagnitude]
      return (0..<blocks.count).map { _ in
        Bool.random(using: &random)
          ? special.randomElement(using: &random)! : T(Double.random(in: -9...9, using: &random))
      }
    }

    func less<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> Bool { a < b || (!a.isNaN && b.isNaN) }

    @Test(arguments: shapes)
    func everyType(blocks: Blocks) {
      check(integers(blocks, Int8.self, below: 256), blocks, <)
      check(integers(blocks, UInt8.self, below: 256), blocks, <)
      check(integers(blocks, Int16.self, below: 65536), blocks, <)
      check(integers(blocks, UInt16.self, below: 50), blocks, <)
      check(integers(blocks, Int32.self, below: .max), blocks, <)
      check(integers(blocks, UInt32.self, below: .max), blocks, <)
      check(integers(blocks, Int32.self, below: 9), blocks, <)
      check(integers(blocks, Int64.self, below: .max), blocks, <)
      check(integers(blocks, UInt64.self, below: .max), blocks, <)
      check(floats(blocks, Float16.self), blocks, less)
      check(floats(blocks, Float.self), blocks, less)
      check(floats(blocks, Double.self), blocks, less)
      let brain = floats(blocks, Float.self).map { BFloat16(bits: UInt16($0.bitPattern >> 16)) }
      check(brain, blocks) { self.less($0.value, $1.value) }
    }

    @Test(arguments: shapes)
    func bySeveralKeys(blocks: Blocks) {
      let first = integers(blocks, UInt8.self, below: 3), second = floats(blocks, Float.self)
      let third = integers(blocks, Int64.self, below: 20)
      var out = [Int64](repeating: -1, count: blocks.count)
      first.withUnsafeBytes { a in
        second.withUnsafeBytes { b in
          third.withUnsafeBytes { c in
            let keys = [a.baseAddress, b.baseAddress, c.baseAddress]
            jn_argsort_by(
              3, [JN_BOOL, JN_FLOAT32, JN_INT64], keys, false, &out, blocks.outer, blocks.size, blocks.inner)
          }
        }
      }
      let lines = zip(blocks.lines(first), zip(blocks.lines(second), blocks.lines(third))).map { a, rest in
        let (b, c) = rest
        return a.indices.sorted { i, j in
          if a[i] != a[j] { return a[i] < a[j] }
          if less(b[i], b[j]) || less(b[j], b[i]) { return less(b[i], b[j]) }
          return c[i] < c[j]
        }.map { Int64($0) }
      }
      #expect(out == blocks.array(lines))
    }
  }
}
