import CKernels
import Foundation

/// Memory for the elements of tensors, aligned for vector instructions unless it is small.
///
/// Written by its one creator before a tensor holds it, and never after, which is what makes sharing it between threads safe.
package final class Storage: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  package let byteCount: Int
  private let isOwned: Bool

  package init(byteCount: Int) {
    self.byteCount = byteCount
    isOwned = true
    pointer = jn_buffer_take(byteCount)
  }

  /// Memory that somebody else keeps, for as long as this object is used.
  package init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int) {
    self.byteCount = byteCount
    self.pointer = pointer
    isOwned = false
  }

  deinit { if isOwned { jn_buffer_give(pointer, byteCount) } }
}

/// The memory of tensors that are gone, which is kept for later ones of about their size: fresh memory from the system costs more
/// than most of the work done in it.
public enum TensorMemory {
  /// How many bytes are kept at most; 256 MiB at first. Setting a lower limit gives memory back to the system.
  public static var cacheLimit: Int {
    get { jn_buffer_limit() }
    set { jn_buffer_set_limit(Swift.max(0, newValue)) }
  }

  /// How many bytes are kept now.
  public static var cachedByteCount: Int { jn_buffer_kept() }

  /// Gives all that is kept back to the system.
  public static func clearCache() {
    let limit = cacheLimit
    cacheLimit = 0
    cacheLimit = limit
  }
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
    if type.dtype == .float32 {
      result.pointer.storeBytes(of: Float(double), as: Float.self)
    } else {
      var double = double
      jn_convert(type.dtype.kernelType, result.pointer, JN_FLOAT64, &double, 1)
    }
    return result
  }

  /// One element that stands for all of this type.
  package static func splat(_ type: TensorType, integer: Int64) -> ConcreteValue {
    let result = ConcreteValue(type, Storage(byteCount: type.dtype.itemSize), isSplat: type.elementCount != 1)
    if type.dtype == .int32 {
      result.pointer.storeBytes(of: Int32(truncatingIfNeeded: integer), as: Int32.self)
    } else {
      var integer = integer
      jn_convert(type.dtype.kernelType, result.pointer, JN_INT64, &integer, 1)
    }
    return result
  }
}
