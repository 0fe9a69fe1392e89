/// The sum of products that a text names by letters for dimensions, as `"ij,jk->ik"` the matrix product.
///
/// - Parameters:
///   - subscripts: a letter for each dimension of each operand, the operands separated by commas, then `->` and the letters of
///     the result. A letter in several operands pairs their dimensions; one that the result lacks is summed over; one that an
///     operand repeats takes its diagonal. `...` stands for any further dimensions, which broadcast. Without `->` the result
///     has the letters that occur once, in the order of the alphabet, behind the further dimensions.
///   - operands: the tensors; element types are promoted.
///
/// Operands are contracted two at a time, those first that leave the least. Sizes of one letter must agree, or be 1. Mistakes in
/// the text stop the program. Source: `jax.numpy.einsum`.
///
///     einsum("bqhd,bkhd->bhqk", queries, keys)
public func einsum(_ subscripts: String, _ operands: Tensor...) -> Tensor { einsum(subscripts, operands) }

/// The sum of products that a text names by letters, of operands in an array.
public func einsum(_ subscripts: String, _ operands: [Tensor]) -> Tensor {
  if operands.isEmpty { fail("einsum", [], "needs at least one operand") }
  let plan = EinsumSubscripts(subscripts, operands)
  var terms = zip(plan.inputs, promote("einsum", operands)).map { EinsumTerm(labels: $0, tensor: $1) }
  terms = plan.broadcasting(terms).map { $0.withoutRepeatedLabels() }
  for index in terms.indices {
    let others = Set(terms.indices.filter { $0 != index }.flatMap { terms[$0].labels }).union(plan.output)
    terms[index].sumLabels(notIn: others)
  }
  while terms.count > 1 {
    let (i, j) = cheapestPair(terms, plan.output)
    let second = terms.remove(at: j)
    let first = terms.remove(at: i)
    terms.append(first.contracted(with: second, keeping: Set(terms.flatMap(\.labels)).union(plan.output)))
  }
  return terms[0].tensor.transposed(plan.output.map { terms[0].labels.firstIndex(of: $0)! })
}

/// The pair whose product takes the place of the most elements: that of the smallest growth. Source: opt_einsum's greedy path.
private func cheapestPair(_ terms: [EinsumTerm], _ output: [Character]) -> (Int, Int) {
  var best = (0, 1)
  var bestGrowth = Double.infinity
  for i in terms.indices {
    for j in terms.indices where j > i {
      let others = Set(terms.indices.filter { $0 != i && $0 != j }.flatMap { terms[$0].labels }).union(output)
      let sizes = terms[i].sizes.merging(terms[j].sizes) { a, _ in a }.filter { others.contains($0.key) }
      let growth =
        sizes.values.reduce(1) { $0 * Double($1) } - Double(terms[i].tensor.count) - Double(terms[j].tensor.count)
      if growth < bestGrowth { (best, bestGrowth) = ((i, j), growth) }
    }
  }
  return best
}

/// A tensor whose dimensions have names.
private struct EinsumTerm {
  var labels: [Character]
  var tensor: Tensor

  var sizes: [Character: Int] { Dictionary(zip(labels, tensor.shape)) { a, _ in a } }

  /// The diagonal over dimensions of one name.
  func withoutRepeatedLabels() -> EinsumTerm {
    for (second, label) in labels.enumerated() {
      guard let first = labels[..<second].firstIndex(of: label) else { continue }
      if tensor.shape[first] != tensor.shape[second] {
        fail("einsum", [tensor.type], "the dimensions named \(label) differ in size")
      }
      let rest = labels.indices.filter { $0 != first && $0 != second }.map { labels[$0] }
      return EinsumTerm(labels: rest + [label], tensor: diagonal(tensor, axis1: first, axis2: second))
        .withoutRepeatedLabels()
    }
    return self
  }

  mutating func sumLabels(notIn kept: Set<Character>) {
    let axes = labels.indices.filter { !kept.contains(labels[$0]) }
    if axes.isEmpty { return }
    // The primitive keeps the element type, as products do.
    tensor = Primitive.reduce(Reduce(.sum, axes: axes))(tensor)
    labels = labels.indices.filter { !axes.contains($0) }.map { labels[$0] }
  }

