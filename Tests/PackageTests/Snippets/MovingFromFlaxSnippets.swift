// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/moving-from-flax.md: edit that, and run it again.
import JAXnet
import TestSupport
import Testing


@Test("The snippets of docs/moving-from-flax.md run, and print what it says")
func movingFromFlaxSnippets() async throws {
let temporaryFolder = try TemporaryFolder()
// docs/moving-from-flax.md, line 17
do {

let mlp = parametrized("mlp") { (x: Tensor) in
  let hidden = relu(Dense(16)(x))
  return Dense(3)(hidden)
}

let inputs = ones([2, 5])
let params = mlp.initParams(PRNGKey(0), inputs)
let outputs = mlp(params, inputs)

print(params.leafPaths)
// → ["dense0.kernel", "dense0.bias", "dense1.kernel", "dense1.bias"]
expectPrinted(#"""
["dense0.kernel", "dense0.bias", "dense1.kernel", "dense1.bias"]
"""#, "docs/moving-from-flax.md", line: 29)
_ = (mlp, inputs, params, outputs)
// docs/moving-from-flax.md, line 49
do {
let critic = SpectralNorm(Sequential { Dense(16); BatchNorm(momentum: 0.99); relu; Dense(1) })
let criticParams = critic.initParams(PRNGKey(0), inputs)
var criticState = critic.initState(inputs)
let scores: Tensor
(scores, criticState) = critic.applyInTraining(criticParams, criticState, inputs)
print(scores.shape, critic(criticParams, inputs, state: criticState).shape)  // → [2, 1] [2, 1]
expectPrinted(#"""
[2, 1] [2, 1]
"""#, "docs/moving-from-flax.md", line: 54)
print(criticState.names)  // → ["model", "singularVector"]
expectPrinted(#"""
["model", "singularVector"]
"""#, "docs/moving-from-flax.md", line: 55)
_ = (critic, criticParams, criticState, scores)
// docs/moving-from-flax.md, line 64
do {
let layer = Dense(5)
let tied = parametrized("tied") { (x: Tensor) in layer(relu(layer(x))) }
print(tied.initParams(PRNGKey(0), inputs).leafPaths)  // → ["dense.kernel", "dense.bias"]
expectPrinted(#"""
["dense.kernel", "dense.bias"]
"""#, "docs/moving-from-flax.md", line: 66)
_ = (layer, tied)
// docs/moving-from-flax.md, line 73
do {
let likeFlax = Dense(16, kernelInit: lecunNormal(), biasInit: zeros())
print(sum(abs(likeFlax.initParams(PRNGKey(0), inputs).bias.tensor)))  // → 0.0
expectPrinted(#"""
0.0
"""#, "docs/moving-from-flax.md", line: 74)
_ = (likeFlax)
// docs/moving-from-flax.md, line 100
do {
let x = ones([1, 5])
let fromFlax = try mlp.loadParams(from: documentFile("flax.safetensors", in: temporaryFolder), x, names: ["dense0": "Dense_0", "dense1": "Dense_1"])
print(mlp(fromFlax, x))  // → [[ 0.36516… -1.86901…  0.58210…]]
expectPrinted(#"""
[[ 0.36516… -1.86901…  0.58210…]]
"""#, "docs/moving-from-flax.md", line: 102)

let net = Sequential { Dense(16); relu; Dense(3) }
let fromHaiku = try net.loadParams(
  from: documentFile("haiku.safetensors", in: temporaryFolder), x,
  names: ["layers[0]": "mlp.~.linear_0", "layers[2]": "mlp.~.linear_1", "kernel": "w", "bias": "b"])
print(net(fromHaiku, x))  // → [[0.65041… 0.24031… 1.35566…]]
expectPrinted(#"""
[[0.65041… 0.24031… 1.35566…]]
"""#, "docs/moving-from-flax.md", line: 108)
_ = (x, fromFlax, net, fromHaiku)
}}}}}
}
