import Autodiff
import Tensor

/// What became of the tensors that were to be loaded into a tree, by their paths.
public struct LoadReport: Hashable, Sendable {
  /// A tensor that has another shape or element type than it should have.
  public struct WrongType: Hashable, Sendable {
    /// Its path in the tree.
    public var name: String
    /// What it should be.
    public var expected: TensorType
    /// What it is.
    public var found: TensorType

    /// A tensor of the wrong type.
    public init(name: String, expected: TensorType, found: TensorType) {
      self.name = name
      self.expected = expected
      self.found = found
    }
  }

  /// Those that were loaded.
  public var matched: [String]
  /// Those of the tree that were not there.
  public var missing: [String]
  /// Those that were there and have no place in the tree.
  public var unused: [String]
  /// Those that have another shape or element type.
  public var wrongTypes: [WrongType]

  /// A report.
  public init(
    matched: [String] = [], missing: [String] = [], unused: [String] = [], wrongTypes: [WrongType] = []
  ) {
    self.matched = matched
    self.missing = missing
    self.unused = unused
    self.wrongTypes = wrongTypes
  }

  /// Whether all tensors found their places, and all places their tensors.
  public var isComplete: Bool { missing.isEmpty && unused.isEmpty && wrongTypes.isEmpty }

  /// What did not fit, in lines.
  var problems: [String] {
    var lines: [String] = []
    if !missing.isEmpty { lines.append("missing: " + missing.joined(separator: ", ")) }
    if !unused.isEmpty { lines.append("not asked for: " + unused.joined(separator: ", ")) }
    for entry in wrongTypes {
      lines.append(
        entry.expected.shape == entry.found.shape
          ? "\(entry.name): expected \(entry.expected.dtype), found \(entry.found.dtype)"
          : "\(entry.name): expected shape \(entry.expected.shape), found \(entry.found.shape)")
    }
    return lines
  }
}

extension LoadReport: CustomStringConvertible {
  /// The number of tensors that were loaded, and what did not fit.
  public var description: String { (["\(matched.count) loaded"] + problems).joined(separator: "\n") }
}

extension LoadReport {
  /// Finds for each place its tensor among what there is.
  ///
  /// - Parameters:
  ///   - names: the names of each place; the first is its path.
  ///   - types: the type of each place.
  ///   - available: what there is, by name.
  ///   - otherNames: further names, with positions in `available`.
  ///   - isConverting: whether tensors of other element types fit.
  /// - Returns: for each place the position of its tensor in `available`, nil for none that fits.
  static func match(
    _ names: [[String]], _ types: [TensorType], _ available: [(name: String, type: TensorType)],
    otherNames: [(path: String, leaf: Int)] = [], isConverting: Bool
  ) -> (positions: [Int?], report: LoadReport) {
    let known = Dictionary(
      available.enumerated().map { ($1.name, $0) } + otherNames.map { ($0.path, $0.leaf) },
      uniquingKeysWith: { first, _ in first })
    var report = LoadReport()
    var used = Set<Int>()
    let positions = zip(names, types).map { names, type -> Int? in
      guard let position = names.lazy.compactMap({ known[$0] }).first else {
        report.missing.append(names[0])
        return nil
      }
      used.insert(position)
      let found = available[position].type
      if found.shape != type.shape || (!isConverting && found.dtype != type.dtype) {
        report.wrongTypes.append(WrongType(name: names[0], expected: type.strong, found: found))
        return nil
      }
      report.matched.append(names[0])
      return position
    }
    report.unused = available.indices.filter { !used.contains($0) }.map { available[$0].name }.sorted()
    return (positions, report)
  }
}

extension Tree {
  /// The same structure with those of these tensors that fit, by their paths; others stay as they are.
  ///
  ///     let (params, report) = initial.loadingWhatFits(from: try NPZ.read("weights.npz"))
  ///
  /// - Parameters:
  ///   - tensors: tensors by paths such as `layers[0].kernel`, from any kind of file.
  ///   - isConverting: whether tensors of other element types are converted; otherwise they do not fit.
  /// - Returns: the tree, and a report of what was loaded and what did not fit.
  public func loadingWhatFits(
    from tensors: [String: Tensor], converting isConverting: Bool = false
  ) -> (tree: Self, report: LoadReport) {
    let available = tensors.sorted { $0.key < $1.key }
    let leaves = leaves
    let (positions, report) = LoadReport.match(
      placeNames, leaves.map(\.type), available.map { ($0.key, $0.value.type) }, isConverting: isConverting)
    let result = zip(positions, leaves).map { position, leaf in
      position.map { available[$0].value.asType(leaf.dtype) } ?? leaf
    }
    return (replacingLeaves(with: result), report)
  }

  /// The same structure with those tensors of a safetensors file that fit, by their paths; others stay as they are.
  ///
  ///     let (params, report) = initial.loadingWhatFits(from: "pretrained.safetensors")
  ///     print(report)
  ///
  /// - Parameters:
  ///   - path: a safetensors file, of this library or another. Only tensors that fit are read.
  ///   - isConverting: whether tensors of other element types are converted; otherwise they do not fit.
  ///   - progress: is told the number of bytes read so far, and of all that are read, after each tensor.
  /// - Returns: the tree, and a report of what was loaded and what did not fit.
  public func loadingWhatFits(
    from path: String, converting isConverting: Bool = false, progress: ProgressHandler? = nil
  ) throws(ModelFileError) -> (tree: Self, report: LoadReport) {
    let file = try SafetensorsFile(path)
    let leaves = leaves
    let (positions, report) = LoadReport.match(
      placeNames, leaves.map(\.type), file.entries.map { ($0.name, $0.type) }, isConverting: isConverting)
    return (replacingLeaves(with: try file.read(positions, as: leaves, progress)), report)
  }

  /// The tensors by their paths, each once: what `NPZ.write` takes, for example.
  public var leavesByPath: [String: Tensor] {
    Dictionary(zip(leafPaths, leaves)) { _, _ in
      fail("leavesByPath", [], "two tensors have one path", hint: "give the parts of the type different names")
    }
  }

  /// For each tensor the names under which a file may have it; the first is its path.
  var placeNames: [[String]] {
    guard let params = self as? Params else { return leafPaths.map { [$0] } }
    return params.structure.placeNames
  }
}

extension ParamsStructure {
  /// For each tensor its paths: a shared one may have been saved under another of them.
  var placeNames: [[String]] {
    var names = [[String]](repeating: [], count: leafCount)
    for (path, leaf) in allPaths { names[leaf].append("\(path)") }
    return names
  }
}

extension SafetensorsFile {
  /// The tensors at these positions, in the element types of others, which stay where the position is nil.
  func read(
    _ positions: [Int?], as leaves: [Tensor?], _ progress: ProgressHandler?
  ) throws(ModelFileError) -> [Tensor] {
    var result: [Tensor] = []
    var done = 0
    let total = positions.reduce(0) { $0 + ($1.map { entries[$0].type.byteCount } ?? 0) }
    for (position, leaf) in zip(positions, leaves) {
      guard let position else {
        result.append(leaf!)
        continue
      }
      let tensor = try tensor(position)
      result.append(leaf.map { tensor.asType($0.dtype) } ?? tensor)
      done += entries[position].type.byteCount
      progress?(done, total)
    }
    return result
  }
}
