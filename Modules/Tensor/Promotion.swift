/// The lattice in which two element types meet, as in JAX: each type and the types directly above it. Weak types, those of
/// Swift literals, stand below the types that they give way to.
///
/// Source: JAX's "Type promotion semantics".
private enum LatticeType {
  case strong(DType)
  case weakInt, weakFloat

  init(_ type: DType, isWeak: Bool) {
    switch (isWeak, type.isFloating) {
    case (true, true): self = .weakFloat
    case (true, false) where type.isInteger: self = .weakInt
    default: self = .strong(type)
    }
  }

  var above: [LatticeType] {
    switch self {
    case .weakInt: [.strong(.uint8), .strong(.int8)]
    case .weakFloat: [.strong(.bfloat16), .strong(.float16)]
    case .strong(let type):
      switch type {
      case .bool: [.weakInt]
      case .uint8: [.strong(.int16), .strong(.uint16)]
      case .uint16: [.strong(.int32), .strong(.uint32)]
      case .uint32: [.strong(.int64), .strong(.uint64)]
      case .int8: [.strong(.int16)]
      case .int16: [.strong(.int32)]
      case .int32: [.strong(.int64)]
      case .int64, .uint64: [.weakFloat]
      case .bfloat16, .float16: [.strong(.float32)]
      case .float32: [.strong(.float64)]
      case .float64: []
      }
    }
  }

  private var index: Int {
    switch self {
    case .strong(let type): Int(type.rawValue)
    case .weakInt: DType.allCases.count
    case .weakFloat: DType.allCases.count + 1
    }
  }

  /// The type itself and those above it, a bit for each by its index.
  private var atOrAbove: UInt16 { above.reduce(1 << index) { $0 | $1.atOrAbove } }

  private static let reach = (DType.allCases.map(LatticeType.strong) + [.weakInt, .weakFloat]).map {
    ($0, $0.atOrAbove)
  }

  /// The lowest type at or above both.
  static func join(_ a: LatticeType, _ b: LatticeType) -> LatticeType {
    let common = reach[a.index].1 & reach[b.index].1
    return reach.first { type, atOrAbove in common >> type.index & 1 == 1 && common & ~atOrAbove == 0 }!.0
  }
}

/// An element type, and whether it is weak: whether it gives way to the type of what it is combined with.
public struct PromotedType: Hashable, Sendable {
  /// The element type.
  public var dtype: DType
  /// Whether the result is weakly typed.
  public var isWeak: Bool
}

/// The join of every pair of types, by their raw values and weakness.
private let joins: [PromotedType] = {
  let all = DType.allCases.flatMap { type in [false, true].map { (type, $0) } }
  return all.flatMap { a in
    all.map { b in
      // Two weak types join as if they were strong, and the result is weak.
      if a.1 && b.1 {
        return PromotedType(dtype: join(a.0, isWeak: false, b.0, isWeak: false).dtype, isWeak: true)
      }
      return a.0 == b.0 ? PromotedType(dtype: a.0, isWeak: false) : join(a.0, isWeak: a.1, b.0, isWeak: b.1)
    }
  }
}()

private func join(_ a: DType, isWeak aIsWeak: Bool, _ b: DType, isWeak bIsWeak: Bool) -> PromotedType {
  var result = resolve(.join(LatticeType(a, isWeak: aIsWeak), LatticeType(b, isWeak: bIsWeak)))
  // The lattice puts int64 above uint32 and int32. As in JAX, 64 bits only come from 64 bits.
  if result.dtype == .int64 && a.itemSize < 8 && b.itemSize < 8 { result.dtype = .int32 }
  return result
}

private func resolve(_ type: LatticeType) -> PromotedType {
  switch type {
  case .strong(let dtype): PromotedType(dtype: dtype, isWeak: false)
  case .weakInt: PromotedType(dtype: .defaultInt, isWeak: true)
  case .weakFloat: PromotedType(dtype: .defaultFloat, isWeak: true)
  }
}

/// The type of a result whose operands have these types, by JAX's promotion rules.
///
/// A weakly typed operand, such as a Swift literal, keeps the other's type when it is of the same kind: `x * 2` has the
/// type of `x`, and so has `x * 0.5` for a floating-point `x`. `uint32` with a signed type of at most 32 bits is `int32`.
public func promoteTypes(
  _ a: DType, isWeak aIsWeak: Bool = false, with b: DType, otherIsWeak bIsWeak: Bool = false
) -> PromotedType {
  let index = { (type: DType, weak: Bool) in Int(type.rawValue) * 2 + (weak ? 1 : 0) }
  return joins[index(a, aIsWeak) * DType.allCases.count * 2 + index(b, bIsWeak)]
}
