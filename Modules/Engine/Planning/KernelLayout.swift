import CKernels
import Tensor

/// A fused kernel in terms of the tile machine: its space, arrays and instructions.
struct KernelLayout {
  /// An array that the kernel reads or writes.
  struct Array: Hashable {
    var root: Graph.ValueID
    var offset: Int
    var strides: [Int]
  }

  /// The dimensions of the space: at most four, the last one innermost.
  private(set) var shape: [Int]
  private(set) var inputs: [Array] = []
  private(set) var outputs: [Array] = []
  private(set) var inputRegisters: [UInt16] = []
  private(set) var outputRegisters: [UInt16] = []
  private(set) var registerTypes: [jn_dtype] = []
  private(set) var instructions: [jn_instruction] = []

  /// The layout of a cluster whose values `results` are used elsewhere. Arrays that the machine cannot follow are copied.
  init(_ cluster: Cluster, _ graph: Graph, _ nodes: inout NodeGraph, results: [Graph.ValueID]) {
    let base = cluster.shape ?? [cluster.columns.map { cluster.count / $0 } ?? 1, cluster.columns ?? cluster.count]
    let space = Space(base, columns: cluster.columns)
    var uses: [[Use]] = []
    for index in cluster.equations {
      let equation = graph.equations[index]
      let isPerRow: Bool
      if case .reduce = equation.primitive {
        isPerRow = false
      } else {
        isPerRow = cluster.levels[equation.results[0]] == .perRow
      }
      uses.append(
        equation.operands.map { id in
          let view = nodes.view(id)
          if cluster.levels[view.root] != nil { return .inside(view.root) }
          return .outside(view, space.strides(of: view, isPerRow: isPerRow), isPerRow: isPerRow)
        })
    }
    var counted: [[Int]] = []
    for index in cluster.equations {
      if case .iota(let iota) = graph.equations[index].primitive {
        counted.append(space.unit(iota.dimension, of: iota.type.shape))
      }
    }
    let resultStrides = results.map { id in
      switch cluster.levels[id]! {
      case .full: space.rowMajor
      case .perRow: space.perRow
      case .final: space.strides(ofReduced: nodes.types[id].elementCount)
      }
    }
    // What the machine follows badly is put in order first.
    func arrays() -> [[Int]] { uses.flatMap { $0.compactMap(\.strides) } + counted + resultStrides }
    var collapsed = space.collapsed(arrays())
    for (i, operands) in uses.enumerated() {
      for (j, use) in operands.enumerated() {
        guard case .outside(let view, let strides, let isPerRow) = use, !view.isDense, !view.isUniform else { continue }
        let innermost = collapsed.map { strides[$0.representative] }.last ?? 0
        let isScattered = innermost != 0 && innermost != 1 && cluster.count >= 4096
        if collapsed.count <= Int(JN_PROGRAM_RANK) && !isScattered && collapsed.isFollowable { continue }
        let dense = nodes.dense(view)
        uses[i][j] = .outside(dense, space.strides(of: dense, isPerRow: isPerRow), isPerRow: isPerRow)
      }
    }
    collapsed = space.collapsed(arrays())
    let dimensions = collapsed.dimensions
    precondition(dimensions.count <= Int(JN_PROGRAM_RANK), "a kernel of \(dimensions.count) dimensions")
    let padding = Int(JN_PROGRAM_RANK) - dimensions.count
    shape = [Int](repeating: 1, count: padding) + dimensions.map(\.size)
    func machineStrides(_ strides: [Int]) -> [Int] {
      [Int](repeating: 0, count: padding) + dimensions.map { strides[$0.representative] }
    }

    var registers: [Graph.ValueID: UInt16] = [:]
    var arrayRegisters: [Array: UInt16] = [:]
    func newRegister(_ dtype: DType) -> UInt16 {
      registerTypes.append(dtype.kernelType)
      return UInt16(registerTypes.count - 1)
    }
    for (index, operands) in zip(cluster.equations, uses) {
      let equation = graph.equations[index]
      let read = operands.map { use -> UInt16 in
        switch use {
        case .inside(let id): return registers[id]!
        case .outside(let view, let strides, _):
          let array = Array(root: view.root, offset: view.offset, strides: machineStrides(strides))
          if let register = arrayRegisters[array] { return register }
          let register = newRegister(nodes.types[view.root].dtype)
          arrayRegisters[array] = register
          inputs.append(array)
          inputRegisters.append(register)
          return register
        }
      }
      let written = equation.results.map { id in
        let register = newRegister(nodes.types[id].dtype)
        registers[id] = register
        return register
      }
      var instruction = jn_instruction()
      instruction.out = written[0]
      instruction.out2 = written.count > 1 ? written[1] : UInt16(JN_NONE)
      instruction.a = read.count > 0 ? read[0] : UInt16(JN_NONE)
      instruction.b = read.count > 1 ? read[1] : UInt16(JN_NONE)
      instruction.c = read.count > 2 ? read[2] : UInt16(JN_NONE)
      instruction.d = read.count > 3 ? read[3] : UInt16(JN_NONE)
      (instruction.opcode, instruction.kind) = Self.operation(equation.primitive) { iota in
        let unit = machineStrides(space.unit(iota.dimension, of: iota.type.shape))
        return unit.firstIndex { $0 != 0 } ?? 0
      } split: { reduce in
        Cluster.split(reduce.axes, nodes.view(equation.operands[0]).shape)!
      }
      instructions.append(instruction)
    }
    for (id, strides) in zip(results, resultStrides) {
      outputs.append(Array(root: id, offset: 0, strides: machineStrides(strides)))
      outputRegisters.append(registers[id]!)
    }
  }

