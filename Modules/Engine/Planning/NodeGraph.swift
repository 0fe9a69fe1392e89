import Tensor

/// What a program is made of once equations are fused: nodes, each a kernel or a single operation, and what each depends on.
struct NodeGraph {
  enum Work {
    case kernel(Cluster)
    case equation(Int)
    /// Elements of a view, put in order in the memory of a value of its own.
    case copy(View, Graph.ValueID)
  }

  struct Node {
    var work: Work
    /// The position in the program, for an order among nodes that could run in any.
    var position: Int
    /// The nodes that this one reads from, all of them, as a set of bits.
    var ancestors: Bits
    /// The nodes that this one reads from directly.
    var predecessors: Set<Int>
    /// Whether another node has taken its equations in.
    var isAbsorbed = false
    /// The product that a kernel makes itself, part after part, of what it reads.
    var product: Int?
  }

  private(set) var nodes: [Node] = []
  /// The node that computes a value.
  private(set) var producer = ValueTable<Int>()
  /// For each value that only arranges elements of another one: how.
  private(set) var views = ValueTable<View>()
  /// The types of all values, those of copies after those of the graph.
  private(set) var types: [TensorType]
  private var copies: [View: Graph.ValueID] = [:]
  private var kernelsReading = ValueTable<[Int]>()
  private let graph: Graph

  init(_ graph: Graph) {
    self.graph = graph
    types = graph.types
    for constant in graph.constants where constant.tensor.concrete?.isSplat == true {
      let shape = graph.types[constant.id].shape
      views[constant.id] = View(
        root: constant.id, offset: 0, shape: shape, strides: [Int](repeating: 0, count: shape.count))
    }
    for (index, equation) in graph.equations.enumerated() { add(index, equation) }
  }

  /// Where a value's elements lie.
  func view(_ id: Graph.ValueID) -> View { views[id] ?? View(dense: id, shape: types[id].shape) }

  /// Where a value's elements lie in order: a view of dense elements, a copy if there are none so far.
  mutating func dense(_ view: View) -> View {
    if view.isDense { return view }
    if let id = copies[view] { return View(dense: id, shape: view.shape) }
    let id = types.count
    types.append(TensorType(types[view.root].dtype, view.shape))
    copies[view] = id
    addNode(.copy(view, id), reading: [view.root], position: producer[view.root].map { nodes[$0].position } ?? -1)
    producer[id] = nodes.count - 1
    return View(dense: id, shape: view.shape)
  }

  /// The dense elements of a view for which there is a copy, if it needs one.
  func existingDense(_ view: View) -> View {
    view.isDense ? view : View(dense: copies[view]!, shape: view.shape)
  }

  /// Whether the step of an equation reads an operand where it lies, whatever the order of its elements.
  func isRead(asView view: View, by equation: Graph.Equation) -> Bool {
    switch equation.primitive {
    case .concatenate, .pad: return view.count > 0
    case .dot(let dot):
      let operands = equation.operands.map(self.view)
      let takes = dot.takes(operands[0], operands[1], types[equation.operands[0]].dtype)
      return (view != operands[0] || takes.lhs) && (view != operands[1] || takes.rhs)
    default: return false
    }
  }

  /// Says what a kernel reads once its arrays are settled.
  mutating func replaceReads(of node: Int, _ roots: [Graph.ValueID]) {
    depend(node, on: Set(roots.compactMap { producer[$0] }).subtracting([node]))
  }

  /// Lets a kernel make a product itself, in place of the node that would make it for this kernel alone.
  mutating func join(product equation: Int, of node: Int, to kernel: Int) {
    nodes[kernel].product = equation
    nodes[node].isAbsorbed = true
    nodes[kernel].predecessors.remove(node)
    nodes[kernel].predecessors.formUnion(nodes[node].predecessors)
  }

  // MARK: Adding equations

  private mutating func add(_ index: Int, _ equation: Graph.Equation) {
    let operands = equation.operands.map(view)
    let isEmpty = (equation.operands + equation.results).contains { types[$0].elementCount == 0 }
    if !isEmpty {
      if equation.primitive.arranges {
        if let view = operands[0].through(equation.primitive) {
          views[equation.results[0]] = view
          return
        }
        if case .reshape = equation.primitive {
          views[equation.results[0]] = dense(operands[0]).through(equation.primitive)!
          return
        }
      }
      if equation.primitive.isElementwise || equation.primitive.isFusibleReduction(operands) {
        return fuse(index, equation, operands)
      }
    }
    // Operands that must be in order are copied here, so that the node depends on the copies.
    let reads = operands.map { isRead(asView: $0, by: equation) ? $0.root : dense($0).root }
    addNode(.equation(index), reading: reads, position: index)
    for result in equation.results { producer[result] = nodes.count - 1 }
  }

