import Tensor

/// Performs a function's operations for all examples of a batch at once: each tracer holds one value for each example.
final class BatchTrace: Trace {
  private let axis: BatchAxis

  init(_ axis: BatchAxis) { self.axis = axis }

  override var name: String { "vmap" }

  /// A value of one example, all of which lie along an axis; without one it is common to all and needs no tracer.
  func example(_ batch: Tensor, _ axis: Int?) -> Tensor {
    axis.map { Tensor(BatchTracer(batch, axis: $0, self)) } ?? batch
  }

  /// The values of all examples and the axis along which they lie, nil for a value common to all.
  func parts(_ tensor: Tensor) -> (batch: Tensor, axis: Int?) {
    guard let tracer = tensor.tracer, tracer.trace === self else { return (tensor, nil) }
    let batched = unsafeDowncast(tracer, to: BatchTracer.self)
    return (batched.batch, batched.axis)
  }

  override func process(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    let parts = operands.map(parts)
    return Trace.with(parent) {
      let (batches, axes) = (parts.map(\.batch), parts.map(\.axis))
      let results: (results: [Tensor], axes: [Int?])
      if case .collective(let collective) = primitive, collective.axisName == axis.name {
        results = collective.combine(batches, axes)
      } else if axes.allSatisfy({ $0 == nil }) {
        return primitive(batches)
      } else {
        results = axis.run { primitive.rules.batch(batches, axes, size: axis.size) }
      }
      return zip(results.results, results.axes).map(example)
    }
  }

  /// The named axes of the transformations at work, innermost first.
  static var namedAxes: [BatchAxis] {
    var result: [BatchAxis] = []
    var trace = Trace.current
    while let current = trace {
      if let batch = current as? BatchTrace, batch.axis.name != nil { result.append(batch.axis) }
      trace = current.parent
    }
    return result
  }
}

/// The axis along which the examples of a batch lie: how many there are, and by what name they are combined.
struct BatchAxis: Hashable {
  var size: Int
  var name: String?

  /// The name of the axis whose examples a rule is treating: graphs that the rule vectorises combine examples by it.
  @TaskLocal static var currentName: String?

  /// Runs a rule for the examples of this axis.
  func run<Result>(_ rule: () -> Result) -> Result {
    name == Self.currentName ? rule() : Self.$currentName.withValue(name, operation: rule)
  }
}

private final class BatchTracer: Tracer, @unchecked Sendable {
  let batch: Tensor
  let axis: Int

  init(_ batch: Tensor, axis: Int, _ trace: Trace) {
    self.batch = batch
    self.axis = axis
    var type = batch.type
    type.shape.remove(at: axis)
    super.init(type, trace)
  }
}

/// The results of a function for each example of a batch: `axes` say where the examples lie in each input, nil for one common to
/// all; each result says where they lie in it, nil if it is common to all.
func vectorize(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ axes: [Int?], _ axis: BatchAxis
) -> [(batch: Tensor, axis: Int?)] {
  let trace = BatchTrace(axis)
  let outputs = Trace.with(trace) { function(zip(inputs, axes).map(trace.example)) }.map(trace.parts)
  trace.finish()
  return outputs
}

/// As `vectorize`, with all examples of every result along its first axis.
func vectorizeToFront(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ axes: [Int?], _ axis: BatchAxis
) -> [Tensor] {
  vectorize(function, inputs, axes, axis).map { $0.batch.withBatch(from: $0.axis, to: 0, size: axis.size) }
}
