// swift-format-ignore-file
// Written by Tools/doc-snippets from docs/compiling.md: edit that, and run it again.
import JAXnet
import Testing


@Test("The snippets of docs/compiling.md run, and print what it says")
func compilingSnippets() async throws {
// docs/compiling.md, line 36
do {
let loss = parametrized("loss") { (inputs: Tensor, targets: Tensor) in
  mean(square(Sequential { Dense(8); relu; Dense(1) }(inputs) - targets))
}
let optimizer = Momentum(0.1, mass: 0.9)
let step = { (state: OptimizerState<Params>, inputs: Tensor, targets: Tensor) in
  optimizer.update(loss, state, inputs, targets)
}
let (inputs, targets) = (ones([16, 4]), ones([16, 1]))
var state = optimizer.initialize(loss.initParams(PRNGKey(0), inputs, targets))

let program = compile(step)(state, inputs, targets)
print(program)              // the kernels, products and loops
print(program.graph)        // the program after all passes
print(program.memory.peak)  // bytes
_ = (loss, optimizer, step, inputs, targets, state, program)
// docs/compiling.md, line 66
do {
let compiledStep = jit(step)
for _ in 0..<10 {
  state = compiledStep(consume state, inputs, targets)
}
_ = (compiledStep)
}}
}
