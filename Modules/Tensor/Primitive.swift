/// An operation that transformations know by rules: one of a closed set of families, each with StableHLO's semantics.
///
/// Every layer gives each family its rules in one exhaustive `switch`, so that a missing rule does not compile: shape and
/// evaluation here, differentiation and batching in `Autodiff`. Functions that programs call are compositions of these.
public enum Primitive: Hashable, Sendable {
  /// A function of each element.
  case unary(Unary)
  /// A function of each pair of elements of two tensors of one type.
  case binary(Binary)
  /// A product and a sum of each three elements of tensors of one type, rounded once.
  case multiplyAdd(MultiplyAdd)
  /// A comparison of each pair of elements.
  case compare(Comparison)
  /// Whether each element is neither infinite nor NaN.
  case isFinite(IsFinite)
  /// For each element, one of two by a condition.
  case select(Select)
  /// A change of element type that keeps the value.
  case convert(Convert)
  /// A change of element type that keeps the bits.
  case bitcast(Bitcast)
  /// New dimensions, along which the elements repeat.
  case broadcastInDim(BroadcastInDim)
  /// The same elements in another shape.
  case reshape(Reshape)
  /// Another order of the dimensions.
  case transpose(Transpose)
  /// The opposite order along some dimensions.
  case reverse(Reverse)
  /// Several tensors one after the other along a dimension.
  case concatenate(Concatenate)
  /// Padding before, after and between the elements.
  case pad(Pad)
  /// A rectangular part, at regular steps.
  case slice(Slice)
  /// A rectangular part that starts where a tensor says.
  case dynamicSlice(DynamicSlice)
  /// A tensor with a rectangular part replaced, where a tensor says.
  case dynamicUpdateSlice(DynamicUpdateSlice)
  /// Windows at places that a tensor says.
  case gather(Gather)
  /// A tensor combined with windows, at places that a tensor says.
  case scatter(Scatter)
  /// A sum, product, extremum or logical combination over some dimensions.
  case reduce(Reduce)
  /// The index of an extremum along a dimension.
  case argReduce(ArgReduce)
  /// A running sum, product or extremum along a dimension.
  case cumulative(Cumulative)
  /// Tensors sorted together along a dimension.
  case sort(Sort)
  /// The largest elements along the last dimension.
  case topK(TopK)
  /// The index along a dimension.
  case iota(Iota)
  /// A product of two tensors, summed over paired dimensions.
  case dot(Dot)
  /// A sum of products of a kernel with what is under it, wherever it lies.
  case convolution(Convolution)
  /// A combination of the elements under a sliding window.
  case reduceWindow(ReduceWindow)
  /// The elements of one tensor where another has its extrema under a sliding window.
  case selectAndGather(SelectAndGather)
  /// Sums at the places of the extrema under a sliding window.
  case selectAndScatter(SelectAndScatter)
  /// Factors of matrices.
  case factorization(Factorization)
  /// The solution of equations with a triangular matrix.
  case triangularSolve(TriangularSolve)
  /// The solution of equations with a matrix whose factors are known.
  case linearSolve(LinearSolve)
  /// A discrete Fourier transform.
  case fourier(FourierTransform)
  /// The hash that random bits come from.
  case threefry2x32(Threefry2x32)
  /// The identity, with a meaning for transformations.
  case marker(Marker)
  /// The identity, with a statement of where the elements lie.
  case partition(Partition)
  /// A combination of the examples of an enclosing `vmap`.
  case collective(Collective)
  /// A call of a traced function.
  case call(Call)
  /// One of several functions, chosen by an index.
  case `switch`(Switch)
  /// A function repeated as long as a condition holds.
  case whileLoop(WhileLoop)
  /// A function repeated along an axis.
  case scan(Scan)
  /// A call of a function that brings its own derivative.
  case customDerivative(CustomDerivative)
  /// A linear function known by its transpose alone.
  case customLinear(CustomLinear)
}

/// What this layer must know of a family: its printed form, its shape rule, and its values.
package protocol PrimitiveFamily: Hashable, Sendable {
  /// The operation's name as programs and printed graphs have it.
  var name: String { get }
  /// The attributes for the printed form, in order.
  var attributes: [(name: String, value: String)] { get }
  /// The types of the results, or the rule that the operands break.
  func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType]
  /// The results, given operands that `resultTypes` accepts and what it answered.
  func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue]
}

extension PrimitiveFamily {
  package var attributes: [(name: String, value: String)] { [] }

  func broken(_ operands: [TensorType], _ problem: String, hint: String? = nil) -> TensorError {
    TensorError(name, operands, problem, hint: hint)
  }

  func require(
    _ condition: Bool, _ operands: [TensorType], _ problem: @autoclosure () -> String,
    hint: @autoclosure () -> String? = nil
  ) throws(TensorError) {
    if !condition { throw broken(operands, problem(), hint: hint()) }
  }

  func requireCount(_ count: Int, _ operands: [TensorType]) throws(TensorError) {
    try require(operands.count == count, operands, "takes \(count) operands, not \(operands.count)")
  }

  func requireSameType(_ operands: [TensorType]) throws(TensorError) {
    for operand in operands.dropFirst() {
      try require(
        operand.dtype == operands[0].dtype && operand.shape == operands[0].shape, operands,
        "the operands must have one shape and element type")
    }
  }

  func requireAxes(_ axes: [Int], _ operands: [TensorType]) throws(TensorError) {
    let rank = operands[0].rank
    try require(
      Set(axes).count == axes.count && axes.allSatisfy { 0..<rank ~= $0 }, operands,
      "the axes \(axes) must be distinct and in 0..<\(rank)")
  }
}

extension Primitive {
  /// The family's rules in this layer.
  var family: any PrimitiveFamily {
    switch self {
    case .unary(let family): family
    case .binary(let family): family
    case .multiplyAdd(let family): family
    case .compare(let family): family
    case .isFinite(let family): family
    case .select(let family): family
    case .convert(let family): family
    case .bitcast(let family): family
    case .broadcastInDim(let family): family
    case .reshape(let family): family
    case .transpose(let family): family
    case .reverse(let family): family
    case .concatenate(let family): family
    case .pad(let family): family
    case .slice(let family): family
    case .dynamicSlice(let family): family
    case .dynamicUpdateSlice(let family): family
    case .gather(let family): family
    case .scatter(let family): family
    case .reduce(let family): family
    case .argReduce(let family): family
    case .cumulative(let family): family
    case .sort(let family): family
    case .topK(let family): family
    case .iota(let family): family
    case .dot(let family): family
    case .convolution(let family): family
    case .reduceWindow(let family): family
    case .selectAndGather(let family): family
    case .selectAndScatter(let family): family
    case .factorization(let family): family
    case .triangularSolve(let family): family
    case .linearSolve(let family): family
    case .fourier(let family): family
    case .threefry2x32(let family): family
    case .marker(let family): family
    case .partition(let family): family
    case .collective(let family): family
    case .call(let family): family
    case .switch(let family): family
    case .whileLoop(let family): family
    case .scan(let family): family
    case .customDerivative(let family): family
    case .customLinear(let family): family
    }
  }

  /// The operation's name, as printed graphs and errors have it.
  public var name: String { family.name }

  /// The types of the results for operands of these types, or the rule that they break.
  public func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try family.resultTypes(of: operands)
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    family.evaluate(operands, results)
  }
}