  private mutating func addNode(_ work: Work, reading roots: [Graph.ValueID], position: Int) {
    let predecessors = Set(roots.compactMap { producer[$0] })
    var ancestors = Bits()
    for node in predecessors {
      ancestors.formUnion(nodes[node].ancestors)
      ancestors.insert(node)
    }
    nodes.append(Node(work: work, position: position, ancestors: ancestors, predecessors: predecessors))
  }

  private func adding(_ index: Int, _ equation: Graph.Equation, _ operands: [View], to cluster: Cluster) -> Bool {
    if case .reduce(let reduce) = equation.primitive {
      return cluster.add(reduction: index, equation, axes: reduce.axes, operand: operands[0])
    }
    return cluster.add(
      elementwise: index, equation, shape: types[equation.results[0]].shape, operands: operands)
  }

  private mutating func fuse(_ index: Int, _ equation: Graph.Equation, _ operands: [View]) {
    let read = Set(operands.compactMap { producer[$0.root] })
    var candidates = read.sorted(by: >)
    // Kernels that read the same large array had better read it once.
    for operand in operands where operand.count >= 1 << 15 && !operand.isUniform {
      candidates += (kernelsReading[operand.root] ?? []).filter { !candidates.contains($0) }
    }
    var home: Int?
    for candidate in candidates {
      guard case .kernel(let cluster) = nodes[candidate].work, !nodes[candidate].isAbsorbed else { continue }
      if let current = home {
        merge(candidate, into: current, index, equation, operands)
      } else if !read.contains(where: { $0 != candidate && nodes[$0].ancestors.contains(candidate) }) {
        let attempt = cluster.copy()
        if adding(index, equation, operands, to: attempt) {
          nodes[candidate].work = .kernel(attempt)
          depend(candidate, on: read.subtracting([candidate]))
          home = candidate
        }
      }
    }
    if let home {
      for result in equation.results { producer[result] = home }
      note(reads: operands, home)
      return
    }
    let cluster = Cluster(count: operands.map(\.count).max() ?? types[equation.results[0]].elementCount)
    let fits = adding(index, equation, operands, to: cluster)
    precondition(fits, "a kernel of one operation takes any operands")
    addNode(.kernel(cluster), reading: operands.map(\.root), position: index)
    for result in equation.results { producer[result] = nodes.count - 1 }
    note(reads: operands, nodes.count - 1)
  }

  private mutating func note(reads operands: [View], _ node: Int) {
    for operand in operands
    where operand.count >= 1 << 15 && !operand.isUniform && producer[operand.root] != node {
      if kernelsReading[operand.root]?.contains(node) != true { kernelsReading[operand.root, default: []].append(node) }
    }
  }

  /// Joins two kernels that an equation reads from, if no other node is between them.
  private mutating func merge(
    _ other: Int, into home: Int, _ index: Int, _ equation: Graph.Equation, _ operands: [View]
  ) {
    guard case .kernel(let target) = nodes[home].work, case .kernel(let source) = nodes[other].work else { return }
    let both = [home, other]
    let outside = nodes[home].predecessors.union(nodes[other].predecessors).subtracting(both)
    if outside.contains(where: { node in both.contains { nodes[node].ancestors.contains($0) } }) { return }
    // The equation that reads from both comes last, again, now that it sees both as inside.
    let attempt = target.copy()
    guard attempt.equations.last == index else { return }
    attempt.equations.removeLast()
    for result in equation.results { attempt.levels[result] = nil }
    let sourceValues = Set(source.levels.keys)
    // What the other equations read from the absorbed kernel was not asked to fit inside one.
    let reads = attempt.equations.flatMap { graph.equations[$0].operands.map { view($0).root } }
    if reads.contains(where: sourceValues.contains) { return }
    attempt.reads.subtract(sourceValues)
    guard attempt.absorb(source), adding(index, equation, operands, to: attempt) else { return }
    nodes[home].work = .kernel(attempt)
    nodes[home].position = min(nodes[home].position, nodes[other].position)
    nodes[other].isAbsorbed = true
    for value in sourceValues { producer[value] = home }
    for (root, readers) in kernelsReading.pairs where readers.contains(other) {
      kernelsReading[root] = Array(Set(readers.map { $0 == other ? home : $0 })).sorted()
    }
    depend(home, on: nodes[other].predecessors.subtracting(both))
    // Whatever depended on the absorbed node depends on its new home.
    for node in nodes.indices where !nodes[node].isAbsorbed && nodes[node].ancestors.contains(other) {
      nodes[node].ancestors.remove(other)
      nodes[node].ancestors.insert(home)
      nodes[node].ancestors.formUnion(nodes[home].ancestors)
      if nodes[node].predecessors.remove(other) != nil { nodes[node].predecessors.insert(home) }
    }
    nodes[home].ancestors.remove(home)
    nodes[home].ancestors.remove(other)
    nodes[home].predecessors.remove(home)
    nodes[home].predecessors.remove(other)
  }

