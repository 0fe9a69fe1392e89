/// A transformed function: what `grad`, `jit` and `vmap` return, callable like the function it came from, and transformable again.
///
///     let slope = grad { (x: Tensor) in sin(x) }
///     slope(0.5)                       // cos(0.5)
///     jit(vmap(slope))(xs)
///
/// The first argument has a type parameter of its own because Swift infers the types of arguments only in that form.
public struct Function<Output, First, each Rest> {
  package let body: (First, repeat each Rest) -> Output

  /// The function that a closure performs.
  public init(_ body: @escaping (First, repeat each Rest) -> Output) { self.body = body }

  /// Calls the function.
  public func callAsFunction(_ first: First, _ rest: repeat each Rest) -> Output { body(first, repeat each rest) }
}
