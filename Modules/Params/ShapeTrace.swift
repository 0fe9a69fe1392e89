import Tensor

/// Follows a program on types alone: each operation's results are known by its shape rule, and nothing is computed or
/// recorded.
///
/// Tensors of this trace can be made at any time, within other transformations, too: that is how a module's parameters
/// come into being while the module is looked at.
final class ShapeTrace: Trace {
  override var name: String { "initParams or another look at a module's shapes" }

  /// A tensor of this type without elements.
  func tensor(_ type: TensorType) -> Tensor { Tensor(Tracer(type, self)) }

  override func process(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    for operand in operands where operand.tracer?.trace.isActive == false { primitive.leaked(operand) }
    let results = orFail { () throws(TensorError) in try primitive.resultTypes(of: operands.map(\.type)) }
    return results.map(tensor)
  }
}
