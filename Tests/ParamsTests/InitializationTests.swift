import JAXnet
import TestSupport
import Testing

/// How `initParams` finds, names and makes parameters.
@Suite struct InitializationTests {
  let x = zeros([2, 3])

  @Test func namesAndShapes() {
    let net = Sequential {
      Dense(4); relu; Dense(5); softmax
    }
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["layers[0].kernel", "layers[0].bias", "layers[2].kernel", "layers[2].bias"])
    #expect(params.leaves.map(\.shape) == [[3, 4], [4], [4, 5], [5]])
    #expect(params.layers.count == 4)
    #expect(params.layers[1].leaves.isEmpty)
    #expect(
      params.description == """
        layers
          [0]
            kernel: float32[3, 4]
            bias: float32[4]
          [2]
            kernel: float32[4, 5]
            bias: float32[5]
        """)
  }

  @Test func modulesMadeWhereTheyAreUsedAreNumberedWhereNamesClash() {
    let encode = parametrized("encode") { (images: Tensor) in
      let hidden = Sequential {
        Dense(512); relu
      }(images)
      return (
        Dense(10)(hidden),
        Sequential {
          Dense(10); softplus
        }(hidden)
      )
    }
    let params = encode.initParams(PRNGKey(0), x)
    #expect(params.names == ["sequential0", "dense", "sequential1"])
    let (means, variances) = encode(params, x)
    #expect(means.shape == [2, 10] && variances.shape == [2, 10])
  }

  @Test func eachParameterHasAKeyByItsPosition() {
    let key = PRNGKey(7)
    let params = Sequential {
      Dense(4); Dense(5)
    }.initParams(key, x)
    let longer = Sequential {
      Dense(4); Dense(5); Dense(6)
    }.initParams(key, x)
    for (index, leaf) in params.leaves.enumerated() { expectEqual(longer.leaves[index], leaf) }
    expectEqual(params.layers[0].kernel, glorot()(foldIn(key, 0), [3, 4]))
    expectEqual(params.layers[1].bias, randn()(foldIn(key, 3), [5]))
  }

  @Test func theNetworkIsNotRun() {
    // A network that would take terabytes and days.
    let huge = parametrized("huge") { (x: Tensor) in
      let wide = dot(x, ones([1 << 20, 1 << 20]))
      return sum(wide) + parameter("bias", [2], zeros())
    }
    expectEqual(huge.initParams(PRNGKey(0), zeros([1 << 20, 1 << 20])).bias, zeros([2]))
  }

  @Test func shapesMayHaveMoreElementsThanAnIntegerCounts() {
    let net = Sequential {
      Embedding(10, 4); TransformerBlock(2, isCausal: true); Dense(3)
    }
    let inputs = zeros([], dtype: .int32).broadcast(to: [1 << 40, 1 << 20])
    let params = net.initParams(PRNGKey(0), inputs)
    for (a, b) in zip(params.leaves, net.initParams(PRNGKey(0), zeros([1, 2], dtype: .int32)).leaves) {
      expectEqual(a, b)
    }
    #expect(evalShape(net)(params, inputs).shape == [1 << 40, 1 << 20, 3])
    #expect(net.summary(inputs).rows[0].operationCount == .max)
  }

  @Test func progressIsTold() {
    let base = Dense(4)
    let net = Sequential {
      base; Dense(5)
    }
    var calls: [[Int]] = []
    let params = net.initParams(PRNGKey(0), x) { calls.append([$0, $1]) }
    #expect(calls == [[48, 164], [64, 164], [144, 164], [164, 164]])
    // What is taken over need not be made.
    calls = []
    let again = net.initParams(PRNGKey(0), x, reuse: [base: params.layers[0]]) { calls.append([$0, $1]) }
    #expect(calls == [[80, 100], [100, 100]])
    expectEqual(again.layers[1].bias, params.layers[1].bias)
  }

  @Test func initializersDecideTheElementType() {
    let net = Dense(2, kernelInit: glorot(dtype: .bfloat16), biasInit: zeros(dtype: .float64))
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.leaves.map(\.dtype) == [.bfloat16, .float64])
    let weak = parametrized { (x: Tensor) in x * parameter("scale", []) { _, _ in 2 } }
    #expect(weak.initParams(PRNGKey(0), x).leaves[0].type == TensorType(.int32))
  }

  @Test func worksInsideTransformations() {
    let net = Sequential {
      Dense(4); tanh; Dense(2)
    }
    let params = net.initParams(PRNGKey(3), x)
    let inJit = jit { (key: PRNGKey, x: Tensor) in net.initParams(key, x) }(PRNGKey(3), x)
    #expect(inJit.leafPaths == params.leafPaths)
    for (a, b) in zip(inJit.leaves, params.leaves) { expectEqual(a, b) }
    let keys = split(PRNGKey(3), shape: [5])
    let many = vmap { (key: PRNGKey) in net.initParams(key, x) }(keys)
    #expect(many.layers[0].kernel.tensor.shape == [5, 3, 4])
    expectEqual(many.layers[2].kernel.tensor[4], net.initParams(keys[4], x).layers[2].kernel)
  }

  @Test func modulesWithinTransformationsOfABodyHaveTheirParametersOutside() {
    let dense = Dense(4)
    let perExample = parametrized("perExample") { (xs: Tensor) in vmap { (x: Tensor) in dense(x) }(xs) }
    let slope = parametrized("slope") { (x: Tensor) in grad { (x: Tensor) in sum(dense(x)) }(x) }
    let compiled = parametrized("compiled") { (x: Tensor) in jit { (x: Tensor) in dense(x) }(x) }
    for module in [perExample, slope, compiled] {
      let params = module.initParams(PRNGKey(0), x)
      #expect(params.leafPaths == ["dense.kernel", "dense.bias"])
      #expect(params.dense.kernel.tensor.shape == [3, 4])
    }
    let params = perExample.initParams(PRNGKey(0), ones([2, 3]))
    expectClose(perExample(params, ones([2, 3])), dense(params.dense, ones([2, 3])), ulp: 4)
  }

  @Test func noInputs() {
    let scale = parametrized("scale") { parameter("scale", [2], ones()) * 3 }
    expectEqual(scale(scale.initParams(PRNGKey(0))), full([2], 3))
  }

  @Test func aSharedModuleHasOneSetOfParameters() {
    let layer = Sequential {
      Dense(3); relu
    }
    let twice = Sequential {
      layer; layer
    }
    let params = twice.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["layers[0].layers[0].kernel", "layers[0].layers[0].bias"])
    #expect(params.layers[0] === params.layers[1])
    #expect(
      params.description == """
        layers
          [0]
            layers
              [0]
                kernel: float32[3, 3]
                bias: float32[3]
          [1]
            layers
              [0]
                kernel = layers[0].layers[0].kernel
                bias = layers[0].layers[0].bias
        """)
    let byHand = parametrized("byHand") { (x: Tensor) in layer(layer(x)) }
    let same = byHand.initParams(PRNGKey(0), x)
    #expect(same.leafPaths == ["sequential.layers[0].kernel", "sequential.layers[0].bias"])
    expectEqual(twice(params, ones([2, 3])), byHand(same, ones([2, 3])))
  }

  @Test func sharingReachesAcrossModules() {
    let dense = Dense(3)
    let net = Sequential {
      Sequential {
        dense; relu
      }; Dense(3);
      Sequential {
        relu; dense
      }
    }
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.leaves.count == 4)
    #expect(params.layers[0].layers[0] === params.layers[2].layers[1])
    // The gradient has both uses, and the same structure.
    let gradient = grad { (p: Params, x: Tensor) in sum(net(p, x)) }(params, ones([2, 3]))
    #expect(gradient.leafPaths == params.leafPaths)
    #expect(gradient.layers[0].layers[0] === gradient.layers[2].layers[1])
  }

  @Test func aModuleMayCallItself() {
    let twiceAsDeep = Recursive()
    let params = twiceAsDeep.module.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["kernel"])
    let kernel: Tensor = params.kernel
    expectEqual(twiceAsDeep.module(params, ones([2, 3])), dot(dot(dot(ones([2, 3]), kernel), kernel), kernel))
  }
}

/// A module whose body calls the module itself, once for each dimension to add.
private final class Recursive: Sendable {
  private static let shared: Layer = parametrized("tree") { x in
    let y = dot(x, parameter("kernel", [3, 3], glorot()))
    return x.rank < 4 ? shared(y.expandingDims(0)).squeezed([0]) : y
  }
  var module: Layer { Self.shared }
}
