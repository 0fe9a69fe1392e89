// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/moving-from-pytorch.md: edit that, and run it again.
import JAXnet
import TestSupport
import Testing


@Test("The snippets of docs/moving-from-pytorch.md run, and print what it says")
func movingFromPytorchSnippets() async throws {
let temporaryFolder = try TemporaryFolder()
// docs/moving-from-pytorch.md, line 18
do {

let model = Sequential { Dense(16); relu; Dense(3) }
let loss = parametrized("loss") { (inputs: Tensor, labels: Tensor) in
  mean(crossEntropy(model(inputs), labels: labels))
}

let (inputs, labels) = (uniform(PRNGKey(1), [6, 5]), Tensor([0, 0, 1, 1, 2, 2]))
let optimizer = Momentum(0.1, mass: 0.9)
var state = optimizer.initialize(loss.initParams(PRNGKey(0), inputs, labels))
let before = loss(optimizer.params(of: state), inputs, labels)
for _ in 0..<20 {
  state = optimizer.update(loss, state, inputs, labels, jit: true)
}
let trained = optimizer.params(of: state)

print(Float(loss(trained, inputs, labels)) < Float(before))  // → true
expectPrinted(#"""
true
"""#, "docs/moving-from-pytorch.md", line: 34)
_ = (model, loss, inputs, labels, optimizer, state, before, trained)
// docs/moving-from-pytorch.md, line 64
do {
let weight = normal(PRNGKey(2), [16, 5])            // as in PyTorch
let bias = zeros([16])
let layer = Dense(16)
let params: Params = ["kernel": Params(weight.transposed()), "bias": Params(bias)]
print(layer(params, inputs).shape)  // → [6, 16]
expectPrinted(#"""
[6, 16]
"""#, "docs/moving-from-pytorch.md", line: 68)
_ = (weight, bias, layer, params)
// docs/moving-from-pytorch.md, line 97
do {
let file = try Safetensors(contentsOf: documentFile("pytorch.safetensors", in: temporaryFolder))
print(file.tensors.map(\.name).sorted())  // → ["0.bias", "0.weight", "3.bias", "3.weight"]
expectPrinted(#"""
["0.bias", "0.weight", "3.bias", "3.weight"]
"""#, "docs/moving-from-pytorch.md", line: 98)

/// [outputs, inputs, height, width] → [height, width, inputs, outputs]
let convolution = file["0.weight"]!.transposed([2, 3, 1, 0])
/// [outputs, channels · height · width] → [height · width · channels, outputs]
let afterFlatten = file["3.weight"]!.reshaped(to: [3, 2, 4, 4]).transposed([2, 3, 1, 0]).reshaped(to: [32, 3])

let network = Sequential { Conv(2, [3, 3]); relu; flatten; Dense(3) }
let loaded: Params = [
  "layers": [
    ["kernel": Params(convolution), "bias": Params(file["0.bias"]!)], [:], [:],
    ["kernel": Params(afterFlatten), "bias": Params(file["3.bias"]!)],
  ]
]
let pictures = arange(36).asType(.float32).reshaped(to: [1, 6, 6, 1]) / 36
print(network(loaded, pictures))  // → [[ 0.04541…  0.09391… -0.02689…]]
expectPrinted(#"""
[[ 0.04541…  0.09391… -0.02689…]]
"""#, "docs/moving-from-pytorch.md", line: 113)
_ = (file, convolution, afterFlatten, network, loaded, pictures)
}}}
}
