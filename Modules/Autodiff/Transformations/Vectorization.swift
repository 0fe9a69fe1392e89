import Tensor

/// Performs a function's operations for all examples of a batch at once: each tracer holds one value for each example.
final class BatchTrace: Trace {
  private let size: Int

  init(size: Int) { self.size = size }

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
      let batches = parts.map(\.batch)
      if parts.allSatisfy({ $0.axis == nil }) { return primitive(batches) }
      let results = primitive.rules.batch(batches, parts.map(\.axis), size: size)
      return zip(results.results, results.axes).map(example)
    }
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
/// all; in the results they lie along `outAxis`, or where nil nowhere if they are common to all.
func vectorize(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ axes: [Int?], size: Int
) -> [(batch: Tensor, axis: Int?)] {
  let trace = BatchTrace(size: size)
  let outputs = Trace.with(trace) { function(zip(inputs, axes).map(trace.example)) }.map(trace.parts)
  trace.finish()
  return outputs
}

/// As `vectorize`, with all examples of every result along its first axis.
func vectorizeToFront(_ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ axes: [Int?], size: Int) -> [Tensor] {
  vectorize(function, inputs, axes, size: size).map { $0.batch.withBatch(from: $0.axis, to: 0, size: size) }
}
