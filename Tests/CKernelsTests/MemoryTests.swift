import CKernels
import Testing

extension KernelTests {
  @Suite struct Memory {
    // MARK: Copies between layouts

    /// One dimension of both sides.
    struct Axis {
      var size: Int64
      var out: Int64
      var `in`: Int64
    }

    /// A dense output in some order of the axes, and an input with gaps, steps back and repetitions.
    func randomAxes(_ random: inout SplitMix64) -> [Axis] {
      let rank = Int.random(in: 0...5, using: &random)
      var axes = (0..<rank).map { _ in
        Axis(size: [1, 2, 3, 4, 5, 8, 9, 17, 33].randomElement(using: &random)!, out: 0, in: 0)
      }
      var step: Int64 = 1
      for i in axes.indices.shuffled(using: &random) {
        axes[i].out = Bool.random(using: &random) ? step : -step
        step *= axes[i].size * (Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1)
      }
      step = Int64.random(in: 1...2, using: &random)
      for i in axes.indices.shuffled(using: &random) {
        if Int.random(in: 0..<5, using: &random) == 0 { continue }
        axes[i].in = Int.random(in: 0..<3, using: &random) == 0 ? -step : step
        step *= axes[i].size
      }
      return axes
    }

    /// The offset of the lowest element, and the number of elements from there to the highest.
    func extent(_ axes: [Axis], _ stride: KeyPath<Axis, Int64>) -> (Int, Int) {
      let reach = axes.map { ($0.size - 1) * $0[keyPath: stride] }
      let low = reach.filter { $0 < 0 }.reduce(0, +), high = reach.filter { $0 > 0 }.reduce(0, +)
      return (Int(-low), Int(high - low) + 1)
    }

    func checkCopy<T: FixedWidthInteger & BitwiseCopyable>(_ axes: [Axis], _: T.Type) {
      let (outStart, outCount) = extent(axes, \.out), (inStart, inCount) = extent(axes, \.in)
      let source = (0..<inCount).map { T(truncatingIfNeeded: $0 &* 2_654_435_761 >> 3) }
      var expected = [T](repeating: 42, count: outCount), got = expected
      var positions: [(Int64, Int64)] = [(0, 0)]
      for axis in axes {
        positions = positions.flatMap { p in (0..<axis.size).map { (p.0 + $0 * axis.out, p.1 + $0 * axis.in) } }
      }
      for (o, i) in positions { expected[outStart + Int(o)] = source[inStart + Int(i)] }
      got.withUnsafeMutableBufferPointer { out in
        source.withUnsafeBufferPointer { input in
          jn_copy_strided(
            MemoryLayout<T>.size, axes.count, axes.map(\.size), out.baseAddress! + outStart, axes.map(\.out),
            input.baseAddress! + inStart, axes.map(\.in))
        }
      }
      #expect(got == expected, "\(T.self) \(axes)")
    }

    @Test(arguments: InstructionSet.available, 0..<10)
    func randomCopies(isa: InstructionSet, seed: Int) {
      var random = SplitMix64(state: UInt64(seed))
      isa.use {
        for _ in 0..<25 {
          checkCopy(randomAxes(&random), UInt8.self)
          checkCopy(randomAxes(&random), UInt16.self)
          checkCopy(randomAxes(&random), UInt32.self)
          checkCopy(randomAxes(&random), UInt64.self)
        }
      }
    }

    /// Long enough to be cut in pieces for the threads.
    @Test(arguments: InstructionSet.available)
    func largeCopies(isa: InstructionSet) {
      isa.use {
        checkCopy([Axis(size: 300, out: 301, in: 1), Axis(size: 301, out: 1, in: 300)], UInt32.self)  // transposition
        checkCopy([Axis(size: 3, out: 70000, in: 1), Axis(size: 70000, out: 1, in: 3)], UInt16.self)
        checkCopy([Axis(size: 70000, out: 3, in: 1), Axis(size: 3, out: 1, in: 70000)], UInt8.self)
        checkCopy([Axis(size: 200_000, out: 1, in: 1)], UInt64.self)
        checkCopy([Axis(size: 200_000, out: 1, in: -1)], UInt32.self)
        checkCopy([Axis(size: 200_000, out: 1, in: 0)], UInt32.self)
        checkCopy([Axis(size: 30000, out: 5, in: 1), Axis(size: 5, out: 1, in: 0)], UInt32.self)
        checkCopy([Axis(size: 30000, out: 5, in: 0), Axis(size: 5, out: 1, in: 1)], UInt32.self)
        checkCopy([Axis(size: 20000, out: 7, in: 9), Axis(size: 7, out: 1, in: 1)], UInt16.self)
        checkCopy([Axis(size: 60000, out: 2, in: 3)], UInt32.self)
      }
    }

