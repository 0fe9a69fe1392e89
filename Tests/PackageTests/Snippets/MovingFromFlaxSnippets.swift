// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/moving-from-flax.md: edit that, and run it again.
import JAXnet
import Testing


@Test("The snippets of docs/moving-from-flax.md run, and print what it says")
func movingFromFlaxSnippets() async throws {
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
// docs/moving-from-flax.md, line 51
do {
let layer = Dense(5)
let tied = parametrized("tied") { (x: Tensor) in layer(relu(layer(x))) }
print(tied.initParams(PRNGKey(0), inputs).leafPaths)  // → ["dense.kernel", "dense.bias"]
expectPrinted(#"""
["dense.kernel", "dense.bias"]
"""#, "docs/moving-from-flax.md", line: 53)
_ = (layer, tied)
// docs/moving-from-flax.md, line 60
do {
let likeFlax = Dense(16, kernelInit: lecunNormal(), biasInit: zeros())
print(sum(abs(likeFlax.initParams(PRNGKey(0), inputs).bias.tensor)))  // → 0.0
expectPrinted(#"""
0.0
"""#, "docs/moving-from-flax.md", line: 61)
_ = (likeFlax)
}}}
}
