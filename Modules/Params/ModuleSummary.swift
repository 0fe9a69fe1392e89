import Autodiff
import Progress
import Random
import Tensor

/// What modules a network is made of, with the shapes that go through them, their parameters and their work; from `summary`.
public struct ModuleSummary: Sendable {
  /// One call of a module.
  public struct Row: Sendable {
    /// The place of the call, such as `sequential.layers[0].dense`.
    public let path: String
    /// The number of calls around it.
    public let depth: Int
    /// The types of the inputs' tensors.
    public let inputs: [TensorType]
    /// The types of the results' tensors.
    public let outputs: [TensorType]
    /// The number of elements of its parameters, those of the modules within it included.
    public let parameterCount: Int
    /// Their size in bytes.
    public let parameterBytes: Int
    /// Whether all of its parameters belong to calls before this one, too.
    public let isShared: Bool
    /// The number of arithmetic operations of the call: `Graph.operationCount`.
    public let operationCount: Int
  }

  /// The calls in order, each before the calls within it. The first is that of the network itself.
  public let rows: [Row]

  /// The number of elements of all parameters; shared ones count once.
  public var parameterCount: Int { rows[0].parameterCount }
  /// The size of all parameters in bytes.
  public var parameterBytes: Int { rows[0].parameterBytes }
  /// The number of arithmetic operations of a call of the network.
  public var operationCount: Int { rows[0].operationCount }

  /// The table without calls that are deeper than this: 0 leaves the network itself.
  public func limited(toDepth depth: Int) -> ModuleSummary { ModuleSummary(rows: rows.filter { $0.depth <= depth }) }
}

extension ModuleSummary: CustomStringConvertible {
  /// A table with a line for each call, for a terminal.
  public var description: String {
    let titles = ["module", "inputs", "outputs", "parameters", "bytes", "FLOPs"]
    var lines = [titles]
    for row in rows {
      let parent =
        row.depth == 0 ? "" : rows.last { $0.depth == row.depth - 1 && row.path.hasPrefix($0.path + ".") }?.path ?? ""
      let name = parent.isEmpty ? row.path : String(row.path.dropFirst(parent.count + 1))
      func types(_ types: [TensorType]) -> String { types.map(\.description).joined(separator: ", ") }
      let hasParameters = row.parameterCount > 0
      lines.append([
        String(repeating: "  ", count: row.depth) + name, types(row.inputs), types(row.outputs),
        !hasParameters ? "" : row.isShared ? "shared" : HumanReadable.count(row.parameterCount),
        !hasParameters || row.isShared ? "" : HumanReadable.bytes(row.parameterBytes),
        HumanReadable.count(row.operationCount),
      ])
    }
    let widths = titles.indices.map { column in lines.map { $0[column].count }.max()! }
    func laidOut(_ line: [String]) -> String {
      let cells = line.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        // Numbers end, texts begin in one column.
        return column < 3 ? text + space : space + text
      }
      return cells.joined(separator: "  ").trimmingTrailingSpaces
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    return ([laidOut(lines[0]), rule] + lines.dropFirst().map(laidOut)).joined(separator: "\n")
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}

extension Parametrized {
  /// A table of the modules that a call of this one uses: shapes of inputs and results, parameters, bytes and operations.
  ///
  ///     print(net.summary(images))
  ///
  /// - Parameter inputs: inputs of the shapes to come; their elements do not matter.
  ///
  /// Nothing is computed: the network is looked at on types alone, as in a call for evaluation that is given a random key.
  /// Calls within a loop have a row for its body, with the operations of one round.
  public func summary(_ inputs: repeat each Input) -> ModuleSummary {
    let (params, state) = shapedParams(repeat each inputs, reuse: Reuse([:]), stateReuse: Reuse([:]))
    let trace = ShapeTrace()
    func abstract(_ shaped: ShapedParams) -> Params {
      Params(shaped.structure, shaped.plans.map { trace.tensor($0.tensor.type) })
    }
    let recorder = CallRecorder()
    Trace.with(trace) {
      let inputs = (repeat (each inputs).mapLeaves { trace.tensor($0.type) })
      let key = PRNGKey(0).mapLeaves { trace.tensor($0.type) }
      let store = StateStore(abstract(state), isTraining: false)
      _ = apply(abstract(params), repeat each inputs, state: .given(store.root), key, recorder: recorder)
    }
    trace.finish()
    return ModuleSummary(rows: recorder.rows)
  }
}

/// Notes the calls of modules within one.
final class CallRecorder {
  private(set) var rows: [ModuleSummary.Row] = []
  private var depth = 0
  private var knownParameters: Set<ObjectIdentifier> = []

  /// Notes a call, of which this is the graph, and makes it.
  func record<Result>(_ frame: Frame, _ graph: Graph, _ call: () -> Result) -> Result {
    var params = Params.none
    if case .given(let given) = frame.source { params = given }
    let tensors = params.tensors.map(\.identity)
    rows.append(
      ModuleSummary.Row(
        path: frame.path, depth: depth, inputs: frame.inputs.map(\.type.strong),
        outputs: graph.outputTypes.map(\.strong),
        parameterCount: params.elementCount, parameterBytes: params.byteCount,
        isShared: !tensors.isEmpty && depth > 0 && knownParameters.isSuperset(of: tensors),
        operationCount: graph.operationCount))
    depth += 1
    defer {
      depth -= 1
      // What is within a call is no other use of its parameters.
      if depth > 0 { knownParameters.formUnion(tensors) }
    }
    return call()
  }
}
