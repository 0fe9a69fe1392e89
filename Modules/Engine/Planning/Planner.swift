import Tensor

/// Makes a plan of a graph: equations are fused into kernels, brought in order, and given memory.
struct Planner {
  let graph: Graph
  var nodes: NodeGraph
  private(set) var layouts: [Int: KernelLayout] = [:]
  private(set) var innerPlans: [Int: [Plan]] = [:]
  /// Of loops whose plans are for some of the rows.
  private(set) var divisions: [Int: RowDivision] = [:]
  private(set) var convolutions: [Int: ConvolutionPlan] = [:]
  /// For each output, the input whose memory it may be given, if `isPaired` asks for certain inputs; else any input will do.
  private let partners: [Int?]?

  // Memory.
  private var places = ValueTable<Place>()
  private var arena = Arena()
  private(set) var aliases: [Int?]
  private var localPlaces: [Int: [Place]] = [:]
  /// For each kernel, the inputs whose memory its outputs take: index of output to index of input.
  private var inPlace: [Int: [Int: Int]] = [:]
  private var constants: [ConcreteValue] = []

  /// - Parameter partners: for each output, the only input whose memory it may take; nil if any input may be taken.
  static func plan(_ graph: Graph, partners: [Int?]? = nil) -> Plan {
    var planner = Planner(graph, partners: partners)
    return planner.make()
  }

  private init(_ graph: Graph, partners: [Int?]?) {
    self.graph = graph
    self.partners = partners
    aliases = [Int?](repeating: nil, count: graph.outputs.count)
    nodes = NodeGraph(graph)
  }

  private mutating func make() -> Plan {
    layOutKernels()
    joinProducts()
    planInner()
    let order = nodes.order(waits: readersBeforeOverwriting())
    assignMemory(order)
    var steps: [Step] = []
    for node in order { steps += makeSteps(node) }
    steps += copiesToOutputs.map { makeCopy(to: $0) }
    return Plan(
      name: graph.name, steps: steps, inputCount: graph.inputs.count, outputCount: graph.outputs.count,
      arenaByteCount: arena.byteCount, aliases: aliases, constants: constants)
  }

  // MARK: Kernels

  private mutating func layOutKernels() {
    // What leaves a kernel: what other nodes and outputs read.
    var leaving = Set(graph.outputs.map { nodes.view($0).root })
    for node in nodes.nodes where !node.isAbsorbed {
      switch node.work {
      case .kernel(let cluster): leaving.formUnion(cluster.reads)
      case .equation(let index): for id in graph.equations[index].operands { leaving.insert(nodes.view(id).root) }
      case .copy(let view, _): leaving.insert(view.root)
      }
    }
    for index in nodes.nodes.indices {
      guard !nodes.nodes[index].isAbsorbed, case .kernel(let cluster) = nodes.nodes[index].work else { continue }
      let results = cluster.equations.flatMap { graph.equations[$0].results }.filter(leaving.contains)
      let layout = KernelLayout(cluster, graph, &nodes, results: results)
      layouts[index] = layout
      nodes.replaceReads(of: index, layout.inputs.map(\.root))
    }
  }

  private mutating func planInner() {
    for (node, content) in nodes.nodes.enumerated() where !content.isAbsorbed {
      guard case .equation(let index) = content.work else { continue }
      switch graph.equations[index].primitive {
      case .scan(let scan):
        let carried = (0..<scan.carryCount).map { Int?($0 + scan.constantCount) }
        let rest = scan.body.outputs.dropFirst(scan.carryCount).map { _ in Int?.none }
        divisions[node] = RowDivision(scan)
        innerPlans[node] = [Planner.plan(divisions[node]?.body ?? scan.body, partners: carried + rest)]
      case .whileLoop(let loop):
        let carried = loop.body.outputs.indices.map { Int?($0 + loop.bodyConstantCount) }
        innerPlans[node] = [
          Planner.plan(loop.condition, partners: [nil]), Planner.plan(loop.body, partners: carried),
        ]
      case .switch(let choice):
        innerPlans[node] = choice.branches.map { Planner.plan($0, partners: $0.outputs.map { _ in nil }) }
      case .convolution(let convolution):
        let types = graph.equations[index].operands.map { graph.types[$0] }
        convolutions[node] = ConvolutionPlan(convolution, types[0], types[1], method: .automatic)
      case .call(let call):
        innerPlans[node] = [Planner.plan(call.graph, partners: call.graph.outputs.map { _ in nil })]
      default: break
      }
    }
  }

  /// For nodes that nothing reads from and that may write over an input: the nodes that must have read it by then.
  private func readersBeforeOverwriting() -> [Int: Set<Int>] {
    var readers = ValueTable<Set<Int>>()
    var isRead: Set<Int> = []
    for (index, node) in nodes.nodes.enumerated() where !node.isAbsorbed {
      isRead.formUnion(node.predecessors)
      for root in reads(index) { readers[root, default: []].insert(index) }
    }
    let inputs = Set(graph.inputs)
    var waits: [Int: Set<Int>] = [:]
    for (index, node) in nodes.nodes.enumerated() where !node.isAbsorbed && !isRead.contains(index) {
      for output in writes(index).indices {
        for (_, root) in candidates(index, output) where inputs.contains(root) {
          waits[index, default: []].formUnion(readers[root]!.intersection(isRead))
        }
      }
    }
    return waits
  }

