import JAXnet
import TestSupport
import Testing

/// Attention, positions, embeddings and normalized weights, with values and gradients of Flax, of `jax.nn`, or of the papers'
/// formulas.
@Suite struct AttentionTests {
  static let golden = Golden("attention")

  /// A module of golden inputs, by the name of the case.
  static let attention: [(name: String, module: AttentionModule, inputs: @Sendable ([Tensor]) -> AttentionInputs)] = [
    ("self", MultiHeadAttention(2), { AttentionInputs($0[0]) }),
    ("self.sizes", MultiHeadAttention(3, headDim: 4, outDim: 5, biasInit: nil), { AttentionInputs($0[0]) }),
    ("cross", MultiHeadAttention(2), { AttentionInputs($0[0], keys: $0[1]) }),
    ("cross.values", MultiHeadAttention(2), { AttentionInputs($0[0], keys: $0[1], values: $0[2]) }),
    ("masked", MultiHeadAttention(2), { AttentionInputs($0[0], mask: $0[1]) }),
    ("masked.heads", MultiHeadAttention(2), { AttentionInputs($0[0], mask: $0[1]) }),
    ("causal", MultiHeadAttention(2, isCausal: true), { AttentionInputs($0[0]) }),
    ("grouped", MultiHeadAttention(4, keyValueHeads: 2, headDim: 2), { AttentionInputs($0[0], mask: $0[1]) }),
    ("grouped.causal", MultiHeadAttention(4, keyValueHeads: 2, headDim: 2, isCausal: true), { AttentionInputs($0[0]) }),
    ("block", TransformerBlock(2), { AttentionInputs($0[0], mask: $0[1]) }),
    ("block.normalizedLast", TransformerBlock(3, normalizesFirst: false), { AttentionInputs($0[0], mask: $0[1]) }),
  ]

  static let layers: [(name: String, layer: Layer)] = {
    let words = Embedding(7, 6)
    return [
      ("embedding", Embedding(7, 4)), ("tiedLogits", TiedLogits(words)), ("weightNorm", WeightNorm(Dense(4))),
      ("weightNorm.unscaled", WeightNorm(Dense(4), epsilon: 0.01, scaleInit: nil)),
    ]
  }()

  @Test(arguments: attention.indices) func attentionIsFlaxs(index: Int) {
    let (name, module, inputs) = Self.attention[index]
    let row = Self.golden(name)
    let first = inputs(row.numbered("in"))
    compare(row, module.initParams(PRNGKey(0), first)) { params, operands in
      module(params, inputs(operands)).outputs
    }
  }

  @Test(arguments: layers.indices) func layersAreFlaxs(index: Int) {
    let (name, layer) = Self.layers[index]
    let row = Self.golden(name)
    compare(row, layer.initParams(PRNGKey(0), row["in0"])) { params, operands in layer(params, operands[0]) }
  }

  @Test(arguments: ["spectralNorm", "spectralNorm.training"]) func spectralNormIsFlaxs(name: String) {
    let (row, layer) = (Self.golden(name), SpectralNorm(Dense(4), steps: 2))
    let template = layer.initParams(PRNGKey(0), row["in0"])
    let state: Params = ["singularVector": ["kernel": Params(row["state"])]]
    #expect(state.leafPaths == layer.initState(row["in0"]).leafPaths)
    let isTraining = row.has("newState")
    compare(row, template) { params, operands in
      let state = state.mapLeaves { $0.asType(params.leaves[0].dtype) }
      return isTraining
        ? layer.applyInTraining(params, state, operands[0]).output : layer(params, operands[0], state: state)
    }
    if isTraining {
      let params = template.replacingLeaves(with: template.leafPaths.map { row["param." + $0] })
      let (_, next) = layer.applyInTraining(params, state, row["in0"])
      expectClose(next.leaves[0], row["newState"], relativeToLargest: 1e-6)
    }
  }

  @Test func rotaryIsTheFormula() {
    let functions: [(String, (Tensor) -> Tensor)] = [
      ("rotary", { rotary($0) }), ("rotary.neighbours", { rotary($0, pairs: .neighbours) }),
      ("rotary.base", { rotary($0, base: 500) }),
    ]
    for (name, function) in functions {
      compare(Self.golden(name), Params(named: [])) { function($1[0]) }
    }
  }

