import CKernels
import Tensor

extension Planner {
  /// The steps of a node, once everything has its place.
  func makeSteps(_ node: Int) -> [Step] {
    switch nodes.nodes[node].work {
    case .kernel(let cluster): return [kernelStep(node, cluster)]
    case .copy(let view, let id): return [copy(view, to: place(id), strides: view.shape.rowMajorStrides)]
    case .equation(let index): return [step(node, graph.equations[index])]
    }
  }

  private func kernelStep(_ node: Int, _ cluster: Cluster) -> Step {
    let layout = layouts[node]!
    func arrays(_ arrays: [KernelLayout.Array], _ registers: [UInt16], taken: (Int) -> Int?) -> [jn_program_array] {
      arrays.indices.map { i in
        var array = jn_program_array()
        array.reg = registers[i]
        array.in_place_of = taken(i).map(UInt16.init) ?? UInt16(JN_NONE)
        let strides = arrays[i].strides.map(Int64.init)
        array.strides = (strides[0], strides[1], strides[2], strides[3])
        return array
      }
    }
    let program = jn_program_create(
      layout.shape.map(Int64.init), layout.registerTypes.count, layout.registerTypes, layout.inputs.count,
      arrays(layout.inputs, layout.inputRegisters) { _ in nil }, layout.outputs.count,
      arrays(layout.outputs, layout.outputRegisters) { inputTaken(by: $0, of: node) }, layout.instructions.count,
      layout.instructions)
    guard let program else { preconditionFailure("no fused kernel for \(summary(cluster, layout))") }
    let product = nodes.nodes[node].product.map { productStep($0, out: Place(slot: 0, offset: 0)) { place($0) }! }
    return KernelStep(
      program: program,
      inputs: layout.inputs.map {
        $0.root == productRoot(node)
          ? Place(slot: 0, offset: 0) : place($0.root) + $0.offset * nodes.types[$0.root].dtype.itemSize
      },
      outputs: layout.outputs.map { place($0.root) },
      product: product.map { ($0, layout.inputs.firstIndex { $0.root == productRoot(node) }!) },
      summary: (product.map { $0.summary + ", then " } ?? "") + summary(cluster, layout))
  }

  private func summary(_ cluster: Cluster, _ layout: KernelLayout) -> String {
    let names = cluster.equations.map { graph.equations[$0].primitive.name }
    return "kernel \(layout.shape.filter { $0 != 1 }) \(names.joined(separator: " "))"
  }

  private func copy(_ view: View, to target: Place, strides: [Int]) -> Step {
    let itemSize = nodes.types[view.root].dtype.itemSize
    let isInOrder = View(root: 0, offset: 0, shape: view.shape, strides: strides).isDense
    if view.isUniform && view.count > 1 && isInOrder {
      return FillStep(itemSize: itemSize, count: view.count, value: place(view), target: target)
    }
    return CopyStep(
      itemSize: itemSize, shape: view.shape, source: place(view), sourceStrides: view.strides, target: target,
      targetStrides: strides)
  }

