import Tensor

/// What this layer must know of a family of primitives: how it is differentiated and how it is vectorised.
protocol FamilyRules {
  /// The results for `primals`, and how they change when these change by `tangents`; nil is a tangent of zero.
  ///
  /// At least one tangent is given. The results are linear in the tangents, computed by primitives that have a transpose.
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?])

  /// The results for operands of which some hold `size` examples along an axis, and along which axis each result holds them; nil
  /// stands for one value common to all examples. At least one axis is given.
  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?])
}

/// A family with operations that are linear in some operands.
protocol LinearFamily {
  /// The cotangents of the linear operands, given those of the results; nil is a cotangent of zero, and stands for the operands
  /// that are known.
  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?]
}

/// An operand of a linear operation.
enum LinearOperand {
  /// One whose value is known.
  case known(Tensor)
  /// One whose cotangent is asked for.
  case linear(TensorType)

  var type: TensorType {
    switch self {
    case .known(let tensor): tensor.type
    case .linear(let type): type
    }
  }
  var known: Tensor? { if case .known(let tensor) = self { tensor } else { nil } }
  var isLinear: Bool { known == nil }
}

extension Primitive {
  /// The family's rules in this layer.
  var rules: any FamilyRules {
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

  /// The family's transpose, nil for families without linear operations.
  var linearFamily: (any LinearFamily)? {
    switch self {
    case .unary(let family): family
    case .binary(let family): family
    case .multiplyAdd(let family): family
    case .select(let family): family
    case .convert(let family): family
    case .partition(let family): family
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
    case .cumulative(let family): family
    case .dot(let family): family
    case .convolution(let family): family
    case .reduceWindow(let family): family
    case .selectAndGather(let family): family
    case .selectAndScatter(let family): family
    case .triangularSolve(let family): family
    case .linearSolve(let family): family
    case .fourier(let family): family
    case .collective(let family): family
    case .call(let family): family
    case .switch(let family): family
    case .scan(let family): family
    case .customLinear(let family): family
    case .compare, .isFinite, .bitcast, .argReduce, .sort, .topK, .iota, .factorization, .threefry2x32, .marker,
      .whileLoop, .customDerivative:
      nil
    }
  }
}

/// A family whose results do not change smoothly: their tangents are zero.
protocol PiecewiseConstant: FamilyRules {
  /// The operation.
  var primitive: Primitive { get }
}

extension PiecewiseConstant {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let outputs = primitive(primals)
    return (outputs, outputs.map { _ in nil })
  }
}

/// A family that treats each element apart: it is vectorised by giving all operands one shape.
protocol Elementwise: FamilyRules {
  /// The operation.
  var primitive: Primitive { get }
}

extension Elementwise {
  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let axis = axes.lazy.compactMap { $0 }.first!
    let moved = zip(operands, axes).map { $0.withBatch(from: $1, to: axis, size: size) }
    let results = primitive(moved)
    return (results, results.map { _ in axis })
  }
}

extension Tensor {
  /// The examples that lie along `source`, or copies of one value for nil, along `target`.
  func withBatch(from source: Int?, to target: Int, size: Int) -> Tensor {
    if let source { return source == target ? self : movingAxis(source, to: target) }
    var shape = shape
    shape.insert(size, at: target)
    return broadcastInDim(shape, dimensions: (0..<rank).map { $0 < target ? $0 : $0 + 1 })
  }

  /// Zeros of a type: the value of a tangent that is nil.
  static func zero(_ type: TensorType) -> Tensor { zeros(type.shape, dtype: type.dtype) }
}

extension [Int] {
  /// Dimensions of one example as dimensions of a batch that lies along `axis`.
  func skipping(_ axis: Int) -> [Int] { map { $0 < axis ? $0 : $0 + 1 } }

  /// A list with one entry a dimension, with an entry for the batch that lies along `axis`.
  func inserting(_ element: Int, at axis: Int) -> [Int] {
    var result = self
    result.insert(element, at: axis)
    return result
  }
}
