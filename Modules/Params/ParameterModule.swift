import Autodiff
import Random
import Tensor

/// The module that all others are made of: it has no inputs, and its result is its parameters.
///
///     let scalar = Parameter { _ in zeros([]) }
///     let params = scalar.initParams(PRNGKey(0))   // one tensor
///     scalar(params)                               // that tensor
///
///     let pair = Parameter("pair") { key in [normal(key, [2]), ones([3])] }
///     let sum = parametrized("sum") { sum(pair()[0]) + sum(pair()[1]) }
///     sum.initParams(PRNGKey(0)).pair[1]           // shape [3]
///
/// - Parameters:
///   - name: what paths call it where nothing else names it.
///   - initialize: makes the first values from one random key: a tensor, or a tree of several. It is looked at for its
///     shapes, too, so that these must not depend on elements.
///
/// In trees of parameters a tensor is one parameter under the module's name; a tree has its parts by their paths. As
/// for any module, the object decides what is shared.
public func Parameter<Value: Tree>(
  _ name: String = "parameter", _ initialize: @escaping @Sendable (PRNGKey) -> Value
) -> Parametrized<Value> {
  parametrized(name) { parameterTree(initialize) }
}

/// All parameters of the module whose body asks for them, which has no others, as a tree that is made from one key.
package func parameterTree<Value: Tree>(_ initialize: @escaping @Sendable (PRNGKey) -> Value) -> Value {
  // Bodies run within the call of their module only.
  Frame.here!.wholeTree(initialize)
}