  @Test func sinusoidsAreTheFormula() {
    for (name, count, features, base) in [("sinusoid", 50, 16, 10_000.0), ("sinusoid.base", 9, 6, 100.0)] {
      let expected = Self.golden(name)["out0"]
      expectClose(
        sinusoidalPositions(count, features, base: base, dtype: .float64), expected, relativeToLargest: 1e-13, name)
      expectClose(sinusoidalPositions(count, features, base: base), expected, relativeToLargest: 1e-5, name)
    }
    expectClose(addSinusoidalPositions(ones([2, 3, 4])), sinusoidalPositions(3, 4) + ones([2, 3, 4]), ulp: 1)
  }

  /// Compares value and gradients in float64, and the value in float32.
  private func compare(
    _ row: GoldenCase, _ template: Params, _ function: @escaping (Params, [Tensor]) -> Tensor
  ) {
    var params = template
    let paths = row.parts.filter { $0.hasPrefix("param.") }.map { String($0.dropFirst("param.".count)) }
    #expect(Set(params.leafPaths) == Set(paths), "\(row)")
    for path in paths { params = params.replacing(path, with: row["param." + path].asType(.float64)) }
    let inputs = row.numbered("in")
    let wide = inputs.map { $0.dtype.isFloating ? $0.asType(.float64) : $0 }
    let (output, pullback) = vjp(
      { (trees: [Params]) in function(trees[0], trees[1].leaves) }, [params, Params(list: wide.map { Params($0) })])
    expectClose(output, row["out0"], relativeToLargest: 1e-12, "\(row)")
    let gradients = pullback(row["cotangent0"].asType(.float64))
    for (path, leaf) in zip(params.leafPaths, gradients[0].leaves) {
      // The gradient of the keys' bias is 0 but for rounding.
      expectClose(leaf, row["paramGrad." + path], relative: 0, absolute: 1e-11, "\(row), \(path)")
    }
    for (index, input) in inputs.enumerated() where input.dtype.isFloating {
      expectClose(gradients[1][index], row["grad\(index)"], relativeToLargest: 1e-11, "\(row), input \(index)")
    }
    let single = function(params.mapLeaves { $0.asType(.float32) }, inputs)
    expectClose(single, row["out0_f32"], relativeToLargest: 1e-5, "\(row), float32")
  }

  // MARK: Beyond values

  @Test func oneByOneWithACacheIsAllAtOnce() {
    let modules = [
      MultiHeadAttention(4, keyValueHeads: 2, isCausal: true, rotaryBase: 10_000),
      MultiHeadAttention(4, isCausal: true),
    ]
    for (module, heads) in zip(modules, [2, 4]) {
      let x = normal(PRNGKey(1), [3, 6, 8])
      let params = module.initParams(PRNGKey(0), AttentionInputs(x))
      let expected = module(params, AttentionInputs(x)).outputs
      let step = jit(module)
      for sizes in [[1, 1, 1, 1, 1, 1], [3, 1, 2], [6]] {
        var (cache, outputs, start) = (KeyValueCache(batch: [3], length: 9, heads: heads, headDim: 2), [Tensor](), 0)
        for size in sizes {
          let result = step(params, AttentionInputs(x[0..., start..<(start + size)], cache: cache))
          outputs.append(result.outputs)
          cache = result.cache!
          start += size
        }
        expectEqual(cache.position, Tensor(Int32(6)))
        expectClose(concatenate(outputs, axis: 1), expected, relativeToLargest: 1e-5, "\(sizes)")
      }
    }
  }

  @Test func aSequenceIsMadeWordByWord() {
    let words = Embedding(11, 8)
    let blocks = (0..<2).map { _ in TransformerBlock(2, isCausal: true, rotaryBase: 100) }
    let norm = LayerNorm()
    let logits = TiedLogits(words)
    let model = Sequential {
      words
      for block in blocks { block }
      norm; logits
    }
    let tokens = Tensor([[3, 1, 4, 1, 5]])
    let params = model.initParams(PRNGKey(0), tokens)
    #expect(params.leaves.count == 1 + 2 * 16 + 2)
    let expected = model(params, tokens)
    #expect(expected.shape == [1, 5, 11])

    // Another network of the same modules.
    let step = parametrized("step") { (token: Tensor, caches: [KeyValueCache]) in
      var (hidden, next) = (words(token), [KeyValueCache]())
      for (block, cache) in zip(blocks, caches) {
        let result = block(AttentionInputs(hidden, cache: cache))
        hidden = result.outputs
        next.append(result.cache!)
      }
      return (logits(norm(hidden)), next)
    }
    var caches = blocks.map { _ in KeyValueCache(batch: [1], length: 5, heads: 2, headDim: 4) }
    for position in 0..<5 {
      let (scores, next) = step.applyFrom([model: params], tokens[0..., position..<(position + 1)], caches, jit: true)
      caches = next
      expectClose(scores, expected[0..., position..<(position + 1)], relativeToLargest: 1e-5, "\(position)")
    }
  }

