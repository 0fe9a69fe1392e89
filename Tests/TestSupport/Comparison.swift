import Tensor
import Testing

// Each of these records an issue that names the first differing element and the largest error, and returns whether all is well.

/// Expects two tensors of one element type and shape with the same bits; NaN equals NaN, 0 differs from -0.
@discardableResult
public func expectEqual(
  _ actual: Tensor, _ expected: Tensor, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) -> Bool {
  report(actual, expected, what, sourceLocation, unit: "ulp", limit: "0 ulp, or in the sign of 0", sameType: true) {
    let distances = ulpDistances(actual, expected)
    guard actual.dtype.isFloating else { return distances.map { Difference(error: Double($0), isFailure: $0 != 0) } }
    let (a, e) = (bits(of: actual), bits(of: expected))
    let isNaN = actual.array(of: Double.self).map(\.isNaN)
    return distances.indices.map { i in
      Difference(error: Double(distances[i]), isFailure: distances[i] != 0 || a[i] != e[i] && !isNaN[i])
    }
  }
}

/// Expects floats at most `ulp` representable numbers apart, in the element type of `actual`, to which `expected` is rounded first.
@discardableResult
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, ulp: UInt64, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) -> Bool {
  report(actual, expected, what, sourceLocation, unit: "ulp", limit: "\(ulp) ulp") {
    ulpDistances(actual, expected.asType(actual.dtype)).map { Difference(error: Double($0), isFailure: $0 > ulp) }
  }
}

/// Expects |actual - expected| ≤ absolute + relative · |expected| for every element; the element types may differ.
@discardableResult
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, relative: Double, absolute: Double = 0, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) -> Bool {
  report(actual, expected, what, sourceLocation, unit: "absolute", limit: "\(absolute) + \(relative) · |expected|") {
    zip(actual.array(of: Double.self), expected.array(of: Double.self)).map { a, e in
      let error = distance(a, e)
      return Difference(error: error, isFailure: error == .infinity || error > absolute + relative * abs(e))
    }
  }
}

/// Expects |actual - expected| ≤ relativeToLargest · max |expected| for every element: for sums, whose terms may cancel.
@discardableResult
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, relativeToLargest: Double, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) -> Bool {
  let largest = expected.array(of: Double.self).lazy.map { abs($0) }.filter(\.isFinite).max() ?? 0
  return expectClose(
    actual, expected, relative: 0, absolute: relativeToLargest * largest, what, sourceLocation: sourceLocation)
}

// MARK: Distances

/// How far apart two tensors of one floating-point type are, in representable numbers.
public struct UlpStatistics: CustomStringConvertible, Sendable {
  /// The largest distance; `.max` if one of a pair is NaN and the other is not.
  public var largest: UInt64
  /// The mean distance.
  public var mean: Double
  /// The share of elements that are the same, 0 to 1.
  public var exactShare: Double

  /// The statistics of `actual` against `expected`, which is rounded to its element type.
  public init(_ actual: Tensor, _ expected: Tensor) {
    let distances = ulpDistances(actual, expected.asType(actual.dtype))
    largest = distances.max() ?? 0
    mean = distances.reduce(0) { $0 + Double($1) } / Double(max(distances.count, 1))
    exactShare = Double(distances.count { $0 == 0 }) / Double(max(distances.count, 1))
  }

  /// The numbers in words.
  public var description: String {
    "largest \(largest) ulp, mean \(mean) ulp, \(exactShare * 100) % exact"
  }
}

