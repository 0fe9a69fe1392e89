import CKernels

/// A fused kernel.
final class KernelStep: Step, @unchecked Sendable {
  private let program: OpaquePointer
  private let inputs: [Place]
  private let outputs: [Place]
  private let text: String

  init(program: OpaquePointer, inputs: [Place], outputs: [Place], summary: String) {
    self.program = program
    self.inputs = inputs
    self.outputs = outputs
    text = summary
  }

  deinit { jn_program_free(program) }

  override var summary: String { text }

  override func run(_ slots: Slots) {
    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: inputs.count + outputs.count) {
      pointers in
      for i in inputs.indices { pointers[i] = inputs[i].pointer(slots) }
      for i in outputs.indices { pointers[inputs.count + i] = outputs[i].pointer(slots) }
      let base = pointers.baseAddress!
      base.withMemoryRebound(to: UnsafeRawPointer?.self, capacity: inputs.count) { reads in
        jn_program_run(program, reads, base + inputs.count)
      }
    }
  }
}