  /// The product, summed over the labels of both that are not kept.
  func contracted(with other: EinsumTerm, keeping kept: Set<Character>) -> EinsumTerm {
    let shared = labels.filter { other.labels.contains($0) }
    let (batch, summed) = (shared.filter { kept.contains($0) }, shared.filter { !kept.contains($0) })
    func places(_ term: EinsumTerm, _ names: [Character]) -> [Int] { names.map { term.labels.firstIndex(of: $0)! } }
    let product = Dot(
      lhsContracting: places(self, summed), rhsContracting: places(other, summed), lhsBatch: places(self, batch),
      rhsBatch: places(other, batch))
    return EinsumTerm(
      labels: batch + labels.filter { !shared.contains($0) } + other.labels.filter { !shared.contains($0) },
      tensor: Primitive.dot(product)(tensor, other.tensor))
  }
}

/// The text of an `einsum`, read: a label for each dimension.
private struct EinsumSubscripts {
  var inputs: [[Character]] = []
  var output: [Character] = []

  init(_ text: String, _ operands: [Tensor]) {
    func stop(_ problem: String, hint: String? = nil) -> Never {
      fail("einsum", operands.map(\.type), "\"\(text)\": \(problem)", hint: hint)
    }
    let compact = text.filter { $0 != " " }
    let sides = Self.parts(compact, separator: "->")
    let names = Self.parts(sides[0], separator: ",")
    if sides.count > 2 { stop("there is more than one ->") }
    if names.count != operands.count { stop("\(names.count) groups of letters for \(operands.count) operands") }
    // The further dimensions are numbered from the last.
    let further = zip(names, operands).map { name, operand in
      name.contains("...") ? operand.rank - name.count { $0.isLetter } : 0
    }
    if let short = further.firstIndex(where: { $0 < 0 }) {
      stop("operand \(short) has \(operands[short].rank) dimensions, fewer than letters")
    }
    let dots = (0..<(further.max() ?? 0)).reversed().map { Character(Unicode.Scalar(0xE000 + $0)!) }
    func labels(_ name: String, _ count: Int) -> [Character] {
      let pieces = Self.parts(name, separator: "...")
      if pieces.count > 2 { stop("\(name) has more than one ...") }
      if let wrong = pieces.joined().first(where: { !$0.isLetter }) { stop("\(wrong) is no letter") }
      return pieces.count == 1 ? Array(name) : Array(pieces[0]) + dots.suffix(count) + Array(pieces[1])
    }
    inputs = zip(names, further).map(labels)
    for (index, (input, operand)) in zip(inputs, operands).enumerated() where input.count != operand.rank {
      stop(
        "operand \(index) has \(operand.rank) dimensions for \(input.count) letters",
        hint: "... stands for any further dimensions")
    }
    let all = inputs.joined()
    if sides.count == 2 {
      output = labels(sides[1], dots.count)
      if Set(output).count != output.count { stop("the result has a letter twice") }
      if let new = output.first(where: { !all.contains($0) }) { stop("the result's \(new) is in no operand") }
    } else {
      let once = Set(all).filter { label in !dots.contains(label) && all.count { $0 == label } == 1 }
      output = dots + once.sorted()
    }
  }

  /// The terms without the dimensions of size 1 whose names have another size elsewhere.
  func broadcasting(_ terms: [EinsumTerm]) -> [EinsumTerm] {
    var sizes: [Character: Int] = [:]
    for (label, size) in terms.flatMap({ zip($0.labels, $0.tensor.shape) }) where size != 1 || sizes[label] == nil {
      if let known = sizes[label], known != 1, known != size {
        fail("einsum", terms.map(\.tensor.type), "the dimensions named \(label) have the sizes \(known) and \(size)")
      }
      sizes[label] = size
    }
    return terms.map { term in
      let axes = term.labels.indices.filter { term.tensor.shape[$0] == 1 && sizes[term.labels[$0]] != 1 }
      let labels = term.labels.indices.filter { !axes.contains($0) }.map { term.labels[$0] }
      return EinsumTerm(labels: labels, tensor: axes.isEmpty ? term.tensor : term.tensor.squeezed(axes))
    }
  }

  /// The parts of a text between separators, empty ones too.
  private static func parts(_ text: String, separator: String) -> [String] {
    var (result, rest) = ([String](), Substring(text))
    while let range = rest.firstRange(of: separator) {
      result.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return result + [String(rest)]
  }
}
