import Autodiff
import Tensor
import Testing

/// Where in the modules operations are recorded, through transformations.
@Suite struct PlaceTests {
  private final class Place: ModulePath {
    let text: String
    init(_ text: String) { self.text = text }
    override var path: String { text }
  }

  private static func within<Result>(_ path: String, _ body: () -> Result) -> Result {
    ModulePath.with(Place(path), body)
  }

  /// The places of the equations of a graph and of the graphs within, without repetitions.
  private func places(_ graph: Graph) -> Set<String> {
    graph.equations.reduce(into: []) { found, equation in
      found.insert(equation.path ?? "")
      for inner in equation.primitive.graphs { found.formUnion(places(inner)) }
    }
  }

  private static let layer: @Sendable (Tensor) -> Tensor = { x in within("net.layer") { sin(x) * x } }
  private static let looped: @Sendable (Tensor) -> Tensor = { x in
    scan(x, arange(2)) { x, _ in (layer(x), x) }.0
  }

  @Test func outsideOfModulesThereIsNone() {
    #expect(places(makeGraph { (x: Tensor) in sin(x) * x }(ones([3]))) == [""])
  }

  @Test func forward() {
    let graph = makeGraph { (x: Tensor) in exp(PlaceTests.layer(x)) }(ones([3]))
    #expect(graph.equations.map(\.path) == ["net.layer", "net.layer", nil])
  }

  private static let transformed: [String: @Sendable (Tensor) -> Tensor] = [
    "jvp": { x in jvp(layer, x, x).1 },
    "vjp": { x in vjp(layer, x).1(x) },
    "vjp of a jit": { x in vjp({ jit(layer)($0) }, x).1(x) },
    "vjp of a checkpoint": { x in vjp({ checkpoint(layer)($0) }, x).1(x) },
    "vjp of a vjp": { x in vjp({ (x: Tensor) in vjp(layer, x).1(x) }, x).1(x) },
    "vmap": { x in vmap(layer)(x) },
    "vmap of the vjp of a scan": { x in vmap { (x: Tensor) in vjp(looped, x).1(x) }(x) },
  ]

  @Test(arguments: transformed.keys.sorted()) func throughTransformations(_ name: String) {
    let graph = makeGraph(Self.transformed[name]!)(ones([3]))
    #expect(!unplaced(graph).contains { $0 == "sin" || $0 == "cos" }, "\(unplaced(graph))")
    #expect(places(graph).contains("net.layer"))
  }

  /// The operations that are in no module, in a graph and the graphs within.
  private func unplaced(_ graph: Graph) -> [String] {
    graph.equations.filter { $0.path == nil }.map(\.primitive.name)
      + graph.equations.flatMap { $0.primitive.graphs.flatMap(unplaced) }
  }

  /// The cotangents' operations are those of the module whose derivative they are.
  @Test func backward() {
    let graph = makeGraph { (x: Tensor) in vjp(PlaceTests.layer, x).1(x) }(ones([3]))
    #expect(graph.equations.count >= 5)
    #expect(places(graph).isSubset(of: ["net.layer", ""]))
    // The sum of the two parts of the derivative is made outside.
    #expect(unplaced(graph).allSatisfy { $0 == "add" }, "\(unplaced(graph))")
  }

  /// A compiled function that is called while a recorded program is run anew is kept for later calls, as outside of modules.
  @Test func aModuleIsLeftAgain() {
    #expect(!ModulePath.isInModule)
    let graph = makeGraph(PlaceTests.layer)(ones([3]))
    _ = graph.perform([ones([3])])
    #expect(ModulePath.current == nil)
    PlaceTests.within("outer") {
      #expect(ModulePath.isInModule)
      // Within a module, what is performed is that module's.
      #expect(places(makeGraph { (x: Tensor) in graph.perform([x])[0] }(ones([3]))) == ["outer"])
    }
  }
}
