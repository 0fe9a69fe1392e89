import JAXnet
import TestSupport
import Testing

/// Modules under transformations, and transformations within modules.
@Suite struct TransformationTests {
  let net = Sequential {
    Dense(4); tanh; Dense(2)
  }
  let x = normal(PRNGKey(9), [3, 5])

  var loss: Parametrized<Tensor, Tensor, Tensor> {
    parametrized("loss") { [net] (x: Tensor, y: Tensor) in mean(square(net(x) - y)) }
  }

  @Test func gradientsAreThoseOfAPlainFunction() {
    let (loss, y) = (loss, ones([3, 2]))
    let params = loss.initParams(PRNGKey(0), x, y)
    let plain = valueAndGrad { (p: [Tensor], x: Tensor, y: Tensor) in
      mean(square(dot(tanh(dot(x, p[0]) + p[1]), p[2]) + p[3] - y))
    }(params.leaves, x, y)
    let results = [
      valueAndGrad(loss)(params, x, y), jit(valueAndGrad(loss))(params, x, y), valueAndGrad(jit(loss))(params, x, y),
      (loss(params, x, y), grad(loss)(params, x, y)), (loss(params, x, y), jit(grad(loss))(params, x, y)),
      (jit(loss)(params, x, y), grad(jit(loss))(params, x, y)),
    ]
    for (value, gradient) in results {
      expectClose(value, plain.value, relative: 1e-6)
      #expect(gradient.leafPaths == params.leafPaths)
      for (a, b) in zip(gradient.leaves, plain.gradient) { expectClose(a, b, relative: 1e-5, absolute: 1e-7) }
    }
  }

  @Test func examplesOneByOne() {
    let (loss, y) = (loss, ones([3, 2]))
    let params = loss.initParams(PRNGKey(0), x, y)
    let gradients = vmap(grad(loss))(params, x, y)
    let compiled = jit(vmap(grad(loss)))(params, x, y)
    for index in 0..<3 {
      let one = grad(loss)(params, x[index], y[index])
      for (a, (b, c)) in zip(one.leaves, zip(gradients.leaves, compiled.leaves)) {
        expectClose(b[index], a, relative: 1e-5, absolute: 1e-7)
        expectClose(c[index], a, relative: 1e-5, absolute: 1e-7)
      }
    }
    expectClose(vmap(loss, inAxes: [0, nil])(params, x, y[0]), vmap(loss)(params, x, y), relative: 1e-6)
    let columns = vmap(net, inAxes: [1], outAxes: [1])
    expectClose(columns(params.sequential, x.T), net(params.sequential, x).T, relative: 1e-5)
  }

  @Test func manySetsOfParameters() {
    let many = vmap { [net, x] (key: PRNGKey) in net.initParams(key, x) }(split(PRNGKey(0), shape: [6]))
    let outputs = vmap({ [net] (p: Params, x: Tensor) in net(p, x) }, inAxes: [0, nil])(many, x)
    #expect(outputs.shape == [6, 3, 2])
    expectClose(outputs[2], net(many.mapLeaves { $0[2] }, x), relative: 1e-5, absolute: 1e-6)
  }

  @Test func higherDerivatives() {
    let scale = parametrized("scale") { (x: Tensor) in sum(x * x * x * parameter("s", [], ones())) }
    let params = scale.initParams(PRNGKey(0), ones([2]))
    // By inputs, within a module of which the derivative by parameters is taken.
    let penalty = parametrized("penalty") { (x: Tensor) in sum(square(grad { (x: Tensor) in scale(x) }(x))) }
    let around = Params(named: [("scale", params)])
    // d/ds Σ (3 s x²)² = 18 s Σ x⁴
    expectClose(grad(penalty)(around, Tensor([1.0, 2.0])).scale.s, Tensor(18.0 * 17), relative: 1e-6)
    expectClose(jit(grad(penalty))(around, Tensor([1.0, 2.0])).scale.s, Tensor(18.0 * 17), relative: 1e-6)
  }