  @Test func laterPositionsDoNotMatterToEarlierOnes() {
    let module = TransformerBlock(2, isCausal: true)
    let x = normal(PRNGKey(1), [5, 4])
    let params = module.initParams(PRNGKey(0), AttentionInputs(x))
    let changed = concatenate([x[..<3], x[3...] * 7])
    let (a, b) = (module(params, AttentionInputs(x)).outputs, module(params, AttentionInputs(changed)).outputs)
    expectClose(b[..<3], a[..<3], relative: 1e-6, absolute: 1e-6)
    #expect(Double(max(abs(b[4] - a[4]))) > 0.1)
  }

  @Test func rotaryProductsDependOnDistance() {
    let (a, b) = (normal(PRNGKey(0), [1, 1, 8], dtype: .float64), normal(PRNGKey(1), [1, 1, 8], dtype: .float64))
    for pairs in RotaryPairs.allCases {
      func product(_ i: Int, _ j: Int) -> Tensor {
        sum(rotary(a, positions: Tensor([i]), pairs: pairs) * rotary(b, positions: Tensor([j]), pairs: pairs))
      }
      expectClose(product(5, 2), product(13, 10), relative: 1e-10)
      expectClose(product(0, 0), sum(a * b), relative: 1e-12)
    }
  }

  @Test func attentionTakesAnyBatch() {
    func heads(_ seed: Int, _ shape: [Int]) -> Tensor { normal(PRNGKey(seed), shape) }
    let (query, key, value) = (heads(0, [2, 3, 5, 4, 6]), heads(1, [2, 3, 7, 2, 6]), heads(2, [2, 3, 7, 2, 8]))
    let mask = bernoulli(PRNGKey(3), 0.7, [3, 1, 5, 7])
    let all = dotProductAttention(query, key, value, mask: mask, isCausal: true)
    #expect(all.shape == [2, 3, 5, 4, 8])
    for i in 0..<2 {
      for j in 0..<3 {
        let one = dotProductAttention(query[i, j], key[i, j], value[i, j], mask: mask[j], isCausal: true)
        expectClose(all[i, j], one, relativeToLargest: 1e-6, "\(i), \(j)")
      }
    }
    // Each query looks at one key, with half of the weight.
    let halved = dotProductAttention(query, key, value) { $0 * 0.5 }
    expectClose(halved * 2, dotProductAttention(query, key, value), relativeToLargest: 1e-6)
    let first = dotProductAttention(query, key, value) { weights in
      oneHot(zeros(weights.shape.dropLast(), dtype: .int32), 7)
    }
    expectClose(first[0, 0, 0, 0], value[0, 0, 0, 0], relativeToLargest: 1e-6)
    expectClose(first[1, 2, 4, 3], value[1, 2, 0, 1], relativeToLargest: 1e-6)
  }

  @Test func whatMayNotBeSeenDoesNotMatter() {
    let module = MultiHeadAttention(2)
    let (x, mask) = (normal(PRNGKey(1), [4, 6]), Tensor([true, true, true, false]))
    let params = module.initParams(PRNGKey(0), AttentionInputs(x))
    let masked = module(params, AttentionInputs(x, mask: mask)).outputs
    let shorter = module(params, AttentionInputs(x, keys: x[..<3])).outputs
    expectClose(masked, shorter, relative: 1e-5, absolute: 1e-6)
    // Seeing nothing is seeing the mean of everything.
    let nothing = module(params, AttentionInputs(x, mask: Tensor([false, false, false, false]))).outputs
    #expect(Bool(all(isFinite(nothing))))
    let gradient = grad { (p: Params) in
      sum(module(p, AttentionInputs(x, mask: Tensor([false, false, false, false]))).outputs)
    }(params)
    #expect(gradient.leaves.allSatisfy { Bool(all(isFinite($0))) })
  }

