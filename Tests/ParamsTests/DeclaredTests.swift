import JAXnet
import TestSupport
import Testing

/// Modules that declare their parameters and submodules.
@Suite struct DeclaredTests {
  let x = ones([2, 3])

  func declaredDense(_ outDim: Int) -> Layer {
    parametrized(
      "dense",
      (
        kernel: Param(glorot()) { [$0.shape.last!, outDim] },
        bias: Param(randn(), shape: [outDim])
      )
    ) { p, inputs in
      dot(inputs, p.kernel()) + p.bias()
    }
  }

  @Test func parametersAreThoseOfTheOtherStyle() {
    let (declared, inline) = (declaredDense(4), Dense(4))
    let params = declared.initParams(PRNGKey(0), x)
    let same = inline.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == same.leafPaths)
    for (a, b) in zip(params.leaves, same.leaves) { expectEqual(a, b) }
    expectEqual(declared(params, x), inline(same, x))
  }

  @Test func labelsNameSubmodulesInAnyNesting() {
    let encode = parametrized(
      "encode",
      (
        net: Sequential {
          Dense(5); relu
        },
        means: Dense(2),
        heads: [declaredDense(3), declaredDense(4)],
        byName: ["b": Dense(1), "a": Dense(2)],
        pair: (Dense(6), Dense(7)),
        factor: 2.0
      )
    ) { (p, x: Tensor) in
      let hidden = p.net(x)
      let heads = (p.heads[0](hidden), p.heads[1](hidden))
      return (p.means(hidden) * p.factor, heads.0, heads.1, p.byName["a"]!(hidden), p.pair.1(hidden))
    }
    let params = encode.initParams(PRNGKey(0), x)
    #expect(params.names == ["net", "means", "heads", "byName", "pair"])
    #expect(params.byName.names == ["a"])
    #expect(params.pair[1].kernel.tensor.shape == [5, 7])
    #expect(params.heads[1].kernel.tensor.shape == [5, 4])
    let results = encode(params, x)
    expectEqual(
      results.2,
      declaredDense(4)(
        params.heads[1],
        Sequential {
          Dense(5); relu
        }(params.net, x)))

    // From outside, the same names reach the modules.
    #expect(encode.net is Layer)
    #expect(encode.net.layers[0] == encode.submodule("net.layers[0]"))
    let head = encode.heads[1] as! Layer
    expectEqual(head(params.heads[1], zeros([1, 5])), params.heads[1].bias.tensor[.newAxis])
    let given = encode.initParams(PRNGKey(1), x, reuse: [encode.heads: params.heads, encode.pair[1]: params.pair[1]])
    #expect(given.heads === params.heads)
    #expect(given.pair[1] === params.pair[1])
    #expect(given.net !== params.net)
  }

  @Test func aStructDeclaresToo() {
    struct Parts {
      let encoder: Layer
      let scale = Param(ones(), shape: [])
    }
    let module = parametrized("model", Parts(encoder: Dense(4))) { (p, x: Tensor) in p.encoder(x) * p.scale() }
    #expect(module.initParams(PRNGKey(0), x).leafPaths == ["encoder.kernel", "encoder.bias", "scale"])
    #expect(module.encoder is Layer)
  }

  @Test func aListWithoutALabelIsTheTree() {
    let module = parametrized("chain", [Dense(4), Dense(5)]) { (layers, x: Tensor) in layers.reduce(x) { $1($0) } }
    let params = module.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["[0].kernel", "[0].bias", "[1].kernel", "[1].bias"])
    #expect(module(params, x).shape == [2, 5])
    #expect(params[1].bias.tensor.shape == [5])
  }

  @Test func aParameterIsSharedByItsObject() {
    let kernel = Param(glorot(), shape: [3, 3])
    let a = parametrized("a", (w: kernel, b: Param(zeros(), shape: [3]))) { p, x in dot(x, p.w()) + p.b() } as Layer
    let b = parametrized("b", (w: kernel, s: Param(ones(), shape: []))) { p, x in dot(x, p.w().T) * p.s() } as Layer
    let both = Sequential {
      a; b
    }
    let params = both.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["layers[0].w", "layers[0].b", "layers[1].s"])
    #expect(params.layers[1].w.tensor === params.layers[0].w.tensor)
    // In a body that does not declare it, too.
    let user = parametrized("user") { (x: Tensor) in dot(a(x), kernel()) }
    #expect(user.initParams(PRNGKey(0), x).leafPaths == ["a.w", "a.b"])
  }

  @Test func bothStylesInOneModule() {
    let module = parametrized("mixed", (dense: Dense(4), other: 1)) { (p, x: Tensor) in
      let hidden = p.dense(x) + parameter("offset", [4], zeros())
      return Dense(5)(hidden)
    }
    // The declared name is taken, so that the other module gets a number.
    let params = module.initParams(PRNGKey(0), x)
    #expect(params.names == ["dense", "offset", "dense0"])
    #expect(module(params, x).shape == [2, 5])
  }
}