  /// The number of points of the space.
  var count: Int { shape.product }

  /// Whether it goes through all arrays in one order, element by element.
  var isLinear: Bool {
    shape.dropLast().allSatisfy { $0 == 1 }
      && instructions.allSatisfy {
        ![JN_OP_IOTA, JN_OP_REDUCE_COLUMNS, JN_OP_REDUCE_ROWS, JN_OP_REDUCE_ALL].map(\.rawValue).contains(
          UInt32($0.opcode))
      }
      && inputs.allSatisfy { $0.strides.last == 1 || $0.strides.last == 0 }
      && outputs.allSatisfy { $0.strides.last == 1 }
  }

  private enum Use {
    case inside(Graph.ValueID)
    case outside(View, [Int], isPerRow: Bool)

    var strides: [Int]? {
      if case .outside(_, let strides, _) = self { strides } else { nil }
    }
  }

  private static func operation(
    _ primitive: Primitive, counted: (Iota) -> Int, split: (Reduce) -> Cluster.Split
  ) -> (UInt16, UInt16) {
    func pair(_ opcode: jn_opcode, _ kind: UInt32 = 0) -> (UInt16, UInt16) { (UInt16(opcode.rawValue), UInt16(kind)) }
    switch primitive {
    case .unary(let unary): return pair(JN_OP_UNARY, unary.rawValue)
    case .binary(let binary): return pair(JN_OP_BINARY, binary.rawValue)
    case .compare(let comparison): return pair(JN_OP_COMPARE, comparison.rawValue)
    case .multiplyAdd: return pair(JN_OP_FMA)
    case .select: return pair(JN_OP_SELECT)
    case .convert: return pair(JN_OP_CONVERT)
    case .bitcast: return pair(JN_OP_BITCAST)
    case .isFinite: return pair(JN_OP_IS_FINITE)
    case .threefry2x32: return pair(JN_OP_THREEFRY)
    case .iota(let iota): return pair(JN_OP_IOTA, UInt32(counted(iota)))
    case .reduce(let reduce):
      switch split(reduce) {
      case .all: return pair(JN_OP_REDUCE_ALL, reduce.operation.rawValue)
      case .columns: return pair(JN_OP_REDUCE_COLUMNS, reduce.operation.rawValue)
      case .rows: return pair(JN_OP_REDUCE_ROWS, reduce.operation.rawValue)
      }
    default: preconditionFailure("\(primitive.name) is no operation of a fused kernel")
    }
  }
}

/// The dimensions of a kernel's space before they are joined, and where rows begin.
private struct Space {
  /// One dimension after joining; `representative` is the innermost of those that it was made of, whose strides hold.
  struct Dimension {
    var size: Int
    var representative: Int
  }

  let shape: [Int]
  /// The number of leading dimensions that count rows.
  let rowDimensions: Int
  let hasRows: Bool

  init(_ shape: [Int], columns: Int?) {
    self.shape = shape.filter { $0 != 1 }
    hasRows = columns != nil
    var (product, dimension) = (1, self.shape.count)
    while let columns, product < columns {
      dimension -= 1
      product *= self.shape[dimension]
    }
    rowDimensions = dimension
  }

  var rowMajor: [Int] { shape.rowMajorStrides }

  var perRow: [Int] {
    Array(shape[..<rowDimensions]).rowMajorStrides + [Int](repeating: 0, count: shape.count - rowDimensions)
  }

  func strides(of view: View, isPerRow: Bool) -> [Int] {
    if view.isUniform { return [Int](repeating: 0, count: shape.count) }
    if view.isDense { return isPerRow ? perRow : rowMajor }
    return zip(view.shape, view.strides).filter { $0.0 != 1 }.map(\.1)
  }

  /// Of a reduction's result with this many elements that only leaves the kernel: one, or one for each column.
  func strides(ofReduced count: Int) -> [Int] {
    let zeros = [Int](repeating: 0, count: rowDimensions)
    if count == 1 || !hasRows { return [Int](repeating: 0, count: shape.count) }
    return zeros + Array(shape[rowDimensions...]).rowMajorStrides
  }

  /// 1 along a dimension of a shape, 0 along the others.
  func unit(_ dimension: Int, of shape: [Int]) -> [Int] {
    shape.indices.filter { shape[$0] != 1 }.map { $0 == dimension ? 1 : 0 }
  }

  /// The dimensions after joining neighbours wherever all arrays allow it; rows and columns stay apart.
  func collapsed(_ arrays: [[Int]]) -> Collapsed {
    var dimensions: [Dimension] = []
    var columnDimensions = 0
    for (index, size) in shape.enumerated() {
      let startsColumns = index == rowDimensions && hasRows
      if let last = dimensions.last, !startsColumns,
        arrays.allSatisfy({ $0[last.representative] == $0[index] * size })
      {
        dimensions[dimensions.count - 1] = Dimension(size: last.size * size, representative: index)
      } else {
        dimensions.append(Dimension(size: size, representative: index))
        if index >= rowDimensions { columnDimensions += 1 }
      }
    }
    return Collapsed(dimensions: dimensions, isFollowable: !hasRows || columnDimensions <= 1)
  }

  struct Collapsed {
    var dimensions: [Dimension]
    /// Whether a row is one dimension.
    var isFollowable: Bool
    var count: Int { dimensions.count }
    func map<Result>(_ transform: (Dimension) -> Result) -> [Result] { dimensions.map(transform) }
  }
}
