import CKernels
import TestSupport
import Testing

/// c (+)= a · b, for matrices with these distances between rows and between columns.
private func multiply(
  _ m: Int, _ n: Int, _ k: Int, _ a: [Float], _ aSteps: (row: Int, column: Int), _ b: [Float],
  _ bSteps: (row: Int, column: Int), _ c: inout [Float], accumulates: Bool = false, batch: Int = 1,
  distances: (Int, Int, Int) = (0, 0, 0)
) {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      c.withUnsafeMutableBufferPointer { c in
        var product = jn_product(
          m: m, n: n, k: k, a: a.baseAddress, a_row: aSteps.row, a_column: aSteps.column, b: b.baseAddress,
          b_row: bSteps.row, b_column: bSteps.column, c: c.baseAddress, c_row: n, accumulates: accumulates)
        jn_multiply_batch(&product, batch, distances.0, distances.1, distances.2)
      }
    }
  }
}

extension KernelTests {
  @Suite("Products of matrices") struct Products {
    /// Rows, columns and depth: around the sizes of tiles, panels and blocks, and where products are made in different ways.
    static let sizes = [
      (1, 1, 1), (3, 2, 5), (4, 16, 4), (5, 17, 3), (32, 64, 4), (32, 2, 64), (7, 33, 20), (4, 8, 0), (0, 3, 4),
      (3, 0, 4), (6, 8, 256), (14, 32, 257), (15, 33, 513), (29, 65, 48), (16, 7, 49), (17, 40, 201), (64, 16, 200),
      (65, 16, 200), (300, 1, 70), (1, 300, 70), (130, 130, 130), (270, 40, 30), (60, 700, 60), (700, 9, 300),
      (9, 1000, 1024), (521, 390, 1024),
    ]

    @Test("are sums of products, for every instruction set, shape and arrangement", arguments: InstructionSet.available)
    func values(isa: InstructionSet) {
      for (m, n, k) in Self.sizes {
        // Small whole numbers, so that every order of summation gives the same.
        let a = (0..<m * k + 1).map { Float($0 % 7) - 3 }
        let b = (0..<k * n + 1).map { Float($0 % 5) - 2 }
        for (aIsTransposed, bIsTransposed) in [(false, false), (true, false), (false, true), (true, true)] {
          let (aRow, aColumn) = aIsTransposed ? (1, m) : (k, 1)
          let (bRow, bColumn) = bIsTransposed ? (1, k) : (n, 1)
          let expected = (0..<m * n).map { index in
            let (i, j) = index.quotientAndRemainder(dividingBy: n)
            return (0..<k).reduce(Float(0)) { $0 + a[i * aRow + $1 * aColumn] * b[$1 * bRow + j * bColumn] }
          }
          for accumulates in [false, true] {
            var c = [Float](repeating: accumulates ? 10 : .nan, count: m * n) + [77]
            isa.use {
              multiply(m, n, k, a, (aRow, aColumn), b, (bRow, bColumn), &c, accumulates: accumulates)
            }
            #expect(c == expected.map { accumulates ? $0 + 10 : $0 } + [77], "\(m) x \(n) x \(k), \(isa)")
          }
        }
      }
    }

    @Test("follow each other in a batch, whoever makes them", arguments: [1, 3])
    func batches(threads: Int) {
      let (batch, m, n, k) = (40, 5, 19, 70)
      let a = (0..<batch * m * k).map { Float($0 % 7) - 3 }
      let b = (0..<batch * k * n).map { Float($0 % 5) - 2 }
      var c = [Float](repeating: .nan, count: batch * m * n)
      withThreads(threads) {
        multiply(m, n, k, a, (k, 1), b, (n, 1), &c, batch: batch, distances: (m * k, k * n, m * n))
      }
      let expected = (0..<batch * m * n).map { index in
        let (matrix, i, j) = (index / (m * n), index / n % m, index % n)
        return (0..<k).reduce(Float(0)) { $0 + a[(matrix * m + i) * k + $1] * b[(matrix * k + $1) * n + j] }
      }
      #expect(c == expected)
    }

    @Test("have no part in what lies beside them: infinity and nan of one row stay in it")
    func specialValues() {
      let (m, n, k) = (5, 40, 200)
      var a = [Float](repeating: 1, count: m * k)
      a[k] = .infinity
      a[2 * k + 7] = .nan
      let b = [Float](repeating: 0.5, count: n * k)
      for isTransposed in [false, true] {
        var c = [Float](repeating: 0, count: m * n)
        multiply(m, n, k, a, (k, 1), b, isTransposed ? (1, k) : (n, 1), &c)
        for i in 0..<m {
          let row = c[i * n..<(i + 1) * n]
          #expect(row.allSatisfy { i == 1 ? $0 == .infinity : i == 2 ? $0.isNaN : $0 == Float(k) / 2 })
        }
      }
    }
  }
}