  private func step(_ node: Int, _ equation: Graph.Equation) -> Step {
    let operands = equation.operands.map { operandView($0, equation) }
    let results = equation.results.map(place)
    let type = equation.results.first.map { graph.types[$0] }
    switch equation.primitive {
    case .dot(let dot):
      if let product = dot.product(operands[0], operands[1], type!.dtype, place: place, out: results[0]) {
        return product
      }
    case .concatenate(let concatenate) where type!.elementCount > 0:
      let strides = type!.shape.rowMajorStrides
      var position = 0
      var steps: [Step] = []
      for operand in operands where operand.count > 0 {
        let target = results[0] + position * strides[concatenate.dimension] * type!.dtype.itemSize
        steps.append(copy(operand, to: target, strides: strides))
        position += operand.shape[concatenate.dimension]
      }
      return SequenceStep("concatenate \(type!)", steps)
    case .pad(let pad) where type!.elementCount > 0 && operands[0].count > 0:
      let size = type!.dtype.itemSize
      let fill = FillStep(itemSize: size, count: type!.elementCount, value: place(operands[1]), target: results[0])
      guard let part = pad.placement(of: operands[0].shape, in: type!.shape) else { return fill }
      // The placement is in terms of dense elements; `part.offset` says how many are skipped along each dimension.
      var (view, rest) = (operands[0], part.offset)
      for (dimension, stride) in operands[0].shape.rowMajorStrides.enumerated() {
        view.offset += rest / stride * operands[0].strides[dimension]
        rest %= stride
      }
      view.shape = part.shape
      let inside = copy(view, to: results[0] + part.targetOffset * size, strides: part.targetStrides)
      return SequenceStep("pad \(type!)", [fill, inside])
    case .dynamicSlice where type!.elementCount > 0:
      return DynamicPartStep(
        isUpdate: false, itemSize: type!.dtype.itemSize, whole: place(operands[0]), wholeShape: operands[0].shape,
        part: results[0], partShape: type!.shape, starts: starts(equation.operands.dropFirst(), equation))
    case .dynamicUpdateSlice where operands[1].count > 0:
      let update = DynamicPartStep(
        isUpdate: true, itemSize: type!.dtype.itemSize, whole: results[0], wholeShape: type!.shape,
        part: place(operands[1]), partShape: operands[1].shape, starts: starts(equation.operands.dropFirst(2), equation)
      )
      if place(operands[0]) == results[0] { return update }
      let whole = copy(operands[0], to: results[0], strides: type!.shape.rowMajorStrides)
      return SequenceStep(update.summary, [whole, update])
    case .convolution:
      guard let plan = convolutions[node] else { break }
      return ConvolutionStep(
        plan, lhs: place(operands[0]), rhs: place(operands[1]), out: results[0], scratch: localPlace(node, 0),
        summary: "convolution \(convolutionSummary(equation)) by \(plan.method)")
    case .reduceWindow(let reduce):
      return window(
        .reduce(jn_reduce_op(rawValue: reduce.operation.rawValue)), reduce.window, operands, results[0], type!.dtype)
        ?? evaluated(equation, operands, results)
    case .selectAndGather(let select):
      return window(
        .gather(largest: select.selection.largest), select.selection.window, operands, results[0], type!.dtype)
        ?? evaluated(equation, operands, results)
    case .selectAndScatter(let select):
      return window(
        .scatter(largest: select.selection.largest), select.selection.window, operands, results[0], type!.dtype)
        ?? evaluated(equation, operands, results)
    case .scan(let scan): return scanStep(node, scan, equation)
    case .whileLoop(let loop): return whileStep(node, loop, equation)
    case .switch:
      let plans = innerPlans[node]!.enumerated().map { InnerPlan(plan: $1, frame: localPlace(node, $0)) }
      return BranchStep(
        branches: plans, index: place(operands[0]), inputs: operands.dropFirst().map(place), outputs: results)
    case .call:
      let plan = InnerPlan(plan: innerPlans[node]![0], frame: localPlace(node, 0))
      return BranchStep(branches: [plan], index: nil, inputs: operands.map(place), outputs: results)
    default: break
    }
    return evaluated(equation, operands, results)
  }

  private func evaluated(_ equation: Graph.Equation, _ operands: [View], _ results: [Place]) -> Step {
    PrimitiveStep(
      equation.primitive, operands: zip(operands, equation.operands).map { (place($0), graph.types[$1]) },
      results: zip(results, equation.results).map { ($0, graph.types[$1]) })
  }

  private func convolutionSummary(_ equation: Graph.Equation) -> String {
    let types = equation.operands.map { graph.types[$0].description }
    return types.joined(separator: " * ")
  }

  /// A step for windows over elements that need no wider type; the last operand is what the windows slide over.
  private func window(
    _ work: WindowStep.Work, _ window: SlidingWindow, _ operands: [View], _ out: Place, _ dtype: DType
  ) -> Step? {
    if dtype == .float16 || dtype == .bfloat16 { return nil }
    return WindowStep(
      work, dtype: dtype, dimensions: window.forKernels(operands.last!.shape), operands: operands.map(place), out: out)
  }

  private func starts(_ ids: ArraySlice<Graph.ValueID>, _ equation: Graph.Equation) -> [(Place, DType)] {
    ids.map { (place(operandView($0, equation)), graph.types[$0].dtype) }
  }

  private func carries(
    _ node: Int, _ equation: Graph.Equation, firstOperand: Int, count: Int, firstLocal: Int, aliases: [Int?]
  ) -> [LoopCarry] {
    (0..<count).map { i in
      LoopCarry(
        byteCount: graph.types[equation.results[i]].byteCount,
        first: place(operandView(equation.operands[firstOperand + i], equation)), last: place(equation.results[i]),
        spare: aliases[i] == nil ? localPlace(node, firstLocal + i) : nil)
    }
  }

