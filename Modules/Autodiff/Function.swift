/// A transformed function: what `grad`, `jit` and `vmap` return, callable like the function it came from, and transformable again.
///
///     let slope = grad { (x: Tensor) in sin(x) }
///     slope(0.5)                       // cos(0.5)
///     jit(vmap(slope))(xs)
///
/// The first argument has a type parameter of its own because Swift infers the types of arguments only in that form.
public struct Function<Output, First, each Rest> {
  package let body: (consuming First, repeat each Rest) -> Output

  /// The function that a closure performs.
  public init(_ body: @escaping (consuming First, repeat each Rest) -> Output) { self.body = body }

  /// Calls the function.
  ///
  /// A compiled function reuses the memory of tensors in its first argument that nobody else holds, as when a training loop gives its
  /// state away: `state = step(consume state, images, labels)`.
  public func callAsFunction(_ first: consuming First, _ rest: repeat each Rest) -> Output {
    body(first, repeat each rest)
  }
}
