// swift-format-ignore-file
// Written by Tools/doc-snippets from README.md: edit that, and run it again.
import JAXnet
import TestSupport
import Testing

private func Affine(_ outDim: Int) -> Parametrized<Tensor, Tensor> {
  parametrized("affine") { inputs in
    let kernel = parameter("kernel", [inputs.shape.last!, outDim], glorot())
    let bias = parameter("bias", [outDim], randn())
    return dot(inputs, kernel) + bias
  }
}

@Test("The snippets of README.md run, and print what it says")
func readmeSnippets() async throws {
let temporaryFolder = try TemporaryFolder()
// README.md, line 29
do {

let net = Sequential {
  Dense(4)
  relu
  flatten
  Dense(2)
  softmax
}
_ = (net)
// README.md, line 44
do {
let inputs = ones([3, 5])
let params = net.initParams(PRNGKey(0), inputs)

print(params.layers[3].bias.tensor.shape)  // → [2]
expectPrinted(#"""
[2]
"""#, "README.md", line: 47)
_ = (inputs, params)
// README.md, line 54
do {
let output = net(params, inputs)
let compiled = jit(net)(params, inputs)

print(output.shape, compiled.shape)  // → [3, 2] [3, 2]
expectPrinted(#"""
[3, 2] [3, 2]
"""#, "README.md", line: 57)
_ = (output, compiled)
// README.md, line 63
do {
let reader = Sequential {
  RNN(GRUCell(32))
  Dense(26)
  logSoftmax
}
let words = zeros([10, 14, 128])  // words of letters of pixels

print(reader(reader.initParams(PRNGKey(0), words), words).shape)  // → [10, 14, 26]
expectPrinted(#"""
[10, 14, 26]
"""#, "README.md", line: 70)
_ = (reader, words)
// README.md, line 78
do {
// README.md, line 90
do {
let encode = parametrized("encode") { (images: Tensor) in
  let hidden = Sequential { Dense(16); relu }(images)
  return (Affine(3)(hidden), Sequential { Affine(3); softplus }(hidden))
}
let (means, variances) = encode(encode.initParams(PRNGKey(1), inputs), inputs)

print(means.shape, variances.shape)  // → [3, 3] [3, 3]
expectPrinted(#"""
[3, 3] [3, 3]
"""#, "README.md", line: 96)
_ = (encode, means, variances)
// README.md, line 102
do {
let layer = Sequential { Dense(5); relu }
let shared = Sequential { layer; layer }

print(shared.initParams(PRNGKey(0), inputs).leaves.count)  // → 2
expectPrinted(#"""
2
"""#, "README.md", line: 105)
_ = (layer, shared)
// README.md, line 113
do {
let predict = Sequential { Dense(16); relu; Dense(3); logSoftmax }
let loss = parametrized("loss") { (inputs: Tensor, targets: Tensor) in
  -mean(sum(predict(inputs) * targets, axis: 1))
}

let targets = oneHot(arange(3), 3)
let optimizer = Momentum(0.1, mass: 0.9)
var state = optimizer.initialize(loss.initParams(PRNGKey(0), inputs, targets))
for _ in 0..<20 {
  state = optimizer.update(loss, state, inputs, targets, jit: true)
}
let trained = optimizer.params(of: state)
_ = (predict, loss, targets, optimizer, state, trained)
// README.md, line 130
do {
let runEpoch = jit { (state: OptimizerState<Params>, inputs: Tensor, targets: Tensor) in
  foriLoop(0, 100, state) { step, state in optimizer.update(loss, state, inputs, targets) }
}
state = runEpoch(consume state, inputs, targets)

print(optimizer.step(of: state))  // → 120
expectPrinted(#"""
120
"""#, "README.md", line: 135)
_ = (runEpoch)
// README.md, line 141
do {
let accuracy = parametrized("accuracy") { (inputs: Tensor, labels: Tensor) in
  mean(argMax(predict(inputs), axis: 1) .== labels)
}
let share = accuracy.applyFrom([loss: trained], inputs, arange(3), jit: true)

print(share.shape)  // → []
expectPrinted(#"""
[]
"""#, "README.md", line: 146)
_ = (accuracy, share)
// README.md, line 152
do {
let base = Sequential { Dense(5) }
let baseParams = base.initParams(PRNGKey(0), inputs)
let transfer = Sequential { base; relu; Dense(2) }
let transferParams = transfer.initParams(PRNGKey(1), inputs, reuse: [base: baseParams])

print(transferParams.layers[0] === baseParams)  // → true
expectPrinted(#"""
true
"""#, "README.md", line: 157)
_ = (base, baseParams, transfer, transferParams)
// README.md, line 163
do {
let normalized = Sequential { Dense(16); BatchNorm(momentum: 0.9); relu; Dense(3) }
let classify = parametrized("classify") { (inputs: Tensor, labels: Tensor) in
  mean(crossEntropy(normalized(inputs), labels: labels))
}
var training = optimizer.initialize(classify.initParams(PRNGKey(0), inputs, arange(3)))
var statistics = classify.initState(inputs, arange(3))
for _ in 0..<20 {
  (training, statistics, _) = optimizer.updateInTraining(classify, training, statistics, inputs, arange(3), jit: true)
}
let evaluated = classify(optimizer.params(of: training), inputs, arange(3), state: statistics)

print(statistics.sequential.layers[1].names)  // → ["mean", "variance"]
expectPrinted(#"""
["mean", "variance"]
"""#, "README.md", line: 174)
_ = (normalized, classify, training, statistics, evaluated)
// README.md, line 180
do {
print(net.summary(inputs))
// → module             inputs         outputs        parameters  bytes  FLOPs
//   ─────────────────────────────────────────────────────────────────────────
//   sequential         float32[3, 5]  float32[3, 2]          34  136 B    240
//     layers[0].dense  float32[3, 5]  float32[3, 4]          24   96 B    132
//     layers[3].dense  float32[3, 4]  float32[3, 2]          10   40 B     54
expectPrinted(#"""
module             inputs         outputs        parameters  bytes  FLOPs
─────────────────────────────────────────────────────────────────────────
sequential         float32[3, 5]  float32[3, 2]          34  136 B    240
  layers[0].dense  float32[3, 5]  float32[3, 4]          24   96 B    132
  layers[3].dense  float32[3, 4]  float32[3, 2]          10   40 B     54
"""#, "README.md", line: 181)
// README.md, line 196
do {
try params.save(to: documentFile("net.safetensors", in: temporaryFolder))
let loaded = try net.loadParams(from: documentFile("net.safetensors", in: temporaryFolder), inputs)
print(Bool(all(net(loaded, inputs) .== output)))  // → true
expectPrinted(#"""
true
"""#, "README.md", line: 198)

try state.save(to: documentFile("training.safetensors", in: temporaryFolder))
state = try state.loadingLeaves(from: documentFile("training.safetensors", in: temporaryFolder))
_ = (loaded)
// README.md, line 207
do {
let deeper = Sequential { Dense(4); relu; flatten; Dense(2); Dense(7) }
let (started, report) = try deeper.initParams(PRNGKey(2), inputs).loadingWhatFits(from: documentFile("net.safetensors", in: temporaryFolder))
print(report)
// → 4 loaded
//   missing: layers[4].kernel, layers[4].bias
expectPrinted(#"""
4 loaded
missing: layers[4].kernel, layers[4].bias
"""#, "README.md", line: 210)
print(started.layers[4].bias.tensor.shape)  // → [7]
expectPrinted(#"""
[7]
"""#, "README.md", line: 212)
_ = (deeper, started, report)
// README.md, line 218
do {
let made = net.initParams(PRNGKey(0), inputs, progress: showProgress("initialising"))
try made.save(to: documentFile("large.safetensors", in: temporaryFolder), progress: showProgress("saving"))
_ = (made)
// README.md, line 225
do {
let slope = grad { (x: Tensor) in x * x * x }
print(slope(2.0), grad(slope)(2.0))  // → 12.0 12.0
expectPrinted(#"""
12.0 12.0
"""#, "README.md", line: 226)

let perExample = vmap(grad { (w: Tensor, x: Tensor) in sum(w * x) }, inAxes: [nil, 0])
print(perExample(ones([2]), Tensor([[1.0, 2.0], [3.0, 4.0]])))
// → [[1. 2.]
//    [3. 4.]]
expectPrinted(#"""
[[1. 2.]
 [3. 4.]]
"""#, "README.md", line: 230)

let (keyA, keyB) = split(PRNGKey(42))
print(uniform(keyA, [2]).shape, normal(keyB, [2]).shape)  // → [2] [2]
expectPrinted(#"""
[2] [2]
"""#, "README.md", line: 234)
_ = (slope, perExample, keyA, keyB)
}}}}}}}}}}}}}}}}}
}
