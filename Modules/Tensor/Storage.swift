import CKernels
import Foundation

/// Memory for the elements of tensors, aligned for vector instructions.
///
/// Written by its one creator before a tensor holds it, and never after, which is what makes sharing it between threads safe.
package final class Storage: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  package let byteCount: Int
  private let isOwned: Bool

  package init(byteCount: Int) {
    self.byteCount = byteCount
    isOwned = true
    pointer = .allocate(byteCount: Swift.max(byteCount, 1), alignment: 64)
  }

  /// Memory that somebody else keeps, for as long as this object is used.
  package init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int) {
    self.byteCount = byteCount
    self.pointer = pointer
    isOwned = false
  }

  deinit { if isOwned { pointer.deallocate() } }
}

extension ConcreteValue {
  /// The same elements with one in memory for each.
  package var dense: ConcreteValue {
    guard isSplat else { return self }
    let result = ConcreteValue(uninitialized: type)
    jn_fill(type.dtype.itemSize, result.pointer, pointer, type.elementCount)
    return result
  }

  /// The same elements under another type of the same size in bytes.
  package func retyped(_ type: TensorType) -> ConcreteValue {
    let isStillWeak = type.isWeak && type.dtype == self.type.dtype
    return ConcreteValue(type, storage, isSplat: isSplat, literal: isStillWeak ? literal : nil)
  }

  /// One element that stands for all of this type.
  package static func splat(_ type: TensorType, _ double: Double) -> ConcreteValue {
    let result = ConcreteValue(
      type, Storage(byteCount: type.dtype.itemSize), isSplat: type.elementCount != 1,
      literal: type.isWeak && type.dtype.isFloating ? double : nil)
    var double = double
    jn_convert(type.dtype.kernelType, result.pointer, JN_FLOAT64, &double, 1)
    return result
  }

  /// One element that stands for all of this type.
  package static func splat(_ type: TensorType, integer: Int64) -> ConcreteValue {
    let result = ConcreteValue(type, Storage(byteCount: type.dtype.itemSize), isSplat: type.elementCount != 1)
    var integer = integer
    jn_convert(type.dtype.kernelType, result.pointer, JN_INT64, &integer, 1)
    return result
  }
}
