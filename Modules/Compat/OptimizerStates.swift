import Autodiff
import Optimizers
import Tensor

extension optimizers {
  /// What an optimizer holds for one tensor of the parameters: the boundary between the tree of the parameters and what is kept
  /// for each of them.
  public struct JoinPoint: Tree, Sendable {
    /// The parameter, then what the optimizer keeps for it, such as a velocity.
    public var subtree: [Tensor]

    /// The parameter and what is kept for it.
    public init(_ subtree: [Tensor]) { self.subtree = subtree }

    /// Visits the tensors.
    public mutating func walk(_ walker: inout TreeWalker) { subtree.walk(&walker) }
  }

  /// A tree of parameters with join points in the place of tensors, for saving and for conversions.
  ///
  /// Its paths are those of the parameters with a position, such as `[0][1][0]` for the bias of stax's first layer and `[0][1][1]`
  /// for its velocity, so that `save(to:)` and `loadingLeaves(from:)` keep it in a file.
  public struct MarkedTree<P: Tree>: Tree {
    /// The parameters.
    public private(set) var params: P
    /// A join point for each tensor of the parameters, in their order.
    public private(set) var joinPoints: [JoinPoint]

    /// A marked tree of the structure of `params`. Another number of join points, and parameters of another shape, stop the program.
    public init(_ params: P, _ joinPoints: [JoinPoint]) {
      let expected = params.leaves.map(\.shape)
      if joinPoints.map({ $0.subtree.first?.shape }) != expected {
        fail(
          "packOptimizerState", joinPoints.flatMap { $0.subtree.map(\.type) },
          "\(joinPoints.count) join points do not fit parameters of the shapes \(expected)")
      }
      self.params = params.replacingLeaves(with: joinPoints.map { $0.subtree[0] })
      self.joinPoints = joinPoints
    }

    /// Visits the join points under the paths of the parameters.
    public mutating func walk(_ walker: inout TreeWalker) {
      let paths = params.leafPaths
      walker.declare(paths)
      for index in joinPoints.indices { walker.visit(&joinPoints[index], paths[index]) }
      if !walker.isCollecting { params = params.replacingLeaves(with: joinPoints.map { $0.subtree[0] }) }
    }
  }

  /// `unpack_optimizer_state(opt_state)`: the state as a tree of the parameters' structure with a join point for each tensor.
  ///
  /// As in JAX the number of updates is not in it: `optUpdate` is told it.
  public static func unpackOptimizerState<P: Tree>(_ state: OptimizerState<P>) -> MarkedTree<P> {
    MarkedTree(state.params, zip(state.params.leaves, state.slots).map { JoinPoint([$0] + $1) })
  }

  /// `pack_optimizer_state(marked_pytree)`: the state that a marked tree was made of.
  public static func packOptimizerState<P: Tree>(_ tree: MarkedTree<P>) -> OptimizerState<P> {
    OptimizerState(
      step: Tensor(Int32(0)), params: tree.params, slots: tree.joinPoints.map { Array($0.subtree.dropFirst()) })
  }
}

extension optimizers.MarkedTree: Sendable where P: Sendable {}
