import CKernels
import Testing

/// Programs that update parameters: w - v' * rate and v' = v * decay + g, or w - g * rate.
private struct Update {
  var hasVelocity: Bool
  let rate: Float = 0.1
  let decay: Float = 0.9

  /// Inputs: gradient, parameters, rate, and with velocity that and the decay; outputs: parameters, velocity.
  func makeProgram(count: Int, inPlace: Bool) -> OpaquePointer {
    let (none, all) = (UInt16(JN_NONE), Int64(1))
    func array(_ register: UInt16, _ stride: Int64, inPlaceOf input: UInt16 = UInt16(JN_NONE)) -> jn_program_array {
      jn_program_array(reg: register, in_place_of: input, strides: (0, 0, 0, stride))
    }
    func instruction(_ op: jn_binary_op, _ out: UInt16, _ a: UInt16, _ b: UInt16) -> jn_instruction {
      jn_instruction(
        opcode: UInt16(JN_OP_BINARY.rawValue), kind: UInt16(op.rawValue), out: out, out2: none, a: a, b: b, c: none,
        d: none)
    }
    var inputs = [array(0, all), array(1, all), array(2, 0)]
    var outputs = [array(8, all, inPlaceOf: inPlace ? 1 : none)]
    var instructions = [instruction(JN_MUL, 7, 2, hasVelocity ? 6 : 0), instruction(JN_SUB, 8, 1, 7)]
    if hasVelocity {
      inputs += [array(3, all), array(4, 0)]
      outputs.append(array(6, all, inPlaceOf: inPlace ? 3 : none))
      instructions = [instruction(JN_MUL, 5, 3, 4), instruction(JN_ADD, 6, 0, 5)] + instructions
    }
    return jn_program_create(
      [1, 1, 1, Int64(count)], 9, [jn_dtype](repeating: JN_FLOAT32, count: 9), inputs.count, inputs, outputs.count,
      outputs,
      instructions.count, instructions)
  }

  func parameters(_ w: Float, _ v: Float, _ g: Float) -> Float {
    let step = hasVelocity ? velocity(v, g) : g
    let part = step * rate
    return w - part
  }

  func velocity(_ v: Float, _ g: Float) -> Float {
    let kept = v * decay
    return kept + g
  }
}

extension KernelTests {
  @Suite("Updates by products") struct Updates {
    /// Rows, columns and depth: with and without rests of tiles and vectors, for one and for several parts and strips, and such that are
    /// no updates by tiles, as they have too many products or too few columns.
    static let sizes = [
      (4, 96, 3), (64, 64, 32), (70, 100, 9), (1, 65, 1), (3, 200, 40), (37, 333, 256), (130, 97, 7), (5, 1030, 2),
      (300, 30, 8),
      (20, 100, 300), (9, 128, 0),
    ]

    @Test(
      "give each element what both give apart, to the last bit",
      arguments: InstructionSet.available.flatMap { isa in [(isa, 1), (isa, 3)] }, [false, true])
    func values(isaAndThreads: (isa: InstructionSet, threads: Int), hasVelocity: Bool) {
      let update = Update(hasVelocity: hasVelocity)
      let before = jn_thread_count()
      jn_set_thread_count(isaAndThreads.threads)
      defer { jn_set_thread_count(before) }
      for (m, n, k) in Self.sizes {
        for (isTransposed, inPlace) in [(true, true), (true, false), (false, true)] {
          isaAndThreads.isa.use { expectUpdate(update, m, n, k, isTransposed: isTransposed, inPlace: inPlace) }
        }
      }
    }

    private func expectUpdate(_ update: Update, _ m: Int, _ n: Int, _ k: Int, isTransposed: Bool, inPlace: Bool) {
      // Small whole numbers, so that every order of summation gives the same.
      let a = (0..<m * k + 1).map { Float($0 % 7) - 3 }
      let b = (0..<k * n + 1).map { Float($0 % 5) - 2 }
      let (aRow, aColumn) = isTransposed ? (1, m) : (k, 1)
      let gradient = (0..<m * n).map { index in
        let (i, j) = index.quotientAndRemainder(dividingBy: n)
        return (0..<k).reduce(Float(0)) { $0 + a[i * aRow + $1 * aColumn] * b[$1 * n + j] }
      }
      // One more element each, which nothing should touch.
      func memory(_ element: (Int) -> Float) -> UnsafeMutableBufferPointer<Float> {
        let all = UnsafeMutableBufferPointer<Float>.allocate(capacity: m * n + 1)
        _ = all.initialize(from: (0...m * n).map(element))
        return all
      }
      let parameters = memory { Float($0 % 13) * 0.37 - 1 }, velocity = memory { Float($0 % 11) * 0.21 - 1 }
      let nextParameters = inPlace ? parameters : memory { _ in 77 },
        nextVelocity = inPlace ? velocity : memory { _ in 77 }
      let scalars = memory { $0 == 0 ? update.rate : update.decay }
      defer {
        for all in [parameters, velocity, scalars] + (inPlace ? [] : [nextParameters, nextVelocity]) {
          all.deallocate()
        }
      }
      let expectedParameters =
        gradient.indices.map { update.parameters(parameters[$0], velocity[$0], gradient[$0]) } + [nextParameters[m * n]]
      let expectedVelocity =
        gradient.indices.map { update.velocity(velocity[$0], gradient[$0]) } + [nextVelocity[m * n]]

      let program = update.makeProgram(count: m * n, inPlace: inPlace)
      defer { jn_program_free(program) }
      #expect(jn_program_is_linear(program))
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          var product = jn_product(
            m: m, n: n, k: k, a: a.baseAddress, a_row: aRow, a_column: aColumn, b: b.baseAddress, b_row: n, b_column: 1,
            c: nil, c_row: n,
            accumulates: false)
          let inputs = [
            nil, parameters.baseAddress!, scalars.baseAddress!, velocity.baseAddress!, scalars.baseAddress! + 1,
          ]
          let outputs = [nextParameters, nextVelocity].map { UnsafeMutableRawPointer($0.baseAddress) }
          jn_program_run_on_product(
            program, inputs.map { UnsafeRawPointer($0) }, outputs, 0,
            &product)
        }
      }
      let place = "\(m) x \(n) x \(k), transposed \(isTransposed), in place \(inPlace)"
      #expect(Array(nextParameters) == expectedParameters, "\(place)")
      if update.hasVelocity { #expect(Array(nextVelocity) == expectedVelocity, "\(place)") }
    }
  }
}