  private mutating func depend(_ node: Int, on predecessors: Set<Int>) {
    var added = Bits()
    for predecessor in predecessors {
      added.formUnion(nodes[predecessor].ancestors)
      added.insert(predecessor)
    }
    nodes[node].predecessors.formUnion(predecessors)
    if added.isSubset(of: nodes[node].ancestors) { return }
    nodes[node].ancestors.formUnion(added)
    for later in nodes.indices where nodes[later].ancestors.contains(node) { nodes[later].ancestors.formUnion(added) }
  }

  // MARK: Order

  /// The nodes in an order in which each comes after those that it reads from, and after those that `waits` names; otherwise
  /// that of the program. Nodes that nothing reads from, such as the update of a parameter, run as soon as they can: what they
  /// read is then still in the cache, and its memory free.
  func order(waits: [Int: Set<Int>]) -> [Int] {
    var waiting = nodes.map(\.predecessors.count)
    var successors = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() where !node.isAbsorbed {
      for predecessor in node.predecessors { successors[predecessor].append(index) }
    }
    let isLast = successors.map(\.isEmpty)
    for (index, others) in waits {
      for other in others.subtracting(nodes[index].predecessors) {
        successors[other].append(index)
        waiting[index] += 1
      }
    }
    func position(_ index: Int) -> Int {
      isLast[index] && !nodes[index].predecessors.isEmpty ? -1 : nodes[index].position
    }
    var ready = PositionHeap()
    for (index, node) in nodes.enumerated() where !node.isAbsorbed && waiting[index] == 0 {
      ready.insert(index, position: position(index))
    }
    var order: [Int] = []
    while let next = ready.removeFirst() {
      order.append(next)
      for successor in successors[next] {
        waiting[successor] -= 1
        if waiting[successor] == 0 { ready.insert(successor, position: position(successor)) }
      }
    }
    precondition(
      order.count == nodes.count(where: { !$0.isAbsorbed }), "fused operations depend on each other in a circle")
    return order
  }
}

/// Indices by position, the first one quickly at hand.
private struct PositionHeap {
  private var items: [(position: Int, index: Int)] = []

  mutating func insert(_ index: Int, position: Int) {
    // In descending order, so that the first one is taken from the end.
    var (low, high) = (0, items.count)
    while low < high {
      let middle = (low + high) / 2
      if items[middle] > (position, index) { low = middle + 1 } else { high = middle }
    }
    items.insert((position, index), at: low)
  }

  mutating func removeFirst() -> Int? { items.popLast()?.index }
}

/// A set of small numbers.
struct Bits {
  private var words: [UInt64] = []

  func contains(_ index: Int) -> Bool { index >> 6 < words.count && words[index >> 6] >> (index & 63) & 1 != 0 }

  mutating func insert(_ index: Int) {
    while words.count <= index >> 6 { words.append(0) }
    words[index >> 6] |= 1 << (index & 63)
  }

  mutating func remove(_ index: Int) {
    if index >> 6 < words.count { words[index >> 6] &= ~(1 << (index & 63)) }
  }

  mutating func formUnion(_ other: Bits) {
    while words.count < other.words.count { words.append(0) }
    for (i, word) in other.words.enumerated() { words[i] |= word }
  }

  func isSubset(of other: Bits) -> Bool {
    words.enumerated().allSatisfy { $1 & ~($0 < other.words.count ? other.words[$0] : 0) == 0 }
  }
}

extension Primitive {
  /// Whether it only arranges elements, so that a view may do.
  var arranges: Bool {
    switch self {
    case .broadcastInDim, .reshape, .transpose, .slice, .reverse, .marker, .partition: true
    default: false
    }
  }

  /// Whether a fused kernel can do it, element by element.
  var isElementwise: Bool {
    switch self {
    case .unary, .binary, .multiplyAdd, .compare, .isFinite, .select, .convert, .bitcast, .threefry2x32: true
    case .iota(let iota): iota.type.shape.count { $0 != 1 } <= 3
    default: false
    }
  }

  /// Whether a fused kernel can reduce these operands.
  func isFusibleReduction(_ operands: [View]) -> Bool {
    guard case .reduce(let reduce) = self, let split = Cluster.split(reduce.axes, operands[0].shape) else {
      return false
    }
    if case .rows(let columns) = split { return columns <= Cluster.mostColumnsOfRowSums }
    return true
  }
}