  @Test func cellsInLoops() {
    let cell = parametrized("cell") { (carry: Tensor, x: Tensor) in tanh(Dense(4)(concatenate([carry, x], axis: -1))) }
    let rnn = parametrized("rnn") { (xs: Tensor) in
      scan(zeros([4]), xs) { carry, x in
        let next = cell(carry, x)
        return (next, sum(next))
      }.ys
    }
    let xs = normal(PRNGKey(1), [6, 3])
    let params = rnn.initParams(PRNGKey(0), xs)
    #expect(params.leafPaths == ["cell.dense.kernel", "cell.dense.bias"])
    #expect(params.cell.dense.kernel.tensor.shape == [7, 4])
    func unrolled(_ params: Params, _ xs: Tensor) -> Tensor {
      var (carry, sums) = (zeros([4]), [Tensor]())
      for index in 0..<6 {
        carry = cell(params.cell, carry, xs[index])
        sums.append(sum(carry))
      }
      return stack(sums)
    }
    expectClose(rnn(params, xs), unrolled(params, xs), relative: 1e-5, absolute: 1e-6)
    expectClose(jit(rnn)(params, xs), unrolled(params, xs), relative: 1e-5, absolute: 1e-6)
    let loss = parametrized("loss") { (xs: Tensor) in sum(rnn(xs)) }
    let gradient = grad(loss)(Params(named: [("rnn", params)]), xs)
    let expected = grad { (p: Params) in sum(unrolled(p, xs)) }(params)
    for (a, b) in zip(gradient.leaves, expected.leaves) { expectClose(a, b, relative: 1e-4, absolute: 1e-5) }
    let batched = vmap(rnn)(params, stack([xs, xs * 2]))
    expectClose(batched[1], unrolled(params, xs * 2), relative: 1e-5, absolute: 1e-6)
  }

  @Test func modulesInBranches() {
    let (a, b) = (
      Dense(2),
      Sequential {
        Dense(3); Dense(2)
      }
    )
    let choice = parametrized("choice") { (flag: Tensor, x: Tensor) in
      cond(flag, x, then: { a($0) }, else: { b($0) })
    }
    let params = choice.initParams(PRNGKey(0), Tensor(true), x)
    #expect(params.leaves.count == 6)
    expectClose(choice(params, Tensor(true), x), a(params.dense, x), relative: 1e-6)
    expectClose(choice(params, Tensor(false), x), b(params.sequential, x), relative: 1e-6)
  }

  @Test func randomKeysAreArguments() {
    let noise = parametrized("noise") { (x: Tensor) in x + normal(randomKey(), x.shape) * normal(randomKey(), []) }
    let params = noise.initParams(PRNGKey(0), x)
    let key = PRNGKey(5)
    let expected = x + normal(foldIn(key, 0), x.shape) * normal(foldIn(key, 1), [])
    expectEqual(noise(params, x, key: key), expected)
    expectClose(jit(noise)(params, x, key: key), expected, relative: 1e-6)
    let outer = parametrized("outer") { (x: Tensor) in noise(noise(x)) - noise(x, key: PRNGKey(7)) }
    let second = parametrized("second") { (x: Tensor) in
      _ = (randomKey(), randomKey())
      return noise(x)
    }
    let once = noise(params, x, key: key)
    expectEqual(
      outer(Params(named: []), x, key: key),
      second(Params(named: []), once, key: key) - noise(params, x, key: PRNGKey(7)))
  }

  @Test func graphsAndShapes() {
    let params = net.initParams(PRNGKey(0), x)
    #expect(evalShape(net)(params, x).shape == [3, 2])
    let graph = makeGraph(net)(params, x)
    #expect(graph.inputTypes.map(\.shape) == [[5, 4], [4], [4, 2], [2], [3, 5]])
    #expect(graph.outputTypes.map(\.shape) == [[3, 2]])
  }

  @Test func treesAsInputsAndResults() {
    let module = parametrized("module") { (parts: [String: Tensor], rest: [Tensor]) in
      ["sum": Dense(2)(parts["a"]! + rest[0]), "rest": rest[1]]
    }
    let (parts, rest) = (["a": x, "b": x], [x, ones([])])
    let params = module.initParams(PRNGKey(0), parts, rest)
    #expect(jit(module)(params, parts, rest)["sum"]!.shape == [3, 2])
  }
}
