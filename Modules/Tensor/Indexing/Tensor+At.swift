extension Tensor {
  /// Copies of the tensor with a part changed: `x.at[0].set(1)`, `x.at[rows, 1].add(y)`.
  ///
  /// Between the brackets stands what `x[…]` accepts. Updates are broadcast to the shape of the part, and must fit the element
  /// type of the tensor. Source: `jax.numpy.ndarray.at`.
  public var at: TensorAt { TensorAt(tensor: self) }
}

/// A tensor of which a part is to be named: `x.at`.
public struct TensorAt: Sendable {
  fileprivate let tensor: Tensor

  /// A part of the tensor, to be changed or taken.
  public subscript(_ indices: any TensorIndex...) -> TensorPart { part(indices.map(\.indexTerm)) }
  /// A part of the tensor; `...` stands for as many whole dimensions as are left.
  public subscript(_ ellipsis: UnboundedRange, _ rest: any TensorIndex...) -> TensorPart {
    part([.ellipsis] + rest.map(\.indexTerm))
  }
  /// A part of the tensor; `...` stands for as many whole dimensions as are left.
  public subscript(
    _ first: any TensorIndex, _ ellipsis: UnboundedRange, _ rest: any TensorIndex...
  ) -> TensorPart {
    part([first.indexTerm, .ellipsis] + rest.map(\.indexTerm))
  }
  /// A part of the tensor; `...` stands for as many whole dimensions as are left. (Behind more indices, write `.ellipsis`.)
  public subscript(
    _ first: any TensorIndex, _ second: any TensorIndex, _ ellipsis: UnboundedRange, _ rest: any TensorIndex...
  ) -> TensorPart {
    part([first.indexTerm, second.indexTerm, .ellipsis] + rest.map(\.indexTerm))
  }

  private func part(_ terms: [IndexTerm]) -> TensorPart {
    TensorPart(tensor: tensor, plan: IndexPlan(terms, of: tensor))
  }
}

/// A part of a tensor, named by `x.at[…]`; its methods answer a tensor of the shape of `x`, but for `get`.
///
/// Of an index that repeats, sums, products and extrema count every update, and of `set` the last stays. `mode` says what an
/// index tensor's element outside the dimension means: by default its update is dropped. `uniqueIndices` promises that no
/// index repeats, which makes derivatives cheaper, and those of `multiply` and `divide` by the updates possible.
public struct TensorPart: Sendable {
  fileprivate let tensor: Tensor
  fileprivate let plan: IndexPlan

  /// The part itself.
  ///
  /// - Parameters:
  ///   - mode: what an index outside means; by default it is moved inside.
  ///   - fillValue: what the mode `fill` fills with; by default NaN, the lowest signed integer, the highest unsigned one, or true.
  public func get(mode: IndexMode = .clip, fillValue: Double? = nil) -> Tensor {
    plan.hasTensors ? plan.gathered(tensor, mode: mode, fillValue: fillValue) : plan.sliced(tensor)
  }

  /// The tensor with the part replaced.
  public func set(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    plan.scattered(.set, tensor, values, mode: mode, uniqueIndices: uniqueIndices, "at[].set")
  }

  /// The tensor with values added to the part.
  public func add(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    plan.scattered(.add, tensor, values, mode: mode, uniqueIndices: uniqueIndices, "at[].add")
  }

  /// The tensor with values subtracted from the part.
  public func subtract(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    plan.scattered(.add, tensor, -values, mode: mode, uniqueIndices: uniqueIndices, "at[].subtract")
  }

  /// The tensor with the part multiplied by values.
  public func multiply(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    plan.scattered(.multiply, tensor, values, mode: mode, uniqueIndices: uniqueIndices, "at[].multiply")
  }

  /// The tensor with the part divided by values; integers become floats.
  public func divide(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    tensor
      / plan.scattered(.multiply, onesLike(tensor), values, mode: mode, uniqueIndices: uniqueIndices, "at[].divide")
  }

  /// The tensor with the part raised to powers.
  public func power(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    pow(
      tensor,
      plan.scattered(.multiply, onesLike(tensor), values, mode: mode, uniqueIndices: uniqueIndices, "at[].power"))
  }

  /// The tensor with the smaller of the part and values.
  public func min(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    plan.scattered(.minimum, tensor, values, mode: mode, uniqueIndices: uniqueIndices, "at[].min")
  }

  /// The tensor with the larger of the part and values.
  public func max(_ values: Tensor, mode: IndexMode = .drop, uniqueIndices: Bool = false) -> Tensor {
    plan.scattered(.maximum, tensor, values, mode: mode, uniqueIndices: uniqueIndices, "at[].max")
  }

  /// The tensor with a function of the part in its place; where an index repeats, the function is applied once.
  public func apply(
    mode: IndexMode = .drop, uniqueIndices: Bool = false, _ function: (Tensor) -> Tensor
  ) -> Tensor {
    set(function(get()), mode: mode, uniqueIndices: uniqueIndices)
  }
}