    @Test func nothingToCopy() {
      var out: [Int32] = [7]
      jn_copy_strided(4, 2, [3, 0], &out, [1, 1], [1, 2, 3] as [Int32], [1, 1])
      #expect(out == [7])
      jn_copy_strided(4, 0, [], &out, [], [5] as [Int32], [])
      #expect(out == [5])
    }

    // MARK: Fill and iota

    func checkFill<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
      for n in [0, 1, 7, 100, 100_001] {
        var out = [T](repeating: 0, count: n + 1)
        jn_fill(MemoryLayout<T>.size, &out, [value], n)
        #expect(out == [T](repeating: value, count: n) + [0])
      }
    }

    @Test func fill() {
      checkFill(0xab as UInt8)
      checkFill(0xabcd as UInt16)
      checkFill(0xabcd_ef01 as UInt32)
      checkFill(0xabcd_ef01_2345_6789 as UInt64)
    }

    func checkIota<T: Element>(_ blocks: Blocks, _ zero: T, _ make: (Int) -> T) {
      var out = [T](repeating: zero, count: blocks.count)
      jn_iota(T.dtype, &out, blocks.outer, blocks.size, blocks.inner)
      #expect(out == (0..<blocks.count).map { make($0 / blocks.inner % blocks.size) }, "\(T.self)")
    }

    @Test(arguments: [
      Blocks(1, 10, 1), Blocks(1, 100_000, 1), Blocks(3, 300, 1), Blocks(2, 300, 7), Blocks(2, 50000, 1),
      Blocks(0, 5, 1),
      Blocks(100, 1, 9),
    ])
    func iota(blocks: Blocks) {
      checkIota(blocks, Int8(0)) { Int8(truncatingIfNeeded: $0) }
      checkIota(blocks, UInt16(0)) { UInt16(truncatingIfNeeded: $0) }
      checkIota(blocks, Int32(0)) { Int32($0) }
      checkIota(blocks, UInt64(0)) { UInt64($0) }
      checkIota(blocks, Float(0)) { Float($0) }
      checkIota(blocks, Double(0)) { Double($0) }
      checkIota(blocks, Float16(0)) { Float16(Narrow.float16.round($0)) }
      checkIota(blocks, BFloat16(bits: 0)) { BFloat16(bits: UInt16(Float(Narrow.bfloat16.round($0)).bitPattern >> 16)) }
    }

    // MARK: Gathering

    @Test(arguments: [1, 2, 3, 4, 8, 12, 64, 1000])
    func takeRows(rowBytes: Int) {
      var random = SplitMix64(state: 10)
      let rows = 50, n = 3000
      let source = (0..<rows * rowBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let index = (0..<n).map { _ in Int64.random(in: 0..<Int64(rows), using: &random) }
      var out = [UInt8](repeating: 0, count: n * rowBytes)
      jn_take_rows(&out, source, index, n, rowBytes)
      #expect(out == index.flatMap { source[Int($0) * rowBytes..<(Int($0) + 1) * rowBytes] })
    }

    func checkTakeAlong<T: FixedWidthInteger & BitwiseCopyable>(_ blocks: Blocks, _: T.Type) {
      var random = SplitMix64(state: 11)
      let source = (0..<blocks.count).map { _ in T(truncatingIfNeeded: random.next()) }
      let index = (0..<blocks.count).map { _ in Int64.random(in: 0..<Int64(blocks.size), using: &random) }
      var out = [T](repeating: 0, count: blocks.count)
      jn_take_along(MemoryLayout<T>.size, &out, source, index, blocks.outer, blocks.size, blocks.inner)
      let lines = zip(blocks.lines(source), blocks.lines(index)).map { line, index in index.map { line[Int($0)] } }
      #expect(out == blocks.array(lines))
    }

    @Test(arguments: [Blocks(1, 10, 1), Blocks(3, 70, 5), Blocks(20, 3000, 1)])
    func takeAlong(blocks: Blocks) {
      checkTakeAlong(blocks, UInt8.self)
      checkTakeAlong(blocks, UInt16.self)
      checkTakeAlong(blocks, UInt32.self)
      checkTakeAlong(blocks, UInt64.self)
    }
  }
}