/// For each pair of elements, how many representable numbers they are apart: 0 for two NaNs and for 0 and -0, `.max` if only one is
/// NaN. For integers and `bool`, the absolute difference. The tensors have one element type and shape.
public func ulpDistances(_ actual: Tensor, _ expected: Tensor) -> [UInt64] {
  precondition(actual.dtype == expected.dtype && actual.shape == expected.shape, "one element type and shape")
  let (a, e) = (bits(of: actual), bits(of: expected))
  let width = actual.dtype.bitWidth
  guard actual.dtype.isFloating else {
    let isSigned = actual.dtype.isSignedInteger
    return zip(a, e).map { x, y in
      if !isSigned { return max(x, y) - min(x, y) }
      let (p, q) = (signExtended(x, width), signExtended(y, width))
      return UInt64(bitPattern: max(p, q)) &- UInt64(bitPattern: min(p, q))
    }
  }
  let infinity = bits(of: full([1], .infinity, dtype: actual.dtype))[0]
  let sign = UInt64(1) << UInt64(width - 1)
  return zip(a, e).map { x, y in
    let (xSize, ySize) = (x & ~sign, y & ~sign)
    if xSize > infinity || ySize > infinity { return xSize > infinity && ySize > infinity ? 0 : .max }
    if x & sign != y & sign { return xSize + ySize }
    return max(xSize, ySize) - min(xSize, ySize)
  }
}

private func signExtended(_ bits: UInt64, _ width: Int) -> Int64 {
  Int64(bitPattern: bits << UInt64(64 - width)) >> Int64(64 - width)
}

/// The memory of each element as an unsigned integer.
private func bits(of tensor: Tensor) -> [UInt64] {
  tensor.withUnsafeBytes { bytes in
    let size = tensor.dtype.itemSize
    return (0..<tensor.count).map { index in
      switch size {
      case 1: UInt64(bytes[index])
      case 2: UInt64(bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
      case 4: UInt64(bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
      default: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
      }
    }
  }
}

/// The distance of two numbers: 0 for equal ones, infinities and NaNs included, infinite if only one is NaN or infinite.
private func distance(_ a: Double, _ b: Double) -> Double {
  if a == b || a.isNaN && b.isNaN { return 0 }
  return a.isFinite && b.isFinite ? abs(a - b) : .infinity
}

// MARK: Messages

private struct Difference {
  var error: Double
  var isFailure: Bool
}

private func report(
  _ actual: Tensor, _ expected: Tensor, _ what: String, _ sourceLocation: SourceLocation, unit: String, limit: String,
  sameType: Bool = false, _ differences: () -> [Difference]
) -> Bool {
  func record(_ message: String) -> Bool {
    Issue.record(Comment(rawValue: what.isEmpty ? message : "\(what): \(message)"), sourceLocation: sourceLocation)
    return false
  }
  if actual.shape != expected.shape || sameType && actual.dtype != expected.dtype {
    return record("is \(actual.type.strong), expected \(expected.type.strong)")
  }
  let differences = differences()
  let failures = differences.indices.filter { differences[$0].isFailure }
  guard let first = failures.first else { return true }
  let worst = failures.max { differences[$0].error < differences[$1].error }!
  func element(_ index: Int) -> String {
    let (a, e) = (text(actual, index), text(expected, index))
    return "[\(position(index, actual.shape))] is \(a), expected \(e) (error \(differences[index].error) \(unit))"
  }
  return record(
    "\(failures.count) of \(differences.count) elements of \(actual.type.strong) differ by more "
      + "than \(limit); first: \(element(first))"
      + (worst == first ? "" : "; worst: \(element(worst))"))
}

private func position(_ index: Int, _ shape: [Int]) -> String {
  var rest = index
  return shape.reversed().map { size in
    defer { rest /= size }
    return "\(rest % size)"
  }.reversed().joined(separator: ", ")
}

private func text(_ tensor: Tensor, _ index: Int) -> String {
  let element = tensor.reshaped(to: [tensor.count])[index]
  switch tensor.dtype {
  case .bool: return "\(element.scalar(as: Bool.self))"
  case .uint64: return "\(element.scalar(as: UInt64.self))"
  case .float64: return "\(element.scalar(as: Double.self))"
  default: return tensor.dtype.isFloating ? "\(element.scalar(as: Float.self))" : "\(element.scalar(as: Int64.self))"
  }
}