  // MARK: What nodes read and write

  /// The values that a node reads, as roots.
  func reads(_ node: Int) -> [Graph.ValueID] {
    switch nodes.nodes[node].work {
    case .kernel: layouts[node]!.inputs.map(\.root).filter { $0 != productRoot(node) } + productOperands(node)
    case .equation(let index): graph.equations[index].operands.map { operandView($0, graph.equations[index]).root }
    case .copy(let view, _): [view.root]
    }
  }

  func writes(_ node: Int) -> [Graph.ValueID] {
    switch nodes.nodes[node].work {
    case .kernel: layouts[node]!.outputs.map(\.root)
    case .equation(let index): graph.equations[index].results
    case .copy(_, let id): [id]
    }
  }

  /// An operand as the step of its equation reads it.
  func operandView(_ id: Graph.ValueID, _ equation: Graph.Equation) -> View {
    let view = nodes.view(id)
    return nodes.isRead(asView: view, by: equation) ? view : nodes.existingDense(view)
  }

  // MARK: Memory

  /// Outputs that no step writes directly.
  private var copiesToOutputs: [Int] {
    graph.outputs.indices.filter { places[nodes.view(graph.outputs[$0]).root] != outputPlace($0) }
  }

  private func outputPlace(_ index: Int) -> Place { Place(slot: 1 + graph.inputs.count + index, offset: 0) }

  func place(_ view: View) -> Place { places[view.root]! + view.offset * nodes.types[view.root].dtype.itemSize }
  func place(_ id: Graph.ValueID) -> Place { places[id]! }
  func localPlace(_ node: Int, _ index: Int) -> Place { localPlaces[node]![index] }

  private mutating func assignMemory(_ order: [Int]) {
    for (i, id) in graph.inputs.enumerated() where places[id] == nil { places[id] = Place(slot: 1 + i, offset: 0) }
    for constant in graph.constants {
      places[constant.id] = Place(slot: 1 + graph.inputs.count + graph.outputs.count + constants.count, offset: 0)
      constants.append(constant.tensor.fetched!)
    }
    let isGiven = Set(places.pairs.map(\.0))
    // Outputs are written in place by the step that computes them, where they are the whole of a value.
    var outputIndex = ValueTable<Int>()
    for (j, id) in graph.outputs.enumerated() {
      let view = nodes.view(id)
      guard !isGiven.contains(view.root), outputIndex[view.root] == nil, view.isDense, view.offset == 0,
        view.count == nodes.types[view.root].elementCount
      else { continue }
      outputIndex[view.root] = j
      places[view.root] = outputPlace(j)
    }

    var lastRead = ValueTable<Int>()
    for (step, node) in order.enumerated() { for root in reads(node) { lastRead[root] = step } }
    for (j, id) in graph.outputs.enumerated() where places[nodes.view(id).root] != outputPlace(j) {
      lastRead[nodes.view(id).root] = order.count
    }
    var dying = [[Graph.ValueID]](repeating: [], count: order.count)
    for (root, step) in lastRead.pairs where step < order.count && !isGiven.contains(root) { dying[step].append(root) }
    var takenInputs: Set<Int> = []

    for (step, node) in order.enumerated() {
      var handedOn: Set<Graph.ValueID> = []
      for (output, root) in writes(node).enumerated() {
        let byteCount = nodes.types[root].byteCount
        if let j = outputIndex[root] {
          aliases[j] = alias(j, root, node, output, step, lastRead, &takenInputs)
          continue
        }
        if let (input, source) = dyingSource(node, output, step, lastRead, handedOn),
          !isGiven.contains(source), outputIndex[source] == nil
        {
          places[root] = places[source]
          handedOn.insert(source)
          note(inPlace: node, output, input)
          continue
        }
        places[root] = Place(slot: 0, offset: arena.allocate(byteCount))
      }
      let locals = localByteCounts(node, handedOn)
      let offsets = locals.map { arena.allocate($0) }
      localPlaces[node] = offsets.map { Place(slot: 0, offset: $0) }
      for (offset, byteCount) in zip(offsets, locals) { arena.release(offset, byteCount) }
      for root in dying[step].sorted() where !handedOn.contains(root) {
        if let place = places[root], place.slot == 0 { arena.release(place.offset, nodes.types[root].byteCount) }
      }
      // A result that nothing reads.
      for root in writes(node) where lastRead[root] == nil && outputIndex[root] == nil {
        arena.release(places[root]!.offset, nodes.types[root].byteCount)
      }
    }
  }

  private mutating func note(inPlace node: Int, _ output: Int, _ input: Int?) {
    if let input { inPlace[node, default: [:]][output] = input }
  }

