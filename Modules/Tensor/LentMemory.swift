// What a compiled program does with its arguments and results at each call, where every nanosecond counts: all of it here, on whole
// arrays, so that no call goes from module to module for each tensor.

extension [Tensor] {
  /// Makes sure that all have elements in the host's memory, one for each; of tracers, answers the first.
  package mutating func makeDenseOnHost() -> Tensor? {
    if withUnsafeBufferPointer({ tensors in tensors.allSatisfy { $0.value.isOnHost && !$0.isSplat } }) { return nil }
    for i in indices {
      if self[i].isTraced { return self[i] }
      self[i] = Tensor(self[i].moved(to: .host).concrete!.dense)
    }
    return nil
  }

  /// Whether these are the tensors' types.
  package func have(_ types: [TensorType]) -> Bool {
    count == types.count
      && withUnsafeBufferPointer { tensors in
        types.withUnsafeBufferPointer { types in tensors.indices.allSatisfy { tensors[$0].value.type == types[$0] } }
      }
  }

  /// Writes the addresses of the elements, which are in the host's memory, one for each.
  package func writePointers(to pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>) {
    withUnsafeBufferPointer { tensors in
      for i in tensors.indices { pointers[i] = unsafeDowncast(tensors[i].value, to: ConcreteValue.self).pointer }
    }
  }
}

/// A result that a program computes, and whose memory it may write to.
package struct ResultPlan: Sendable {
  let type: TensorType
  package let byteCount: Int
  /// The argument that may lend its memory.
  let lender: Int?
  let lenderHasType: Bool

  package init(_ type: TensorType, lender: Int?, lenderType: TensorType?) {
    self.type = type
    byteCount = type.byteCount
    self.lender = lender
    lenderHasType = lenderType == type
  }
}

extension [ResultPlan] {
  /// Tensors for the results, not yet written, and the addresses of their elements. A dense argument in the host's memory that
  /// nothing else holds becomes the result that it may lend its memory to.
  package func makeResults(
    from arguments: inout [Tensor], pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  ) -> [Tensor] {
    [Tensor](unsafeUninitializedCapacity: count) { results, filled in
      withUnsafeBufferPointer { plans in
        arguments.withUnsafeMutableBufferPointer { arguments in
          for i in plans.indices {
            let value =
              plans[i].lender.flatMap { arguments[$0].lend(to: plans[i]) }
              ?? ConcreteValue(plans[i].type, Storage(byteCount: plans[i].byteCount))
            pointers[i] = value.pointer
            results.initializeElement(at: i, to: Tensor(value))
            filled = i + 1
          }
        }
      }
    }
  }
}

extension Tensor {
  /// Whether one element in the host's memory, where the tensor is, stands for all.
  fileprivate var isSplat: Bool { unsafeDowncast(value, to: ConcreteValue.self).isSplat }

  /// A value for a result in this tensor's memory, if nothing else holds that.
  fileprivate mutating func lend(to result: ResultPlan) -> ConcreteValue? {
    guard isKnownUniquelyReferenced(&value) else { return nil }
    let value = unsafeDowncast(value, to: ConcreteValue.self)
    guard value.isStorageUnique else { return nil }
    if result.lenderHasType && value.literal == nil { return value }
    return value.storage.byteCount >= result.byteCount ? ConcreteValue(result.type, value.storage) : nil
  }
}
