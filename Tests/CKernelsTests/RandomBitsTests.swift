import CKernels
import Testing

extension KernelTests {
  @Suite struct RandomBits {
    struct KnownAnswer: Sendable {
      var key: (UInt32, UInt32)
      var counter: (UInt32, UInt32)
      var bits: (UInt32, UInt32)
    }

    /// From the known answers of the Random123 distribution.
    static let known = [
      KnownAnswer(key: (0, 0), counter: (0, 0), bits: (0x6b20_0159, 0x99ba_4efe)),
      KnownAnswer(
        key: (0xffff_ffff, 0xffff_ffff), counter: (0xffff_ffff, 0xffff_ffff), bits: (0x1cb9_96fc, 0xbb00_2be7)),
      KnownAnswer(
        key: (0x1319_8a2e, 0x0370_7344), counter: (0x243f_6a88, 0x85a3_08d3), bits: (0xc492_3a9c, 0x483d_f7a0)),
    ]

    @Test(arguments: InstructionSet.available, known)
    func knownAnswers(isa: InstructionSet, row: KnownAnswer) {
      isa.use {
        for n in [1, 3, 4, 7, 8, 15, 16, 17, 32, 33, 50] {
          var first = [UInt32](repeating: 0, count: n), second = first
          let x0 = [UInt32](repeating: row.counter.0, count: n), x1 = [UInt32](repeating: row.counter.1, count: n)
          jn_threefry2x32(&first, &second, [row.key.0], true, [row.key.1], true, x0, false, x1, false, n)
          #expect(first.allSatisfy { $0 == row.bits.0 } && second.allSatisfy { $0 == row.bits.1 })
        }
      }
    }

    /// Threefry as its authors write it, one counter at a time.
    func threefry(_ k0: UInt32, _ k1: UInt32, _ x0: UInt32, _ x1: UInt32) -> (UInt32, UInt32) {
      let key = [k0, k1, k0 ^ k1 ^ 0x1bd1_1bda], turns: [UInt32] = [13, 15, 26, 6, 17, 29, 16, 24]
      var a = x0 &+ k0, b = x1 &+ k1
      for round in 0..<20 {
        a = a &+ b
        b = (b << turns[round % 8] | b >> (32 - turns[round % 8])) ^ a
        guard round % 4 == 3 else { continue }
        let block = round / 4 + 1
        a = a &+ key[block % 3]
        b = b &+ key[(block + 1) % 3] &+ UInt32(block)
      }
      return (a, b)
    }

    @Test(arguments: InstructionSet.available, [5, 100, 20011])
    func everyOperandVaries(isa: InstructionSet, n: Int) {
      var random = SplitMix64(state: 14)
      let operands = (0..<4).map { _ in (0..<n).map { _ in UInt32(truncatingIfNeeded: random.next()) } }
      isa.use {
        for splat in 0..<16 {
          let isSplat = (0..<4).map { splat >> $0 & 1 == 1 }
          let expected = (0..<n).map { i in
            let x = (0..<4).map { operands[$0][isSplat[$0] ? 0 : i] }
            return threefry(x[0], x[1], x[2], x[3])
          }
          var first = [UInt32](repeating: 0, count: n), second = first
          jn_threefry2x32(
            &first, &second, operands[0], isSplat[0], operands[1], isSplat[1], operands[2], isSplat[2], operands[3],
            isSplat[3], n)
          #expect(first == expected.map(\.0) && second == expected.map(\.1))
        }
      }
    }
  }
}
