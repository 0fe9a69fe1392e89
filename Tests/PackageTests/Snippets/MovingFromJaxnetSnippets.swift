// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/moving-from-jaxnet.md: edit that, and run it again.
import JAXnet
import Testing


@Test("The snippets of docs/moving-from-jaxnet.md run, and print what it says")
func movingFromJaxnetSnippets() async throws {
// docs/moving-from-jaxnet.md, line 17
do {

let encode = parametrized("encode", (
  net: Sequential { Dense(512); relu },
  meanNet: Dense(10),
  varianceNet: Sequential { Dense(10); softplus }
)) { p, input in
  let hidden = p.net(input)
  return (p.meanNet(hidden), p.varianceNet(hidden))
}

let inputs = ones([2, 5])
let params = encode.initParams(PRNGKey(0), inputs)
let (means, variances) = jit(encode)(params, inputs)

print(means.shape, variances.shape)  // → [2, 10] [2, 10]
expectPrinted(#"""
[2, 10] [2, 10]
"""#, "docs/moving-from-jaxnet.md", line: 32)
print(params.meanNet.bias.tensor.shape)  // → [10]
expectPrinted(#"""
[10]
"""#, "docs/moving-from-jaxnet.md", line: 33)
_ = (encode, inputs, params, means, variances)
// docs/moving-from-jaxnet.md, line 61
do {
let layer = Dense(5)
let twice = Sequential { layer; relu; layer }
print(twice.initParams(PRNGKey(0), ones([1, 5])).leaves.count)  // → 2
expectPrinted(#"""
2
"""#, "docs/moving-from-jaxnet.md", line: 63)
_ = (layer, twice)
}}
}
