// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/devices.md: edit that, and run it again.
import XLA
import JAXnet
import Testing


@Test("The snippets of docs/devices.md run, and print what it says", .enabled(if: Plugin.isThere, "there is no PJRT plugin"))
func devicesSnippets() async throws {
// docs/devices.md, line 22
do {

let device = try XLADevice.find()
let x = uniform(PRNGKey(0), [3, 4])

let f = jit({ (x: Tensor) in tanh(dot(x, x.T)) }, on: device)  // runs there, wherever x is
let onDevice = x.moved(to: device)                            // a copy in the device's memory
let g = jit { (x: Tensor) in sum(x * x) }                     // runs where its arguments are

print(f(x).shape, g(onDevice).device == device, g(x).device == .host)  // → [3, 3] true true
expectPrinted(#"""
[3, 3] true true
"""#, "docs/devices.md", line: 31)
_ = (device, x, f, onDevice, g)
// docs/devices.md, line 43
do {
let net = Sequential { Dense(16); relu; Dense(3); logSoftmax }
let loss = parametrized("loss") { (inputs: Tensor, labels: Tensor) in mean(crossEntropy(net(inputs), labels: labels)) }
let (inputs, labels) = (uniform(PRNGKey(1), [6, 4]), Tensor([0, 1, 2, 0, 1, 2]))
let optimizer = Momentum(0.1, mass: 0.9)
let step = jit { (state: OptimizerState<Params>, inputs: Tensor, labels: Tensor) in
  optimizer.updateAndGetLoss(loss, state, inputs, labels)
}

var state = optimizer.initialize(loss.initParams(PRNGKey(0), inputs, labels).moved(to: device))
var value = zeros([])
for _ in 0..<3 { (state, value) = step(consume state, inputs, labels) }
print(value.device == device)  // → true
expectPrinted(#"""
true
"""#, "docs/devices.md", line: 54)
_ = (net, loss, inputs, labels, optimizer, step, state, value)
// docs/devices.md, line 65
do {
do {
  _ = try throwingDeviceErrors { jit({ (x: Tensor) in x.broadcast(to: [1 << 24, 1 << 24]) + 1 }, on: device)(x[0, 0]) }
} catch XLAError.runtime(_, let place, let code, _) {
  print(place == "\(device)", code)  // → true resourceExhausted
expectPrinted(#"""
true resourceExhausted
"""#, "docs/devices.md", line: 68)
}
// docs/devices.md, line 93
do {
let client = try XLAClient(XLAPlugin.find(), options: ["cpu_device_count": .integer(4)])
let mesh = Mesh(["data": 2, "model": 2], client.devices)

let images = uniform(PRNGKey(2), [8, 6]).moved(to: mesh, ["data"])           // the examples divided over two devices
let kernel = uniform(PRNGKey(3), [6, 4]).moved(to: mesh, [nil, "model"])     // the columns divided over two devices
let layer = jit({ (x: Tensor, kernel: Tensor) in relu(dot(x, kernel)).partitioned(on: mesh, ["data", "model"]) }, on: mesh)

print(layer(images, kernel).partitionSpec!)  // → [data, model]
expectPrinted(#"""
[data, model]
"""#, "docs/devices.md", line: 100)
_ = (client, mesh, images, kernel, layer)
// docs/devices.md, line 113
do {
let line = Mesh(["data": 4], client.devices)
let centered = shardMap({ (x: Tensor) in x - pmean(mean(x, axis: 0), "data") }, on: line, axis: "data")

print(jit(centered, on: line)(uniform(PRNGKey(2), [8, 6])).partitionSpec!)  // → [data]
expectPrinted(#"""
[data]
"""#, "docs/devices.md", line: 116)
_ = (line, centered)
// docs/devices.md, line 143
do {
let lowered = lower { (x: Tensor) in x * 2 }(ones([2]))
print(try lowered.stableHLO.contains("stablehlo.multiply"))  // → true
expectPrinted(#"""
true
"""#, "docs/devices.md", line: 144)
print(try lowered.compile(on: device)([ones([2])])[0])       // → [2. 2.]
expectPrinted(#"""
[2. 2.]
"""#, "docs/devices.md", line: 145)
_ = (lowered)
}}}}}}
}