  func inputTaken(by output: Int, of node: Int) -> Int? { inPlace[node]?[output] }

  /// An operand that this node is the last to read, whose memory an output of the node can take over.
  private func dyingSource(
    _ node: Int, _ output: Int, _ step: Int, _ lastRead: ValueTable<Int>, _ taken: Set<Graph.ValueID>
  ) -> (input: Int?, root: Graph.ValueID)? {
    candidates(node, output).first { lastRead[$0.root] == step && !taken.contains($0.root) }
  }

  /// The operands whose memory an output of this node may take even as the node reads them; for kernels, with the array's index.
  private func candidates(_ node: Int, _ output: Int) -> [(input: Int?, root: Graph.ValueID)] {
    switch nodes.nodes[node].work {
    case .copy: return []
    case .kernel:
      let layout = layouts[node]!
      let written = layout.outputs[output]
      let type = nodes.types[written.root]
      let (product, operands) = (productRoot(node), productOperands(node))
      return layout.inputs.indices.filter { index in
        let array = layout.inputs[index]
        return array.root != product && !operands.contains(array.root) && array.strides == written.strides
          && array.offset == 0
          && nodes.types[array.root].elementCount == type.elementCount
          && nodes.types[array.root].dtype.itemSize == type.dtype.itemSize
          && layout.inputs.count { $0.root == array.root } == 1
      }.map { ($0, layout.inputs[$0].root) }
    case .equation(let index):
      let equation = graph.equations[index]
      func whole(_ id: Graph.ValueID) -> [(input: Int?, root: Graph.ValueID)] {
        let view = operandView(id, equation)
        let others = equation.operands.filter { $0 != id }.map { operandView($0, equation).root }
        let isWhole = view.isDense && view.offset == 0 && view.count == nodes.types[view.root].elementCount
        return isWhole && !others.contains(view.root) ? [(nil, view.root)] : []
      }
      switch equation.primitive {
      case .dynamicUpdateSlice: return whole(equation.operands[0])
      case .scan(let scan) where output < scan.carryCount:
        return innerPlans[node]![0].aliases[output] == nil ? [] : whole(equation.operands[scan.constantCount + output])
      case .whileLoop(let loop):
        return whole(equation.operands[loop.conditionConstantCount + loop.bodyConstantCount + output])
      default: return []
      }
    }
  }

  /// The input whose memory the `j`-th output may be given: nothing must read the input after the step that writes the output.
  private mutating func alias(
    _ j: Int, _ root: Graph.ValueID, _ node: Int, _ output: Int, _ step: Int, _ lastRead: ValueTable<Int>,
    _ taken: inout Set<Int>
  ) -> Int? {
    let inputIndices = Dictionary(graph.inputs.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    func isAllowed(_ input: Int) -> Bool { !taken.contains(input) && (partners == nil || partners![j] == input) }
    for (array, source) in candidates(node, output) {
      guard let input = inputIndices[source], isAllowed(input), lastRead[source] == step else { continue }
      taken.insert(input)
      note(inPlace: node, output, array)
      return input
    }
    let wanted = partners.map { [$0[j]].compactMap { $0 } } ?? Array(graph.inputs.indices)
    for input in wanted where isAllowed(input) {
      let id = graph.inputs[input]
      if nodes.types[id].byteCount == nodes.types[root].byteCount, graph.inputs.count(where: { $0 == id }) == 1,
        (lastRead[id] ?? -1) < step
      {
        taken.insert(input)
        return input
      }
    }
    return nil
  }

  /// Memory that a step needs while it runs.
  private func localByteCounts(_ node: Int, _ handedOn: Set<Graph.ValueID>) -> [Int] {
    if let plan = convolutions[node] { return [plan.scratchByteCount] }
    guard let plans = innerPlans[node], case .equation(let index) = nodes.nodes[node].work else { return [] }
    let equation = graph.equations[index]
    let frames = plans.map(\.frameByteCount)
    switch equation.primitive {
    case .scan(let scan):
      return [(divisions[node]?.parts ?? 1) * frames[0]]
        + (0..<scan.carryCount).map {
          plans[0].aliases[$0] == nil ? graph.types[equation.results[$0]].byteCount : 0
        }
    case .whileLoop:
      return frames + [1]
        + equation.results.indices.map { plans[1].aliases[$0] == nil ? graph.types[equation.results[$0]].byteCount : 0 }
    default: return frames
    }
  }

  private mutating func makeCopy(to output: Int) -> Step {
    let view = nodes.view(graph.outputs[output])
    let itemSize = nodes.types[view.root].dtype.itemSize
    if view.isUniform && view.count > 1 {
      return FillStep(itemSize: itemSize, count: view.count, value: place(view), target: outputPlace(output))
    }
    return CopyStep(
      itemSize: itemSize, shape: view.shape, source: place(view), sourceStrides: view.strides,
      target: outputPlace(output), targetStrides: view.shape.rowMajorStrides)
  }
}
