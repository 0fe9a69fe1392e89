import Tensor

/// What is known of some of a graph's values, by their number: a dictionary whose keys are small and dense.
struct ValueTable<Element> {
  private var elements: [Element?] = []

  init() {}

  subscript(id: Graph.ValueID) -> Element? {
    get { id < elements.count ? elements[id] : nil }
    set {
      makeRoom(for: id)
      elements[id] = newValue
    }
  }

  subscript(id: Graph.ValueID, default initial: @autoclosure () -> Element) -> Element {
    get { self[id] ?? initial() }
    _modify {
      makeRoom(for: id)
      if elements[id] == nil { elements[id] = initial() }
      yield &elements[id]!
    }
  }

  /// What there is, by rising numbers.
  var pairs: some Sequence<(Graph.ValueID, Element)> {
    elements.lazy.enumerated().compactMap { id, element in element.map { (id, $0) } }
  }

  private mutating func makeRoom(for id: Graph.ValueID) {
    while elements.count <= id { elements.append(nil) }
  }
}

extension ValueTable: Sendable where Element: Sendable {}
