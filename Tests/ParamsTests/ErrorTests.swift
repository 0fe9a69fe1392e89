import JAXnet
import Testing

/// What a program is told that uses modules wrongly: the whole text.
@Suite struct ErrorTests {
  @Test func aModuleOutsideOfAnyModule() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Dense(2)(ones([2, 3]))
    }
    expect(
      result,
      """
      dense: the module was called without parameters, outside of any module
        hint: call dense(params, inputs), with params from dense.initParams(key, inputs)
      """)
  }

  @Test func aRandomKeyWithoutOneForTheCall() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let noise = parametrized("noise") { (x: Tensor) in x + normal(randomKey(), x.shape) }
      let net = Sequential {
        Dense(2); noise
      }
      _ = net(net.initParams(PRNGKey(0), ones([2, 3])), ones([2, 3]))
    }
    expect(
      result,
      """
      randomKey: the call was given no random key
        in: sequential.layers[1].noise
        hint: pass one: sequential(params, inputs, key: key)
      """)
  }

  @Test func aMissingPart() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let params: Params = ["layers": [["kernel": Params(ones([2])), "bias": Params(ones([2]))]]]
      print(params.layers[0].weights)
    }
    expect(result, "Params: there is no `weights`; there is: `kernel`, `bias`\n")
  }

  @Test func aMissingPartOfAPath() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let params: Params = ["layers": [["kernel": Params(ones([2])), "bias": Params(ones([2]))]]]
      print(params[path: "layers[1].kernel"])
    }
    expect(
      result, "Params: there is no entry [1] of the path \"layers[1].kernel\"; there is: 1 entry, counted from 0\n")
  }

  @Test func aTreeWhereATensorIsNeeded() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let params: Params = ["layers": [["kernel": Params(ones([2]))]]]
      let tensor: Tensor = params.layers
      print(tensor)
    }
    expect(
      result,
      """
      Params: a tree is no tensor: it has 1 entry, counted from 0
        hint: name the parameter, as in `params.layers[0].bias`
      """)
  }

  @Test func aParameterThatIsMissing() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let params: Params = ["layers": [["kernel": Params(ones([3, 2]))]]]
      _ = Sequential { Dense(2) }(params, ones([2, 3]))
    }
    expect(
      result,
      """
      parameter: the parameters given have no `bias` of shape [2]; they have: `kernel`
        in: sequential.layers[0].dense
        hint: make parameters for this module with `initParams`
      """)
  }

  @Test func aParameterOfAnotherShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let encode = parametrized("encode") { (x: Tensor) in Dense(2)(Dense(4)(x)) }
      let params = encode.initParams(PRNGKey(0), ones([2, 3]))
      _ = encode(params, ones([2, 5]))
    }
    expect(
      result,
      """
      parameter: the parameter given for `kernel` should have shape [5, 4], not [3, 4]
        operands: float32[3, 4]
        in: encode.dense
        hint: parameters fit inputs of the shapes that they were made with, except the number of examples
      """)
  }

  @Test func aParameterAskedForTwice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let twice = parametrized("twice") { (x: Tensor) in
        x * parameter("scale", [], ones()) + parameter("scale", [], ones())
      }
      _ = twice.initParams(PRNGKey(0), ones([2]))
    }
    expect(
      result,
      """
      parameter: the parameter `scale` is asked for twice in one call
        in: twice
        hint: keep it in a constant to use it twice, or give two parameters two names
      """)
  }

  @Test func aParameterOutsideOfAnyModule() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = parameter("kernel", [2], ones())
    }
    expect(
      result,
      """
      parameter: the parameter `kernel` is asked for outside of any module
        hint: ask for it in the body of a `parametrized` function
      """)
  }

  @Test func aLabelThatIsAMember() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = parametrized("net", (name: Dense(2), dense: Dense(3))) { (p, x: Tensor) in p.name(x) }
    }
    expect(
      result,
      """
      parametrized: `name` in `net` is a member of every module, so that `net.name` is not the submodule
        hint: declare it under another name
      """)
  }

  @Test func aShapeMistakeNamesTheModule() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = Sequential {
        relu;
        Sequential {
          Dense(2); { $0 + ones([3]) }
        }
      }
      _ = net.initParams(PRNGKey(0), ones([2, 3]))
    }
    expect(result, "in: sequential.layers[1].sequential\n")
  }

  @Test func reuseThatIsIncomplete() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = Sequential { Dense(2) }
      _ = Sequential {
        net; relu
      }.initParams(PRNGKey(0), ones([2, 3]), reuse: [net: ["layers": [["bias": Params(ones([2]))]]]])
    }
    expect(
      result,
      """
      parameter: the parameters to be reused have no `kernel` of shape [3, 2]; they have: `bias`
        in: sequential.layers[0].sequential.layers[0].dense
      """)
  }

  @Test func parametersThatAreNowhere() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let (net, other) = (Dense(2), Dense(2))
      _ = net.applyFrom([other: other.initParams(PRNGKey(0), ones([2, 3]))], ones([2, 3]))
    }
    expect(
      result,
      """
      paramsFrom: what was given has no parameters for these of `dense`: kernel, bias
        hint: initialize the rest with `initParams(key, inputs, reuse: …)`
      """)
  }

  @Test func reuseThatIsOfNoUse() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let (net, other) = (Dense(2), Dense(2))
      let params = net.initParams(PRNGKey(0), ones([2, 3]))
      _ = Sequential { other }.initParams(PRNGKey(0), ones([2, 3]), reuse: [net: params])
    }
    expect(
      result,
      """
      reuse: parameters were given for `dense`, but `sequential` uses neither that module nor a part of it
        hint: sharing goes by the identity of module objects: use the object that the parameters were made for
      """)
  }

  @Test func reuseThatIsAmbiguous() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = Dense(2)
      let (a, b) = (Sequential { net }, Sequential { net })
      let params = [a.initParams(PRNGKey(0), ones([2, 3])), b.initParams(PRNGKey(1), ones([2, 3]))]
      _ = net.paramsFrom([a: params[0], b: params[1]])
    }
    expect(result, "reuse: what is to be reused has different parameters for `dense` in several places\n")
  }

  private func expect(
    _ result: ExitTest.Result?, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(text), "\(output.prefix(2000))", sourceLocation: sourceLocation)
  }
}
