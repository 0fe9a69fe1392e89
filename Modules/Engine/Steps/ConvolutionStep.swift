import CKernels
import Tensor

/// A convolution, by the method that its plan chose when the program was compiled.
final class ConvolutionStep: Step, @unchecked Sendable {
  private let plan: ConvolutionPlan
  private let lhs, rhs, out, scratch: Place
  private let text: String

  init(_ plan: ConvolutionPlan, lhs: Place, rhs: Place, out: Place, scratch: Place, summary: String) {
    (self.plan, self.lhs, self.rhs, self.out, self.scratch) = (plan, lhs, rhs, out, scratch)
    text = summary
  }

  override var summary: String { text }

  override func run(_ slots: Slots) {
    plan.run(lhs: lhs.pointer(slots), rhs: rhs.pointer(slots), out: out.pointer(slots), scratch: scratch.pointer(slots))
  }
}

/// A reduction under a sliding window, or the selection of elements under one.
final class WindowStep: Step, @unchecked Sendable {
  enum Work {
    case reduce(jn_reduce_op)
    case gather(largest: Bool)
    case scatter(largest: Bool)
  }

  private let work: Work
  private let dtype: jn_dtype
  private let dimensions: [jn_sliding_dimension]
  /// What is read: for a selection, values and then the elements that it goes by.
  private let operands: [Place]
  private let out: Place

  init(_ work: Work, dtype: DType, dimensions: [jn_sliding_dimension], operands: [Place], out: Place) {
    (self.work, self.dimensions, self.operands, self.out) = (work, dimensions, operands, out)
    self.dtype = dtype.kernelType
  }

  override var summary: String {
    switch work {
    case .reduce: "reduce windows"
    case .gather: "gather from windows"
    case .scatter: "scatter to windows"
    }
  }

  override func run(_ slots: Slots) {
    let (result, first) = (out.pointer(slots), operands[0].pointer(slots))
    switch work {
    case .reduce(let operation): jn_reduce_window(operation, dtype, dimensions.count, dimensions, result, first)
    case .gather(let largest):
      jn_select_gather(largest, dtype, dimensions.count, dimensions, result, first, operands[1].pointer(slots))
    case .scatter(let largest):
      jn_select_scatter(largest, dtype, dimensions.count, dimensions, result, first, operands[1].pointer(slots))
    }
  }
}