  @Test func weightsAreDroppedWithAKey() {
    let module = MultiHeadAttention(2, dropout: 0.5)
    let x = normal(PRNGKey(1), [4, 6])
    let params = module.initParams(PRNGKey(0), AttentionInputs(x))
    let plain = MultiHeadAttention(2)(params, AttentionInputs(x)).outputs
    expectEqual(module(params, AttentionInputs(x)).outputs, plain)
    let dropped = module(params, AttentionInputs(x), key: PRNGKey(3)).outputs
    #expect(dropped.array(of: Float.self) != plain.array(of: Float.self))
    expectEqual(module(params, AttentionInputs(x), key: PRNGKey(3)).outputs, dropped)
  }

  @Test func lengthsOfWeightsArePlacedByPath() {
    let net = WeightNorm(
      Sequential {
        Dense(4); relu; Dense(2)
      })
    let x = normal(PRNGKey(1), [3, 5])
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.scale.layers[2].kernel.tensor.shape == [2])
    #expect(params.leaves.count == 6)
    let weights = params.model.layers[0].kernel.tensor
    let inner = Sequential {
      Dense(4); relu; Dense(2)
    }
    var unit = params.model
    for index in [0, 2] {
      let kernel: Tensor = params.model.layers[index].kernel
      unit = unit.replacing("layers[\(index)].kernel", with: kernel / norm(kernel))
    }
    expectClose(net(params, x), inner(unit, x), relative: 1e-5, absolute: 1e-6)
    // Longer weights change nothing, longer lengths do.
    let longer = params.replacing("model.layers[0].kernel", with: weights * 3)
    expectClose(net(longer, x), net(params, x), relative: 1e-5, absolute: 1e-6)
    expectClose(jit(net)(params, x), net(params, x), relative: 1e-5, absolute: 1e-6)
  }

  @Test func theLargestSingularValueIsOne() {
    let net = SpectralNorm(Dense(3, biasInit: nil))
    let params: Params = ["model": ["kernel": Params(Tensor([[3.0, 0.0, 0.0], [0.0, -5.0, 0.0]]))]]
    let expected = Tensor([[0.6, 0.0, 0.0], [0.0, -1.0, 0.0]])
    // A step in each call; what calls in training leave makes the next one better.
    var state = net.initState(eye(2))
    let first = net(params, eye(2), state: state)
    for _ in 0..<100 { (_, state) = net.applyInTraining(params, state, eye(2)) }
    #expect(Double(max(abs(first - expected))) > 1e-3)
    expectClose(net(params, eye(2), state: state), expected, relative: 1e-5, absolute: 1e-6)
    expectClose(abs(state.singularVector.kernel.tensor), Tensor([[0.0, 1.0, 0.0]]), relative: 1e-5, absolute: 1e-6)
    let zero: Params = ["model": ["kernel": Params(zeros([2, 3]))]]
    expectEqual(net(zero, eye(2), state: state), zeros([2, 3]))
  }

  @Test func singularVectorsHaveTheirPlacesByPath() {
    let layer = Dense(3)
    let net = SpectralNorm(
      Sequential {
        layer; relu; layer; Conv1D(2, 1)
      })
    let x = normal(PRNGKey(1), [2, 4, 3])
    let (params, state) = (net.initParams(PRNGKey(0), x), net.initState(x, key: PRNGKey(5)))
    let paths = ["singularVector.layers[0].kernel", "singularVector.layers[3].kernel"]
    #expect(state.leafPaths == paths && state.leaves.map(\.shape) == [[1, 3], [1, 2]])
    let step = jit { (params: Params, state: Params, x: Tensor) in net.applyInTraining(params, state, x) }
    let (output, next) = net.applyInTraining(params, state, x)
    let (compiled, compiledNext) = step(params, state, x)
    expectClose(compiled, output, relativeToLargest: 1e-6)
    for (a, b) in zip(compiledNext.leaves, next.leaves) { expectClose(a, b, relativeToLargest: 1e-6) }
    #expect(zip(next.leaves, state.leaves).allSatisfy { $0.array(of: Float.self) != $1.array(of: Float.self) })
    // Without weights to normalize there is no state.
    let plain = SpectralNorm(Dense(2, kernelInit: ones()), names: [])
    #expect(plain.initState(x).leaves.isEmpty)
    expectEqual(plain(plain.initParams(PRNGKey(0), x), x), Dense(2)(plain.initParams(PRNGKey(0), x).model, x))
  }

  @Test func spectralNormTrainsBesideOtherState() {
    let critic = SpectralNorm(
      Sequential {
        Dense(8); BatchNorm(momentum: 0.9); tanh; Dense(1)
      })
    let loss = parametrized("loss") { (x: Tensor, y: Tensor) in mean(square(critic(x) - y)) }
    let (x, y) = (normal(PRNGKey(1), [16, 4]), normal(PRNGKey(2), [16, 1]))
    let optimizer = Adam(0.02)
    var (training, state) = (optimizer.initialize(loss.initParams(PRNGKey(0), x, y)), loss.initState(x, y))
    #expect(
      state.spectralNorm.leafPaths == [
        "model.layers[1].mean", "model.layers[1].variance", "singularVector.layers[0].kernel",
        "singularVector.layers[3].kernel",
      ])
    var losses: [Double] = []
    for _ in 0..<30 {
      let update = optimizer.updateInTraining(loss, training, state, x, y, jit: true)
      (training, state) = (update.state, update.moduleState)
      losses.append(Double(update.loss))
    }
    #expect(losses.last! < 0.8 * losses[0])
    // By then the vectors are those of the largest singular values: more steps say the same.
    let params = optimizer.params(of: training).spectralNorm.model
    for (index, path) in ["layers[0].kernel", "layers[3].kernel"].enumerated() {
      let (weight, vector) = (params[path: path].tensor, state.spectralNorm.singularVector.leaves[index])
      let value = spectralNormalized(weight, start: vector).singularValue
      expectClose(value, svd(weight).s[0], relative: 1e-2, path)
    }
  }

  @Test func spectralNormWithoutStateStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = SpectralNorm(Dense(2))
      print(net(net.initParams(PRNGKey(0), ones([2, 3])), ones([2, 3])))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains("the module keeps the state `kernel`, but the call was given none")
        && output.contains("spectralNorm.initState(inputs)"), "\(output.prefix(1000))")
  }

  @Test func combinators() {
    let x = normal(PRNGKey(1), [2, 3])
    let residual = Residual {
      Dense(3); tanh
    }
    let params = residual.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["layers[0].kernel", "layers[0].bias"])
    expectEqual(residual(params, x), x + tanh(Dense(3)(params.layers[0], x)))
    let wider = Residual(shortcut: Dense(5, biasInit: nil)) { Dense(5) }
    let wide = wider.initParams(PRNGKey(0), x)
    #expect(wide.leafPaths == ["layers[0].kernel", "layers[0].bias", "shortcut.kernel"])
    expectEqual(wider(wide, x), dot(x, wide.shortcut.kernel.tensor) + Dense(5)(wide.layers[0], x))

    let fanOut = FanOut {
      Dense(2); tanh
    }
    let out = fanOut.initParams(PRNGKey(0), x)
    let results = fanOut(out, x)
    expectEqual(results[0], Dense(2)(out.layers[0], x))
    expectEqual(results[1], tanh(x))

    let parallel = Parallel {
      Dense(2); relu
    }
    let both = parallel.initParams(PRNGKey(0), [x, x])
    expectEqual(parallel(both, [x, x * 2])[1], relu(x * 2))
    expectEqual(parallel(both, [x, x])[0], Dense(2)(both.layers[0], x))

    let sums = Sequential {
      Branches {
        Dense(3); tanh
      }
      Branches({ concatenate($0, axis: -1) }) {
        Dense(2); relu
      }
    }
    let net = sums.initParams(PRNGKey(0), x)
    let hidden = Dense(3)(net.layers[0].layers[0], x) + tanh(x)
    expectClose(
      sums(net, x), concatenate([Dense(2)(net.layers[1].layers[0], hidden), relu(hidden)], axis: -1), relative: 1e-6)
  }

  @Test func wrongNumbersOfHeads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MultiHeadAttention(3).initParams(PRNGKey(0), AttentionInputs(ones([2, 4])))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        """
        MultiHeadAttention: 4 features do not divide into 3 heads
          operands: float32[2, 4]
          in: attention
          hint: give the features of a head as `headDim`
        """), "\(output.prefix(1000))")
  }
}

private func norm(_ x: Tensor) -> Tensor { sqrt(sum(square(x), axes: [0])) }