  private func scanStep(_ node: Int, _ scan: Scan, _ equation: Graph.Equation) -> Step {
    let plan = innerPlans[node]![0]
    let operands = scan.parts(equation.operands)
    func slices(_ ids: some Sequence<Graph.ValueID>) -> [ScanStep.Array] {
      ids.map { id in
        ScanStep.Array(
          place: place(operandView(id, equation)),
          byteCount: scan.length == 0 ? 0 : graph.types[id].byteCount / scan.length)
      }
    }
    let division = divisions[node]
    return ScanStep(
      body: InnerPlan(plan: plan, frame: localPlace(node, 0)), length: scan.length, isReversed: scan.isReversed,
      parts: division?.parts ?? 1, divides: division?.divides,
      constants: operands.constants.map { id in
        ScanStep.Array(place: place(operandView(id, equation)), byteCount: graph.types[id].byteCount)
      },
      carries: carries(
        node, equation, firstOperand: scan.constantCount, count: scan.carryCount, firstLocal: 1, aliases: plan.aliases),
      slices: slices(operands.sliced), results: slices(equation.results.dropFirst(scan.carryCount)))
  }

  private func whileStep(_ node: Int, _ loop: WhileLoop, _ equation: Graph.Equation) -> Step {
    let plans = innerPlans[node]!
    let operands = loop.parts(equation.operands)
    return WhileStep(
      condition: InnerPlan(plan: plans[0], frame: localPlace(node, 0)),
      body: InnerPlan(plan: plans[1], frame: localPlace(node, 1)),
      conditionConstants: operands.conditionConstants.map { place(operandView($0, equation)) },
      bodyConstants: operands.bodyConstants.map { place(operandView($0, equation)) },
      carries: carries(
        node, equation, firstOperand: loop.conditionConstantCount + loop.bodyConstantCount,
        count: equation.results.count, firstLocal: 3, aliases: plans[1].aliases),
      flag: localPlace(node, 2))
  }
}

extension Dot {
  /// Whether the product's step can read these operands where they lie.
  func takes(_ lhs: View, _ rhs: View, _ dtype: DType) -> (lhs: Bool, rhs: Bool) {
    func left(_ view: View) -> Bool { matrix(view, lhsBatch, lhsFree(rank: view.shape.count), lhsContracting) != nil }
    func right(_ view: View) -> Bool { matrix(view, rhsBatch, rhsContracting, rhsFree(rank: view.shape.count)) != nil }
    let (takesLeft, takesRight) = (left(lhs), right(rhs))
    guard dtype == .float32 || dtype == .float64, lhs.count > 0, rhs.count > 0,
      takesLeft || left(View(dense: lhs.root, shape: lhs.shape)),
      takesRight || right(View(dense: rhs.root, shape: rhs.shape))
    else { return (lhs.isDense, rhs.isDense) }
    return (takesLeft, takesRight)
  }

  func product(_ lhs: View, _ rhs: View, _ dtype: DType, place: (View) -> Place, out: Place) -> ProductStep? {
    guard dtype == .float32 || dtype == .float64, lhs.count > 0, rhs.count > 0,
      var left = matrix(lhs, lhsBatch, lhsFree(rank: lhs.shape.count), lhsContracting),
      var right = matrix(rhs, rhsBatch, rhsContracting, rhsFree(rank: rhs.shape.count))
    else { return nil }
    (left.place, right.place) = (place(lhs), place(rhs))
    func size(_ view: View, _ dimensions: [Int]) -> Int { dimensions.map { view.shape[$0] }.product }
    return ProductStep(
      m: size(lhs, lhsFree(rank: lhs.shape.count)), n: size(rhs, rhsFree(rank: rhs.shape.count)),
      k: size(lhs, lhsContracting), batch: size(lhs, lhsBatch), lhs: left, rhs: right, out: out,
      isDouble: dtype == .float64)
  }

  private func matrix(_ view: View, _ batch: [Int], _ rows: [Int], _ columns: [Int]) -> ProductStep.Operand? {
    guard let batch = view.run(of: batch), let rows = view.run(of: rows), let columns = view.run(of: columns) else {
      return nil
    }
    let here = Place(slot: 0, offset: 0)
    // One row or one column: any distance between rows will do, as long as it is not shorter than they are.
    if columns.size == 1 || columns.stride == 1 {
      let stride = rows.size == 1 ? columns.size : rows.stride
      if stride >= columns.size {
        return ProductStep.Operand(place: here, isTransposed: false, stride: stride, batchStride: batch.stride)
      }
    }
    if rows.size == 1 || rows.stride == 1 {
      let stride = columns.size == 1 ? rows.size : columns.stride
      if stride >= rows.size {
        return ProductStep.Operand(place: here, isTransposed: true, stride: stride, batchStride: batch.stride)
      }
    }
    return nil
  }
}
