// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/moving-from-stax.md: edit that, and run it again.
import Compat
import JAXnet
import TestSupport
import Testing

private extension stax {
  static let convolutional = serial(
    Conv(8, [3, 3], padding: .same), BatchNorm(), Relu, MaxPool([2, 2], [2, 2]),
    Flatten, Dense(10), LogSoftmax)
}
private func Scale() -> stax.Layer {
  (
    stax.InitFun { rng, inputShape in (inputShape, .named(["scale": PyTree(ones([]))])) },
    stax.ApplyFun { params, inputs, rng in PyTree(params[0].tensor * inputs.tensor) }
  )
}
private func Ratio() -> stax.Layer {
  (
    stax.InitFun { rng, inputShape in (inputShape.parts[0], .none) },
    stax.ApplyFun { params, inputs, rng in PyTree(inputs[0].tensor / inputs[1].tensor) }
  )
}
private extension stax {
  static let encoder = serial(
    Dense(512), Relu,
    FanOut(2),
    parallel(Dense(10), serial(Dense(10), Softplus)))
}

@Test("The snippets of docs/moving-from-stax.md run, and print what it says")
func movingFromStaxSnippets() async throws {
let temporaryFolder = try TemporaryFolder()
// docs/moving-from-stax.md, line 38
do {

let (initRandomParams, predict) = stax.serial(
  stax.Dense(1024), stax.Relu,
  stax.Dense(10), stax.LogSoftmax)

let loss = { (params: PyTree, inputs: Tensor, targets: Tensor) in
  -mean(sum(predict(params, inputs) * targets, axis: 1))
}

let (_, initParams) = initRandomParams(PRNGKey(0), [-1, 28 * 28])
let (optInit, optUpdate, getParams) = optimizers.momentum(0.001, mass: 0.9)

let update = jit { (i: Tensor, state: OptimizerState<PyTree>, inputs: Tensor, targets: Tensor) in
  optUpdate(i, grad(loss)(getParams(state), inputs, targets), state)
}

let images = uniform(PRNGKey(1), [10, 28 * 28])
let targets = oneHot(arange(10), 10)
var state = optInit(initParams)
for i in 0..<10 { state = update(Tensor(i), state, images, targets) }

print(initParams)
// → [(float32[784, 1024], float32[1024]), (), (float32[1024, 10], float32[10]), ()]
expectPrinted(#"""
[(float32[784, 1024], float32[1024]), (), (float32[1024, 10], float32[10]), ()]
"""#, "docs/moving-from-stax.md", line: 62)
print(Float(loss(getParams(state), images, targets)) < Float(loss(initParams, images, targets)))  // → true
expectPrinted(#"""
true
"""#, "docs/moving-from-stax.md", line: 63)
_ = (initRandomParams, predict, loss, initParams, optInit, optUpdate, getParams, update, images, targets, state)
// docs/moving-from-stax.md, line 97
do {

let (shape, params) = stax.convolutional.initFun(PRNGKey(0), [-1, 8, 8, 1])
print(shape, params[0])  // → (-1, 10) (float32[3, 3, 1, 8], float32[1, 1, 1, 8])
expectPrinted(#"""
(-1, 10) (float32[3, 3, 1, 8], float32[1, 1, 1, 8])
"""#, "docs/moving-from-stax.md", line: 104)
_ = (shape, params)
// docs/moving-from-stax.md, line 110
do {
let (initFun, applyFun) = stax.serial(stax.FanOut(2), stax.parallel(stax.Dense(2), stax.Dense(3)))
let (outputShape, params) = initFun(PRNGKey(0), [4, 5])
let outputs = applyFun(params, PyTree(ones([4, 5])))

print(outputShape, outputs)  // → [(4, 2), (4, 3)] [float32[4, 2], float32[4, 3]]
expectPrinted(#"""
[(4, 2), (4, 3)] [float32[4, 2], float32[4, 3]]
"""#, "docs/moving-from-stax.md", line: 114)
print(outputs[1].tensor.shape)  // → [4, 3]
expectPrinted(#"""
[4, 3]
"""#, "docs/moving-from-stax.md", line: 115)
_ = (initFun, applyFun, outputShape, params, outputs)
// docs/moving-from-stax.md, line 121
do {

let (_, applyFun) = stax.serial(Scale(), stax.Tanh)
print(applyFun([.tuple([PyTree(Tensor(0.0))]), .none], ones([2])))  // → [0. 0.]
expectPrinted(#"""
[0. 0.]
"""#, "docs/moving-from-stax.md", line: 129)
_ = (applyFun)
// docs/moving-from-stax.md, line 136
do {

let (ratioInit, ratio) = stax.serial(stax.FanOut(2), stax.parallel(stax.Exp, stax.Identity), Ratio())
print(ratioInit(PRNGKey(0), [-1, 2]).outputShape, ratio([.none, .tuple([.none, .none]), .none], ones([2])))
// → (-1, 2) [2.7182817 2.7182817]
expectPrinted(#"""
(-1, 2) [2.7182817 2.7182817]
"""#, "docs/moving-from-stax.md", line: 145)
_ = (ratioInit, ratio)
// docs/moving-from-stax.md, line 151
do {
let (netInit, applyNet) = stax.serial(stax.Dense(6), stax.Softplus, stax.Dense(2))

let initWithSteps = { (rng: PRNGKey, steps: Int) -> PyTree in
  let (netKey, key) = split(rng)
  let table = normal(key, [steps, 4])
  return .named(["net": netInit(netKey, [6]).params, "steps": PyTree(table), "scale": PyTree(Tensor(0.0))])
}

let applyAtStep = { (params: PyTree, x: Tensor, step: Int) -> Tensor in
  let inputs = concatenate([x, params["steps"].tensor[step]])
  return applyNet(params["net"], inputs) * params["scale"].tensor
}

var stepParams = initWithSteps(PRNGKey(0), 5)
stepParams["scale"] = PyTree(Tensor(0.5))
let atStep = vmap({ (params: PyTree, x: Tensor) in applyAtStep(params, x, 3) }, inAxes: [nil, 0])
print(atStep(stepParams, ones([7, 2])).shape, stepParams["net"].count)  // → [7, 2] 3
expectPrinted(#"""
[7, 2] 3
"""#, "docs/moving-from-stax.md", line: 167)
_ = (netInit, applyNet, initWithSteps, applyAtStep, stepParams, atStep)
// docs/moving-from-stax.md, line 194
do {
let x = ones([10_000])
let stax90 = stax.Dropout(0.9).applyFun(.none, x, rng: PRNGKey(0))
let dropped = Dropout(0.1)([:], x, key: PRNGKey(0))
print(Float(mean(stax90 .> 0)) > 0.88, Float(mean(dropped .> 0)) > 0.88)  // → true true
expectPrinted(#"""
true true
"""#, "docs/moving-from-stax.md", line: 197)
_ = (x, stax90, dropped)
// docs/moving-from-stax.md, line 214
do {
let net = Sequential { Dense(3); Dropout(0.1) }
let params = net.initParams(PRNGKey(0), ones([2, 3]))
let evaluated = net(params, ones([2, 3]))
let trained = net(params, ones([2, 3]), key: PRNGKey(1))
_ = (net, params, evaluated, trained)
// docs/moving-from-stax.md, line 230
do {
let (_, params) = stax.serial(stax.Dense(4), stax.Relu, stax.Dense(2)).initFun(PRNGKey(0), [-1, 3])
print(Params(params).leafPaths)
// → ["layers[0].kernel", "layers[0].bias", "layers[2].kernel", "layers[2].bias"]
expectPrinted(#"""
["layers[0].kernel", "layers[0].bias", "layers[2].kernel", "layers[2].bias"]
"""#, "docs/moving-from-stax.md", line: 232)
_ = (params)
// docs/moving-from-stax.md, line 251
do {
let x = uniform(PRNGKey(5), [3, 4])
let (initFun, applyFun) = stax.serial(stax.Dense(8), stax.Tanh, stax.Dense(2))
let (_, staxParams) = initFun(PRNGKey(0), x.shape)
let expected = applyFun(staxParams, x)

// The whole network as it is.
let wrapped = asModule((initFun, applyFun))
print(Bool(all(wrapped(Params(staxParams), x) .== expected)))  // → true
expectPrinted(#"""
true
"""#, "docs/moving-from-stax.md", line: 258)

// The first layers as they are, the last one moved.
let half = Sequential {
  asModule(stax.serial(stax.Dense(8), stax.Tanh))
  Dense(2)
}
let halfParams: Params = ["layers": [Params([staxParams[0], staxParams[1]]), Params(staxParams[2])]]
print(Bool(all(half(halfParams, x) .== expected)))  // → true
expectPrinted(#"""
true
"""#, "docs/moving-from-stax.md", line: 266)

// All of it.
let net = Sequential { Dense(8); tanh; Dense(2) }
let params = Params(staxParams, like: net.initParams(PRNGKey(0), x))
print(Bool(all(net(params, x) .== expected)))  // → true
expectPrinted(#"""
true
"""#, "docs/moving-from-stax.md", line: 271)
_ = (x, initFun, applyFun, staxParams, expected, wrapped, half, halfParams, net, params)
// docs/moving-from-stax.md, line 278
do {
let x = uniform(PRNGKey(5), [3, 4])
let (initFun, applyFun) = stax.serial(stax.Dense(8), asStax(Sequential { tanh; Dense(2) }), stax.LogSoftmax)
let (shape, params) = initFun(PRNGKey(0), [-1, 4])
print(shape, params)  // → (-1, 2) [(float32[4, 8], float32[8]), [(), (float32[8, 2], float32[2])], ()]
expectPrinted(#"""
(-1, 2) [(float32[4, 8], float32[8]), [(), (float32[8, 2], float32[2])], ()]
"""#, "docs/moving-from-stax.md", line: 281)

let net = Sequential { Dense(8); tanh; Dense(2) }
let trained = net.initParams(PRNGKey(0), x)
let (_, likeStax) = stax.serial(stax.Dense(8), stax.Tanh, stax.Dense(2)).initFun(PRNGKey(0), x.shape)
print(PyTree(trained, like: likeStax))  // → [(float32[4, 8], float32[8]), (), (float32[8, 2], float32[2])]
expectPrinted(#"""
[(float32[4, 8], float32[8]), (), (float32[8, 2], float32[2])]
"""#, "docs/moving-from-stax.md", line: 286)
_ = (x, initFun, applyFun, shape, params, net, trained, likeStax)
// docs/moving-from-stax.md, line 314
do {

let (_, staxParams) = stax.encoder.initFun(PRNGKey(0), [-1, 784])
print(staxParams)
// → [(float32[784, 512], float32[512]), (), (), ((float32[512, 10], float32[10]), [(float32[512, 10], float32[10]), ()])]
expectPrinted(#"""
[(float32[784, 512], float32[512]), (), (), ((float32[512, 10], float32[10]), [(float32[512, 10], float32[10]), ()])]
"""#, "docs/moving-from-stax.md", line: 323)
_ = (staxParams)
// docs/moving-from-stax.md, line 329
do {
let encode = parametrized("encode", (
  net: Sequential { Dense(512); relu },
  mean: Dense(10),
  variance: Sequential { Dense(10); softplus }
)) { p, images in
  let hidden = p.net(images)
  return (p.mean(hidden), p.variance(hidden))
}

let params: Params = [
  "net": Params([staxParams[0], staxParams[1]]),
  "mean": Params(staxParams[3][0]),
  "variance": Params(staxParams[3][1]),
]
let images = uniform(PRNGKey(1), [4, 784])
let (means, variances) = encode(params, images)
let expected = stax.encoder.applyFun(staxParams, PyTree(images))
print(Bool(all(means .== expected[0].tensor)), Bool(all(variances .== expected[1].tensor)))  // → true true
expectPrinted(#"""
true true
"""#, "docs/moving-from-stax.md", line: 346)
_ = (encode, params, images, means, variances, expected)
// docs/moving-from-stax.md, line 352
do {
let sample = parametrized("sample") { (images: Tensor) in
  let (means, variances) = encode(images)
  return means + sqrt(variances) * normal(randomKey(), means.shape)
}
let code = sample(["encode": params], images, key: PRNGKey(7))
print(Bool(all(code .== means + sqrt(variances) * normal(foldIn(PRNGKey(7), 0), means.shape))))  // → true
expectPrinted(#"""
true
"""#, "docs/moving-from-stax.md", line: 357)
_ = (sample, code)
// docs/moving-from-stax.md, line 363
do {
let loss = parametrized("loss") { (images: Tensor) in mean(square(sample(images))) }
let optimizer = Momentum(0.001, mass: 0.9)
var state = optimizer.initialize(loss.initParams(PRNGKey(0), images))
for i in 0..<3 {
  state = optimizer.update(loss, state, images, key: foldIn(PRNGKey(8), i), jit: true)
}
print(optimizer.params(of: state).sample.encode.mean.bias.tensor.shape)  // → [10]
expectPrinted(#"""
[10]
"""#, "docs/moving-from-stax.md", line: 369)
_ = (loss, optimizer, state)
// docs/moving-from-stax.md, line 391
do {
let schedule = optimizers.exponentialDecay(0.1, 100, 0.9)
let (optInit, optUpdate, getParams) = optimizers.adam(schedule)
let params = PyTree.tuple([PyTree(ones([2])), PyTree(zeros([]))])
let gradients = optimizers.clipGrads(params, 0.5)
let state = optUpdate(0, gradients, optInit(params))
print(getParams(state), Float(optimizers.l2Norm(gradients)) < 0.51)  // → (float32[2], float32[]) true
expectPrinted(#"""
(float32[2], float32[]) true
"""#, "docs/moving-from-stax.md", line: 396)
_ = (schedule, optInit, optUpdate, getParams, params, gradients, state)
// docs/moving-from-stax.md, line 424
do {
let (_, applyFun) = stax.serial(stax.Dense(8), stax.Tanh, stax.Dense(2))
let params = try PyTree(contentsOf: documentFile("stax.safetensors", in: temporaryFolder))
print(params)  // → [(float32[4, 8], float32[8]), (), (float32[8, 2], float32[2])]
expectPrinted(#"""
[(float32[4, 8], float32[8]), (), (float32[8, 2], float32[2])]
"""#, "docs/moving-from-stax.md", line: 426)
print(applyFun(params, ones([1, 4])))  // → [[-0.38909…  0.03016…]]
expectPrinted(#"""
[[-0.38909…  0.03016…]]
"""#, "docs/moving-from-stax.md", line: 427)

let net = Sequential { Dense(8); tanh; Dense(2) }
let moved = try Params.load(fromStax: documentFile("stax.safetensors", in: temporaryFolder), like: net.initParams(PRNGKey(0), ones([1, 4])))
print(net(moved, ones([1, 4])))  // → [[-0.38909…  0.03016…]]
expectPrinted(#"""
[[-0.38909…  0.03016…]]
"""#, "docs/moving-from-stax.md", line: 431)
_ = (applyFun, params, net, moved)
// docs/moving-from-stax.md, line 442
do {
let shifted = parametrized("shifted", ["nn": net]) { p, x in
  p["nn"]!(x + parameter("table", [10, 4], zeros())[3])
}
let fromDictionary = try shifted.loadParams(
  from: documentFile("dictionary.safetensors", in: temporaryFolder), ones([1, 4]),
  names: [
    "nn.layers[0].kernel": "nn[0][0]", "nn.layers[0].bias": "nn[0][1]",
    "nn.layers[2].kernel": "nn[2][0]", "nn.layers[2].bias": "nn[2][1]",
  ])
print(shifted(fromDictionary, ones([1, 4])))  // → [[-1.06290…  0.41304…]]
expectPrinted(#"""
[[-1.06290…  0.41304…]]
"""#, "docs/moving-from-stax.md", line: 451)
_ = (shifted, fromDictionary)
}}}}}}}}}}}}}}}}}}
}

@inline(never)
private func movingFromStaxLine204Program() {
_ = stax.Dropout(0.9, mode: .test).applyFun(.none, ones([3]))
}
@Test("docs/moving-from-stax.md, line 204, stops")
func movingFromStaxLine204() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
movingFromStaxLine204Program()
}
expectStopped(result, #"""
stax.Dropout: the call was given no random key
  operands: float32[3]
  hint: pass one: applyFun(params, inputs, rng: key)
"""#, "docs/moving-from-stax.md", line: 204)
}

@inline(never)
private func movingFromStaxLine292Program() {
let (_, params) = stax.serial(stax.Dense(8), stax.Dense(2)).initFun(PRNGKey(0), [-1, 4])
let net = Sequential { Dense(8); relu; Dense(2) }
_ = Params(params, like: net.initParams(PRNGKey(0), ones([1, 5])))
}
@Test("docs/moving-from-stax.md, line 292, stops")
func movingFromStaxLine292() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
movingFromStaxLine292Program()
}
expectStopped(result, #"""
Params: the tree does not hold the parameters asked for
  missing: layers[2].kernel, layers[2].bias
  not asked for: layers[1].kernel, layers[1].bias
  layers[0].kernel: expected shape [5, 8], found [4, 8]
  hint: put the parts together by hand: ["net": Params(tree[0]), …]
"""#, "docs/moving-from-stax.md", line: 292)
}
