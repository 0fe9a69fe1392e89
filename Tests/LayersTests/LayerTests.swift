import JAXnet
import TestSupport
import Testing

/// Layers, each by what it computes.
@Suite struct LayerTests {
  @Test func dense() {
    let layer = Dense(2)
    let params: Params = [
      "kernel": Params(Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])), "bias": Params(Tensor([0.5, -1.0])),
    ]
    expectEqual(layer(params, Tensor([[1.0, 0.0, 2.0]])), Tensor([[11.5, 13.0]]))
    expectEqual(layer(params, Tensor([1.0, 0.0, 2.0])), Tensor([11.5, 13.0]))
    #expect(layer(params, zeros([4, 5, 3])).shape == [4, 5, 2])
    #expect(Dense(2, biasInit: nil).initParams(PRNGKey(0), zeros([1, 3])).names == ["kernel"])
  }

  @Test func sequentialForms() {
    let x = ones([2, 3])
    let (a, b) = (Dense(4), Dense(5))
    let forms = [
      Sequential {
        a; b
      }, Sequential(a, b), Sequential([a, b]),
    ]
    let results = forms.map { $0($0.initParams(PRNGKey(0), x), x) }
    for result in results { expectEqual(result, results[0]) }

    let isDeep = true
    let deep = Sequential {
      for width in [4, 5] {
        Dense(width)
        relu
      }
      if isDeep { Dense(6) } else { tanh }
      [a, b]
      { $0 * 2 }
    }
    let params = deep.initParams(PRNGKey(0), x)
    #expect(params.layers.count == 8)
    #expect(params.layers[4].bias.tensor.shape == [6])
    #expect(deep(params, x).shape == [2, 5])
    let nothing = Sequential {}
    expectEqual(nothing(nothing.initParams(PRNGKey(0), x), x), x)
  }

  @Test func dropout() {
    let net = Sequential { Dropout(0.25) }
    let x = ones([100, 100])
    let params = net.initParams(PRNGKey(0), x)
    expectEqual(net(params, x), x)
    let dropped = net(params, x, key: PRNGKey(1))
    let values = Set(dropped.array(of: Float.self))
    #expect(values == [0, 1 / 0.75])
    expectClose(mean(dropped), Tensor(1.0), relative: 0.03)
    expectEqual(net(params, x, key: PRNGKey(1)), dropped)
    #expect(net(params, x, key: PRNGKey(2)).array(of: Float.self) != dropped.array(of: Float.self))
    // Compiled, the key is an argument.
    let compiled = jit(net)
    expectEqual(compiled(params, x, key: PRNGKey(1)), dropped)
    expectEqual(compiled(params, x, key: PRNGKey(2)), net(params, x, key: PRNGKey(2)))
    expectEqual(compiled(params, x), x)
    // What is dropped has no gradient.
    expectEqual(grad { (x: Tensor) in sum(net(params, x, key: PRNGKey(1))) }(x), dropped)
    expectEqual(Dropout(0)(params, x, key: PRNGKey(0)), x)
  }

  @Test func eachExampleOfABatchHasAKeyOfItsOwn() {
    let net = Dropout(0.5)
    let outputs = vmap(net)(Params(named: []), ones([2, 50]), key: PRNGKey(0))
    #expect(outputs[0].array(of: Float.self) != outputs[1].array(of: Float.self))
    expectEqual(outputs[1], net(Params(named: []), ones([50]), key: split(PRNGKey(0), 2)[1]))
  }

  @Test func layerNorm() {
    let x = normal(PRNGKey(0), [4, 5]) * 3 + 2
    let layer = LayerNorm()
    let params = layer.initParams(PRNGKey(0), x)
    #expect(params.names == ["scale", "bias"] && params.scale.tensor.shape == [5])
    let outputs = layer(params, x)
    expectClose(mean(outputs, axis: 1), zeros([4]), relative: 0, absolute: 1e-5)
    expectClose(std(outputs, axes: [1]), ones([4]), relative: 1e-4)
    let changed = params.replacing("scale", with: arange(5).asType(.float32)).replacing("bias", with: ones([5]))
    expectClose(layer(changed, x), outputs * arange(5) + 1, relative: 1e-6, absolute: 1e-6)
    let plain = LayerNorm(axes: [0, 1], scaleInit: nil, biasInit: nil)
    expectClose(plain(plain.initParams(PRNGKey(0), x), x), standardize(x, axes: nil, epsilon: 1e-6), ulp: 0)
  }

  /// In float32 the squares of these numbers say nothing of their differences.
  @Test func closeNumbersFarFromZeroAreStandardized() {
    let x = Tensor([[20_000.0, 20_000.5, 20_001.5, 20_004.0], [-3000.25, -3000.0, -3000.0, -2999.75]])
    let wide = x.asType(.float64)
    let centered = wide - mean(wide, axis: 1, keepDims: true)
    let expected = centered / sqrt(mean(square(centered), axis: 1, keepDims: true) + 1e-6)
    let layers = [
      ("LayerNorm", LayerNorm(scaleInit: nil, biasInit: nil)),
      ("GroupNorm", GroupNorm(1, scaleInit: nil, biasInit: nil)),
    ]
    for (name, layer) in layers {
      expectClose(layer([:], x), expected, relative: 1e-6, absolute: 1e-6, name)
      expectClose(jit(layer)([:], x), expected, relative: 1e-6, absolute: 1e-6, "\(name), compiled")
    }
    // All derivatives are those of the variance.
    checkGrads("LayerNorm", order: 3, tolerance: 1e-4, [normal(PRNGKey(0), [2, 5], dtype: .float64)]) { x in
      [LayerNorm(scaleInit: nil, biasInit: nil)([:], x[0])]
    }
  }
}
