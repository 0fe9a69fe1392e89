// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/errors.md: edit that, and run it again.
import Foundation
import JAXnet
import Testing


@inline(never)
private func errorsLine22Program() {
_ = ones([2, 3]) + ones([4])
}
@Test("docs/errors.md, line 22, stops")
func errorsLine22() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine22Program()
}
expectStopped(result, #"""
+: the shapes do not broadcast
  operands: float32[2, 3], float32[4]
  hint: sizes must be equal, or 1, matched from the last dimension; reshape with `reshaped(to:)` or `x[.newAxis]`
"""#, "docs/errors.md", line: 22)
}

@inline(never)
private func errorsLine37Program() {
_ = dot(ones([3, 5]), ones([4, 7]))
}
@Test("docs/errors.md, line 37, stops")
func errorsLine37() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine37Program()
}
expectStopped(result, #"""
dot: the contracted dimension 1 of the left operand has size 5, dimension 0 of the right one size 4
  operands: float32[3, 5], float32[4, 7]
  hint: transpose or reshape an operand so that the sizes agree
"""#, "docs/errors.md", line: 37)
}

@inline(never)
private func errorsLine51Program() {
_ = ones([2, 3]).reshaped(to: [4, -1])
}
@Test("docs/errors.md, line 51, stops")
func errorsLine51() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine51Program()
}
expectStopped(result, #"""
reshaped(to:): 6 elements do not fit the shape [4, -1]
  operands: float32[2, 3]
"""#, "docs/errors.md", line: 51)
}

@inline(never)
private func errorsLine64Program() {
_ = sum(ones([2, 3]), axis: 2)
}
@Test("docs/errors.md, line 64, stops")
func errorsLine64() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine64Program()
}
expectStopped(result, #"""
sum: there is no axis 2
  operands: float32[2, 3]
  hint: axes go from -2 to 1
"""#, "docs/errors.md", line: 64)
}

@inline(never)
private func errorsLine73Program() {
_ = ones([2, 3])[0, 3]
}
@Test("docs/errors.md, line 73, stops")
func errorsLine73() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine73Program()
}
expectStopped(result, #"""
subscript: index 3 is outside dimension 1 of size 3
  operands: float32[2, 3]
"""#, "docs/errors.md", line: 73)
}

@inline(never)
private func errorsLine87Program() {
_ = Tensor([1.5]) & Tensor([1])
}
@Test("docs/errors.md, line 87, stops")
func errorsLine87() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine87Program()
}
expectStopped(result, #"""
&: is not defined for float32
  operands: float32[1], int32[1]
"""#, "docs/errors.md", line: 87)
}

@inline(never)
private func errorsLine100Program() {
_ = Tensor([1, 300], dtype: .int8)
}
@Test("docs/errors.md, line 100, stops")
func errorsLine100() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine100Program()
}
expectStopped(result, #"""
Tensor: a number is outside the range of int8
  operands: int8[2]
  hint: give a wider dtype, such as .int64
"""#, "docs/errors.md", line: 100)
}

@inline(never)
private func errorsLine118Program() {
let f = jit { (x: Tensor) in
  if Double(sum(x)) > 0 { return x }
  return -x
}
_ = f(ones([3]))
}
@Test("docs/errors.md, line 118, stops")
func errorsLine118() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine118Program()
}
expectStopped(result, #"""
array(of:): the elements were asked for, but inside jit the tensor only stands for those of a later call
  operands: float32[]
  hint: read elements outside the transformed function; branch with `select` instead of `if`
"""#, "docs/errors.md", line: 118)
}

@inline(never)
private func errorsLine137Program() {
nonisolated(unsafe) var kept: [Tensor] = []
_ = grad { (x: Tensor) in
  kept.append(exp(x))
  return x * x
}(2.0)
print(kept[0] + 1)
}
@Test("docs/errors.md, line 137, stops")
func errorsLine137() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine137Program()
}
expectStopped(result, #"""
add: an operand is a value traced by grad, jvp or another derivative, used after the traced function had returned or on another thread
  operands: float32*[]
  hint: return the value from the traced function instead of storing it outside
"""#, "docs/errors.md", line: 137)
}

@inline(never)
private func errorsLine156Program() {
_ = jit { (x: Tensor) in nonZero(x) }(Tensor([1, 0, 2]))
}
@Test("docs/errors.md, line 156, stops")
func errorsLine156() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine156Program()
}
expectStopped(result, #"""
nonZero: inside a transformed function the shape of the result cannot depend on the elements
  operands: int32[3]
  hint: give the `size` of the result; what is left over is filled
"""#, "docs/errors.md", line: 156)
}

@inline(never)
private func errorsLine165Program() {
_ = jit { (x: Tensor) in x[x .> 1] }(Tensor([1, 0, 2]))
}
@Test("docs/errors.md, line 165, stops")
func errorsLine165() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine165Program()
}
expectStopped(result, #"""
subscript: a mask selects as many elements as are true, so that the shape of the result would depend on data
  operands: int32[3], bool[3]
  hint: use `select(mask, x, other)`, which keeps the shape, or indices from `nonZero(mask, size:)`
"""#, "docs/errors.md", line: 165)
}

@inline(never)
private func errorsLine181Program() {
_ = grad { (x: Tensor) in x * x }(ones([3]))
}
@Test("docs/errors.md, line 181, stops")
func errorsLine181() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine181Program()
}
expectStopped(result, #"""
grad: the function's result is not a floating-point scalar
  operands: float32[3]
  hint: reduce it with `sum` or `mean`, or use `vjp` or `jacrev` for results of other shapes
"""#, "docs/errors.md", line: 181)
}

@inline(never)
private func errorsLine195Program() {
_ = grad { (x: Tensor) in sum(x.asType(.float32)) }(Tensor([1, 2, 3]))
}
@Test("docs/errors.md, line 195, stops")
func errorsLine195() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine195Program()
}
expectStopped(result, #"""
grad: the argument is not floating-point, so it has no derivative
  operands: int32[3]
  hint: convert it with `asType(.float32)`, or differentiate with respect to another argument
"""#, "docs/errors.md", line: 195)
}

@inline(never)
private func errorsLine209Program() {
func f(_ x: Tensor) -> Tensor {
  whileLoop(x, while: { $0 .< 100.0 }) { $0 * 2 }
}
_ = grad(f)(Tensor(3.0))
}
@Test("docs/errors.md, line 209, stops")
func errorsLine209() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine209Program()
}
expectStopped(result, #"""
whileLoop: reverse mode cannot differentiate a loop whose number of rounds is not known: it would have to keep every round's values
  operands: float32[]
  hint: use `foriLoop` with integer bounds, `scan`, or forward mode (`jvp`, `jacfwd`)
"""#, "docs/errors.md", line: 209)
}

@inline(never)
private func errorsLine228Program() {
_ = scan(Tensor(0), ones([3])) { (sum: Tensor, x: Tensor) in (sum + x, sum) }
}
@Test("docs/errors.md, line 228, stops")
func errorsLine228() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine228Program()
}
expectStopped(result, #"""
scan: the body must answer a carry of the types that it takes: it takes [int32[]], and answers [float32[]]
  operands: int32[], float32[3]
  hint: keep shapes and element types the same in every round
"""#, "docs/errors.md", line: 228)
}

@inline(never)
private func errorsLine242Program() {
_ = cond(Tensor(true), ones([2]), then: { $0 }, else: { $0[0] })
}
@Test("docs/errors.md, line 242, stops")
func errorsLine242() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine242Program()
}
expectStopped(result, #"""
cond: the branches have results of different types: [float32[]] and [float32[2]]
  operands: float32[2]
  hint: give them one shape and element type, with `broadcast(to:)` and `asType`
"""#, "docs/errors.md", line: 242)
}

@inline(never)
private func errorsLine256Program() {
_ = vmap { (x: Tensor, y: Tensor) in x * y }(ones([3, 2]), ones([4, 2]))
}
@Test("docs/errors.md, line 256, stops")
func errorsLine256() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine256Program()
}
expectStopped(result, #"""
vmap: the arguments have different numbers of examples: [3, 4]
  operands: float32[3, 2], float32[4, 2]
  hint: inAxes, [0, 0], names for each argument the axis along which the examples lie
"""#, "docs/errors.md", line: 256)
}

@inline(never)
private func errorsLine270Program() {
_ = vmap { (x: Tensor) in x - pmean(x, "batch") }(ones([3]))
}
@Test("docs/errors.md, line 270, stops")
func errorsLine270() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine270Program()
}
expectStopped(result, #"""
pmean: there is no vmap whose axis is named "batch" around
  hint: name the axis: vmap(f, axisName: "batch")
"""#, "docs/errors.md", line: 270)
}

@inline(never)
private func errorsLine282Program() {
let net = Sequential { Dense(2) }
_ = net(ones([1, 3]))
}
@Test("docs/errors.md, line 282, stops")
func errorsLine282() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine282Program()
}
expectStopped(result, #"""
sequential: the module was called without parameters, outside of any module
  hint: call sequential(params, inputs), with params from sequential.initParams(key, inputs)
"""#, "docs/errors.md", line: 282)
}

@inline(never)
private func errorsLine296Program() {
let noise = parametrized("noise") { (x: Tensor) in x + normal(randomKey(), x.shape) }
let net = Sequential { Dense(2); noise }
let params = net.initParams(PRNGKey(0), ones([1, 3]))
_ = net(params, ones([1, 3]))
}
@Test("docs/errors.md, line 296, stops")
func errorsLine296() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine296Program()
}
expectStopped(result, #"""
randomKey: the call was given no random key
  in: sequential.layers[1].noise
  hint: pass one: sequential(params, inputs, key: key)
"""#, "docs/errors.md", line: 296)
}

@inline(never)
private func errorsLine313Program() {
let net = Dense(2)
let params = net.initParams(PRNGKey(0), ones([1, 3]))
_ = net(params, ones([1, 5]))
}
@Test("docs/errors.md, line 313, stops")
func errorsLine313() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine313Program()
}
expectStopped(result, #"""
parameter: the parameter given for `kernel` should have shape [5, 2], not [3, 2]
  operands: float32[3, 2]
  in: dense
  hint: parameters fit inputs of the shapes that they were made with, except the number of examples
"""#, "docs/errors.md", line: 313)
}

@inline(never)
private func errorsLine325Program() {
let params: Params = ["kernel": Params(ones([3, 2]))]
_ = Dense(2)(params, ones([1, 3]))
}
@Test("docs/errors.md, line 325, stops")
func errorsLine325() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine325Program()
}
expectStopped(result, #"""
parameter: the parameters given have no `bias` of shape [2]; they have: `kernel`
  in: dense
  hint: make parameters for this module with `initParams`
"""#, "docs/errors.md", line: 325)
}

@inline(never)
private func errorsLine340Program() {
let twice = parametrized("twice") { (x: Tensor) in
  x * parameter("scale", [], ones()) + parameter("scale", [], ones())
}
_ = twice.initParams(PRNGKey(0), ones([2]))
}
@Test("docs/errors.md, line 340, stops")
func errorsLine340() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine340Program()
}
expectStopped(result, #"""
parameter: the parameter `scale` is asked for twice in one call
  in: twice
  hint: keep it in a constant to use it twice, or give two parameters two names
"""#, "docs/errors.md", line: 340)
}

@inline(never)
private func errorsLine354Program() {
let (net, other) = (Dense(2), Dense(2))
let params = net.initParams(PRNGKey(0), ones([1, 3]))
_ = Sequential { other }.initParams(PRNGKey(0), ones([1, 3]), reuse: [net: params])
}
@Test("docs/errors.md, line 354, stops")
func errorsLine354() async throws {
let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
errorsLine354Program()
}
expectStopped(result, #"""
reuse: parameters were given for `dense`, but `sequential` uses neither that module nor a part of it
  hint: sharing goes by the identity of module objects: use the object that the parameters were made for
"""#, "docs/errors.md", line: 354)
}

@inline(never)
private func errorsLine371Program() throws {
_ = try Params.load(from: "/no/such/model.safetensors")
}
@Test("docs/errors.md, line 371, throws")
func errorsLine371() async throws {
expectThrown(#"""
cannot read /no/such/model.safetensors: No such file or directory
"""#, "docs/errors.md", line: 371, errorsLine371Program)
}

@inline(never)
private func errorsLine379Program() throws {
let path = NSTemporaryDirectory() + "/page.safetensors"
try "<html>Not found</html>".write(toFile: path, atomically: true, encoding: .utf8)
_ = try Params.load(from: path)
}
@Test("docs/errors.md, line 379, throws")
func errorsLine379() async throws {
expectThrown(#"""
…/page.safetensors is not a safetensors file: its header would have 8020416621807167548 bytes, more than 100000000
"""#, "docs/errors.md", line: 379, errorsLine379Program)
}

@inline(never)
private func errorsLine390Program() throws {
let path = NSTemporaryDirectory() + "/dense.safetensors"
try Sequential { Dense(2) }.initParams(PRNGKey(0), ones([1, 3])).save(to: path)
_ = try Sequential { Dense(4) }.loadParams(from: path, ones([1, 3]))
}
@Test("docs/errors.md, line 390, throws")
func errorsLine390() async throws {
expectThrown(#"""
…/dense.safetensors does not hold the parameters asked for
  layers[0].kernel: expected shape [3, 4], found [3, 2]
  layers[0].bias: expected shape [4], found [2]
"""#, "docs/errors.md", line: 390, errorsLine390Program)
}

@inline(never)
private func errorsLine405Program() throws {
_ = try ImageDataset.load("my-digits")
}
@Test("docs/errors.md, line 405, throws")
func errorsLine405() async throws {
expectThrown(#"""
found no data set 'my-digits' in any of
  …
  hint: give the folder with its files, or set JAXNET_DATASETS to the folder that holds my-digits/
"""#, "docs/errors.md", line: 405, errorsLine405Program)
}
