import Autodiff
import Random
import Tensor

extension Parametrized {
  /// This module together with inputs of certain shapes: what needs example inputs then needs them no more.
  ///
  ///     let shaped = net.shaped(inputs)
  ///     let params = shaped.initParams(PRNGKey(0))
  ///     let loaded = try Params.load(from: "net.safetensors")
  ///     accuracy.applyFrom([shaped: loaded], inputs, labels)
  public func shaped(_ inputs: repeat each Input) -> ShapedParametrized<Output, repeat each Input> {
    ShapedParametrized(self, repeat each inputs)
  }
}

/// A module together with example inputs.
///
/// As a key of `reuse` it stands for its module. Its parameters may then have names only, such as those from a file:
/// the inputs tell which of the modules within it each of them belongs to.
public final class ShapedParametrized<Output, each Input: Tree>: AnyModule, @unchecked Sendable {
  // The inputs are never changed.

  /// The module.
  public let module: Parametrized<Output, repeat each Input>
  private let inputs: (repeat each Input)

  init(_ module: Parametrized<Output, repeat each Input>, _ inputs: repeat each Input) {
    self.module = module
    self.inputs = (repeat each inputs)
    super.init(name: module.name, declared: module.declared)
  }

  /// Initial parameters of the module: `Parametrized.initParams`.
  public func initParams(
    _ key: PRNGKey, reuse: [AnyModule: Params] = [:], progress: ProgressHandler? = nil
  ) -> Params {
    module.initParams(key, repeat each inputs, reuse: reuse, progress: progress)
  }

  /// The module's parameters, found in those of other modules: `Parametrized.paramsFrom`.
  public func paramsFrom(_ reuse: [AnyModule: Params]) -> Params { module.paramsFrom(reuse, repeat each inputs) }

  /// The module's result for the inputs, with parameters found in those of other modules: `Parametrized.applyFrom`.
  public func applyFrom(_ reuse: [AnyModule: Params], key: PRNGKey? = nil, jit: Bool = false) -> Output {
    module.applyFrom(reuse, repeat each inputs, key: key, jit: jit)
  }

  /// The module's result for the inputs and these parameters.
  public func callAsFunction(_ params: Params, key: PRNGKey? = nil) -> Output {
    module(params, repeat each inputs, key: key)
  }

  /// Parameters for the module from a file: `Parametrized.loadParams`.
  public func loadParams(
    from path: String, names: [String: String] = [:], converting isConverting: Bool = false,
    progress: ProgressHandler? = nil
  ) throws(ModelFileError) -> Params {
    try module.loadParams(
      from: path, repeat each inputs, names: names, converting: isConverting, progress: progress)
  }

  override var reuseTarget: AnyModule { module }
  override func fitted(_ params: Params) -> Params { module.paramsFrom([module: params], repeat each inputs) }
}
