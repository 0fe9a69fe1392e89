import Autodiff
import Params
import Tensor

// Networks that are no chain. The lines between braces are those of `Sequential`: modules and plain functions, counted
// from 0.

/// x + f(x), where f is a chain of layers.
///
///     Residual { LayerNorm(); Dense(64); relu }
///
/// - Parameters:
///   - shortcut: what x passes on the other way, where f changes its shape; nothing if left out.
///   - layers: modules and plain functions, one after the other. What they give must have the shape of x, or of what
///     `shortcut` gives.
///
/// Parameters: `layers`, and `shortcut` if there is one. Source: He et al., "Deep Residual Learning for Image Recognition".
public func Residual(shortcut: Layer? = nil, @LayerBuilder _ layers: () -> [SequentialEntry]) -> Layer {
  parametrized("residual", (layers: layers(), shortcut: shortcut)) { declared, inputs in
    let direct = declared.shortcut?(inputs) ?? inputs
    let outputs = declared.layers.reduce(inputs) { $1.function($0) }
    if outputs.shape != direct.shape {
      fail(
        "Residual", [inputs.type, outputs.type], "the layers give shape \(outputs.shape), which is not \(direct.shape)",
        hint: "give a layer that makes this shape as `shortcut:`")
    }
    return direct + outputs
  }
}

/// Each layer applied to the same input: the list of what they give.
///
/// Shapes: those of the layers. Parameters: `layers`.
public func FanOut(@LayerBuilder _ layers: () -> [SequentialEntry]) -> Parametrized<[Tensor], Tensor> {
  parametrized("fanOut", ["layers": layers()]) { (declared: [String: [SequentialEntry]], inputs: Tensor) in
    declared["layers"]!.map { $0.function(inputs) }
  }
}

/// Each layer applied to its own input: layer i gets input i, and gives result i.
///
/// Another number of inputs than of layers stops the program. Parameters: `layers`. Source: `stax.parallel`.
public func Parallel(@LayerBuilder _ layers: () -> [SequentialEntry]) -> Parametrized<[Tensor], [Tensor]> {
  parametrized("parallel", ["layers": layers()]) { (declared: [String: [SequentialEntry]], inputs: [Tensor]) in
    let layers = declared["layers"]!
    if layers.count != inputs.count {
      fail("Parallel", inputs.map(\.type), "there are \(inputs.count) inputs for \(layers.count) layers")
    }
    return zip(layers, inputs).map { $0.function($1) }
  }
}

/// Each layer applied to the same input, and the results combined: `FanOut` in a chain.
///
///     Sequential {
///       Branches { Dense(8); tanh }                                      // the sum
///       Branches({ concatenate($0, axis: -1) }) { Dense(8); Dense(4) }
///     }
///
/// - Parameters:
///   - combine: a function of the results; their sum if left out.
///   - layers: modules and plain functions.
///
/// Parameters: `layers`. Source: `stax.FanOut`, `stax.FanInSum` and `stax.FanInConcat`.
public func Branches(
  _ combine: @escaping @Sendable ([Tensor]) -> Tensor = { $0.dropFirst().reduce($0[0], +) },
  @LayerBuilder _ layers: () -> [SequentialEntry]
) -> Layer {
  let entries = layers()
  if entries.isEmpty { fail("Branches", [], "there is no layer between the braces") }
  return parametrized("branches", ["layers": entries]) { declared, inputs in
    combine(declared["layers"]!.map { $0.function(inputs) })
  }
}
