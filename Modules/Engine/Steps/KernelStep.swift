import CKernels

/// A fused kernel, which may go over the parts of a product as they are made.
final class KernelStep: Step, @unchecked Sendable {
  private let program: OpaquePointer
  private let inputs: [Place]
  private let outputs: [Place]
  /// The product, and the index of the input that it is.
  private let product: (step: ProductStep, input: Int)?
  private let text: String

  init(
    program: OpaquePointer, inputs: [Place], outputs: [Place], product: (step: ProductStep, input: Int)?,
    summary: String
  ) {
    precondition(product == nil || jn_program_is_linear(program), "a kernel that cannot follow a product: \(summary)")
    self.program = program
    self.inputs = inputs
    self.outputs = outputs
    self.product = product
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
        if let product {
          withUnsafePointer(to: product.step.floatProduct(slots)) {
            jn_program_run_on_product(program, reads, base + inputs.count, product.input, $0)
          }
        } else {
          jn_program_run(program, reads, base + inputs.count)
        }
      }
    }
  }
}
