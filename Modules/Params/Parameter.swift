import Random
import Tensor

/// What makes the first value of a parameter: from a random key and a shape, a tensor of that shape. It decides the
/// element type.
public typealias Initializer = @Sendable (_ key: PRNGKey, _ shape: [Int]) -> Tensor

/// The parameter of this name, in the body of a module.
///
/// - Parameters:
///   - name: its name in the module's parameters; a body asks for each name once.
///   - shape: its shape, which may depend on the shapes of inputs.
///   - initializer: what makes its first value.
/// - Returns: the tensor that the call was given for it.
///
/// Outside of a module, with a name asked for before, and where the parameters given have no such tensor of this shape,
/// this stops the program.
public func parameter(_ name: String, _ shape: [Int], _ initializer: @escaping Initializer) -> Tensor {
  guard let frame = Frame.here else {
    fail(
      "parameter", [], "the parameter `\(name)` is asked for outside of any module",
      hint: "ask for it in the body of a `parametrized` function")
  }
  return frame.parameter(name, shape, initializer)
}

/// A random key, in the body of a module: another one each time, all drawn from the key that the call was given.
///
/// Number i in the order of use, counted over all modules of one call, is `foldIn(key, i)`. A loop whose body is traced
/// once, such as `scan`'s, gets one key for all its steps: split keys yourself and pass them in. Without a key for the
/// call this stops the program.
public func randomKey() -> PRNGKey {
  guard let frame = Frame.here else {
    fail(
      "randomKey", [], "a random key is asked for outside of any module",
      hint: "make keys with PRNGKey(seed) and `split`; `randomKey` is for the bodies of modules")
  }
  guard let key = frame.keys.next() else {
    fail(
      "randomKey", [], "the call was given no random key",
      hint: "pass one: \(frame.rootName)(params, inputs, key: key)")
  }
  return key
}

/// A random key as `randomKey` gives it, nil if the call was given none: for modules that are random in training only.
public func optionalRandomKey() -> PRNGKey? { Frame.here?.keys.next() }

/// A parameter that is declared with a module, or shared between modules.
///
///     parametrized("dense", (
///       kernel: Param(glorot()) { [$0.shape.last!, outDim] },
///       bias: Param(randn(), shape: [outDim])
///     )) { p, inputs in
///       dot(inputs, p.kernel()) + p.bias()
///     }
///
/// The identity of the object decides sharing: used in several places, it is one parameter.
public final class Param: AnyModule, @unchecked Sendable {
  private let initializer: Initializer
  private let shape: @Sendable ([Tensor]) -> [Int]

  /// A parameter whose shape depends on the first tensor of the module's inputs.
  public init(_ initializer: @escaping Initializer, shape: @escaping @Sendable (_ input: Tensor) -> [Int]) {
    self.initializer = initializer
    self.shape = { inputs in
      guard let first = inputs.first else {
        fail("Param", [], "the shape depends on an input, but the module has none", hint: "give a fixed shape")
      }
      return shape(first)
    }
    super.init(name: "param", declared: nil)
  }

  /// A parameter of a fixed shape.
  public init(_ initializer: @escaping Initializer, shape: [Int]) {
    self.initializer = initializer
    self.shape = { _ in shape }
    super.init(name: "param", declared: nil)
  }

  /// Its value, in the body of the module that it was declared with, or of another one that shares it.
  ///
  /// Outside of a module, and where the parameters given have no such tensor of its shape, this stops the program.
  public func callAsFunction() -> Tensor {
    guard let frame = Frame.here else {
      fail(
        "Param", [], "a parameter is asked for outside of any module",
        hint: "ask for it in the body of a `parametrized` function")
    }
    return frame.parameter(self, shape(frame.inputs), initializer)
  }
}
