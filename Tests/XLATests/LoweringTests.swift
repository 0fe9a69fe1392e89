import JAXnet
import Testing
import XLA

/// The text that graphs become, which needs no compiler to be looked at.
@Suite struct LoweringTests {
  @Test func aLayerIsItsOperations() throws {
    let layer = { (w: Tensor, b: Tensor, x: Tensor) in maximum(matmul(x, w) + b, 0) }
    let text = try lower(layer)(zeros([3, 2]), zeros([2]), zeros([5, 3])).stableHLO
    #expect(
      text == """
        module @graph attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
          func.func public @main(%0: tensor<3x2xf32>, %1: tensor<2xf32>, %2: tensor<5x3xf32>) -> (tensor<5x2xf32>) {
            %3 = "stablehlo.constant"() {value = dense<0.0> : tensor<5x2xf32>} : () -> tensor<5x2xf32>
            %4 = "stablehlo.dot_general"(%2, %0) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = \
        [1], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision HIGHEST>, \
        #stablehlo<precision HIGHEST>]} : (tensor<5x3xf32>, tensor<3x2xf32>) -> tensor<5x2xf32>
            %5 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64: 1>} : (tensor<2xf32>) -> \
        tensor<5x2xf32>
            %6 = "stablehlo.add"(%4, %5) : (tensor<5x2xf32>, tensor<5x2xf32>) -> tensor<5x2xf32>
            %7 = "stablehlo.maximum"(%6, %3) : (tensor<5x2xf32>, tensor<5x2xf32>) -> tensor<5x2xf32>
            return %7 : tensor<5x2xf32>
          }
        }

        """)
  }

  @Test func branchesAreFunctionsOfTheirOwn() throws {
    let absolute = { (x: Tensor) in cond(sum(x) .< 0, x, then: { -$0 }, else: { $0 }) }
    #expect(
      try lower(absolute)(zeros([3])).stableHLO == """
        module @graph attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
          func.func public @main(%0: tensor<3xf32>) -> (tensor<3xf32>) {
            %1 = "stablehlo.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
            %5 = "stablehlo.reduce"(%0, %1) ({
            ^bb0(%2: tensor<f32>, %3: tensor<f32>):
              %4 = "stablehlo.add"(%2, %3) : (tensor<f32>, tensor<f32>) -> tensor<f32>
              "stablehlo.return"(%4) : (tensor<f32>) -> ()
            }) {dimensions = array<i64: 0>} : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
            %6 = "stablehlo.compare"(%5, %1) {comparison_direction = #stablehlo<comparison_direction LT>, \
        compare_type = #stablehlo<comparison_type FLOAT>} : (tensor<f32>, tensor<f32>) -> tensor<i1>
            %7 = "stablehlo.convert"(%6) : (tensor<i1>) -> tensor<i32>
            %8 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
            %9 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
            %10 = "stablehlo.maximum"(%7, %8) : (tensor<i32>, tensor<i32>) -> tensor<i32>
            %11 = "stablehlo.minimum"(%10, %9) : (tensor<i32>, tensor<i32>) -> tensor<i32>
            %14 = "stablehlo.case"(%11) ({
              %12 = "func.call"(%0) {callee = @cond} : (tensor<3xf32>) -> tensor<3xf32>
              "stablehlo.return"(%12) : (tensor<3xf32>) -> ()
            }, {
              %13 = "func.call"(%0) {callee = @cond_1} : (tensor<3xf32>) -> tensor<3xf32>
              "stablehlo.return"(%13) : (tensor<3xf32>) -> ()
            }) : (tensor<i32>) -> tensor<3xf32>
            return %14 : tensor<3xf32>
          }
          func.func private @cond(%0: tensor<3xf32>) -> (tensor<3xf32>) {
            return %0 : tensor<3xf32>
          }
          func.func private @cond_1(%0: tensor<3xf32>) -> (tensor<3xf32>) {
            %1 = "stablehlo.negate"(%0) : (tensor<3xf32>) -> tensor<3xf32>
            return %1 : tensor<3xf32>
          }
        }

        """)
  }

  @Test func aScanIsALoop() throws {
    let sums = { (x: Tensor) in scan(Tensor(Float(0)), x) { total, x in (total + x, total * x) }.1 }
    #expect(
      try lower(sums)(zeros([4])).stableHLO == """
        module @graph attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
          func.func public @main(%0: tensor<4xf32>) -> (tensor<4xf32>) {
            %1 = "stablehlo.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
            %2 = "stablehlo.constant"() {value = dense<0.0> : tensor<4xf32>} : () -> tensor<4xf32>
            %3 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
            %21:4 = "stablehlo.while"(%0, %3, %1, %2) ({
            ^bb0(%4: tensor<4xf32>, %5: tensor<i32>, %6: tensor<f32>, %7: tensor<4xf32>):
              %8 = "stablehlo.constant"() {value = dense<4> : tensor<i32>} : () -> tensor<i32>
              %9 = "stablehlo.compare"(%5, %8) {comparison_direction = #stablehlo<comparison_direction LT>, \
        compare_type = #stablehlo<comparison_type SIGNED>} : (tensor<i32>, tensor<i32>) -> tensor<i1>
              "stablehlo.return"(%9) : (tensor<i1>) -> ()
            }, {
            ^bb0(%10: tensor<4xf32>, %11: tensor<i32>, %12: tensor<f32>, %13: tensor<4xf32>):
              %14 = "stablehlo.dynamic_slice"(%10, %11) {slice_sizes = array<i64: 1>} : (tensor<4xf32>, tensor<i32>) \
        -> tensor<1xf32>
              %15 = "stablehlo.reshape"(%14) : (tensor<1xf32>) -> tensor<f32>
              %16:2 = "func.call"(%12, %15) {callee = @scan} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
              %17 = "stablehlo.reshape"(%16#1) : (tensor<f32>) -> tensor<1xf32>
              %18 = "stablehlo.dynamic_update_slice"(%13, %17, %11) : (tensor<4xf32>, tensor<1xf32>, tensor<i32>) -> \
        tensor<4xf32>
              %19 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
              %20 = "stablehlo.add"(%11, %19) : (tensor<i32>, tensor<i32>) -> tensor<i32>
              "stablehlo.return"(%10, %20, %16#0, %18) : (tensor<4xf32>, tensor<i32>, tensor<f32>, tensor<4xf32>) -> ()
            }) : (tensor<4xf32>, tensor<i32>, tensor<f32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>, \
        tensor<f32>, tensor<4xf32>)
            return %21#3 : tensor<4xf32>
          }
          func.func private @scan(%0: tensor<f32>, %1: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
            %2 = "stablehlo.add"(%0, %1) : (tensor<f32>, tensor<f32>) -> tensor<f32>
            %3 = "stablehlo.multiply"(%0, %1) : (tensor<f32>, tensor<f32>) -> tensor<f32>
            return %2, %3 : tensor<f32>, tensor<f32>
          }
        }

        """)
  }

  @Test func theSameProgramGivesTheSameText() throws {
    func text() throws -> String {
      let loss = { (w: Tensor, x: Tensor) in
        sum(checkpoint { (w: Tensor) in tanh(matmul(x, w)) }(w) * cumulativeSum(x, axis: 0)[.all, ..<2])
      }
      return try lower(grad(loss))(ones([3, 2]), ones([5, 3])).stableHLO
    }
    #expect(try text() == text())
  }

  /// Transformations end before the text: what is lowered are primitives.
  @Test func transformedFunctionsAreLoweredToo() throws {
    let text = try lower(vmap(grad { (x: Tensor) in sin(x) }))(zeros([7])).stableHLO
    #expect(text.contains("\"stablehlo.cosine\""))
    #expect(text.contains("-> (tensor<7xf32>)"))
  }

  // MARK: Convolutions

  /// The gradients of a convolution have other orders of dimensions, and one of them a reversed kernel.
  private func convolutions(forProcessors: Bool) throws -> [Substring] {
    @Sendable func loss(_ x: Tensor, _ kernel: Tensor) -> Tensor {
      sum(sin(convGeneralDilated(x, kernel, strides: [2, 1], dimensionNumbers: .channelsLast(2))))
    }
    let module = try makeGraph { (x: Tensor, kernel: Tensor) in
      (grad { (x: Tensor) in loss(x, kernel) }(x), grad { (kernel: Tensor) in loss(x, kernel) }(kernel))
    }(ones([2, 7, 7, 3]), ones([3, 3, 3, 5])).lowered(forProcessors: forProcessors)
    return module.text.split(separator: "\n").filter { $0.contains("stablehlo.convolution") }
  }

  @Test func kernelsAreReversedBeforehand() throws {
    for forProcessors in [false, true] {
      let lines = try convolutions(forProcessors: forProcessors)
      #expect(lines.count == 4)
      for line in lines { #expect(line.contains("window_reversal = array<i1: false, false>"), "\(line)") }
    }
  }

  @Test func processorsGetConvolutionsInOneOrder() throws {
    let order = "#stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>"
    #expect(try convolutions(forProcessors: true).allSatisfy { $0.contains(order) })
    #expect(try !convolutions(forProcessors: false).allSatisfy { $0.contains(order) })
  }

  // MARK: Places in the modules

  @Test func operationsAreCalledByTheirModules() throws {
    let net = Sequential {
      Dense(4); tanh; Dense(2)
    }
    let loss = parametrized("loss") { (x: Tensor) in sum(net(x)) }
    let params = loss.initParams(PRNGKey(0), ones([3, 5]))
    let step = { (params: Params, x: Tensor) in grad { (params: Params) in loss(params, x) }(params) }
    let lines = try lower(step)(params, ones([3, 5])).stableHLO.split(separator: "\n")
    let products = lines.filter { $0.contains("stablehlo.dot_general") }.map { String($0.split(separator: " ").last!) }
    // Forward, and backward.
    #expect(
      products.sorted() == [
        "loc(\"loss.sequential.layers[0].dense/dot\")", "loc(\"loss.sequential.layers[0].dense/dot\")",
        "loc(\"loss.sequential.layers[2].dense/dot\")", "loc(\"loss.sequential.layers[2].dense/dot\")",
      ])
  }

  /// A module that is given parameters within another one is at `outer → inner`.
  @Test func placesAreWrittenInASCII() throws {
    let inner = parametrized("inner") { (x: Tensor) in exp(x) }
    let outer = parametrized("outer") { (x: Tensor) in inner(inner.initParams(PRNGKey(0), x), x) }
    let params = outer.initParams(PRNGKey(0), ones([]))
    let text = try lower { (x: Tensor) in outer(params, x) }(ones([])).stableHLO
    #expect(text.contains(#"loc("outer \E2\86\92 inner/exp")"#), "\(text)")
  }

  // MARK: Constants

  @Test(
    "Numbers are written exactly",
    arguments: [
      (Tensor([Float(1), -0.5, 0.1]), "[1.0, -0.5, 0x3DCCCCCD]"),
      (Tensor([Float.nan, .infinity, -0.0]), "[0x7FC00000, 0x7F800000, -0.0]"),
      (Tensor([0.1, 1e300], dtype: .float64), "[0x3FB999999999999A, 0x7E37E43C8800759C]"),
      (Tensor([Float(0.1), 2]).asType(.bfloat16), "[0x3DCD, 2.0]"),
      (Tensor([Float(0.1), 2]).asType(.float16), "[0x2E66, 2.0]"),
      (Tensor([true, false]), "[true, false]"),
      (Tensor([UInt64.max, 3]), "[18446744073709551615, 3]"),
      (Tensor([Int8.min, 3]), "[-128, 3]"),
      (Tensor([Int32(1), 2, 3, 4]).reshaped(to: [2, 2]), "[[1, 2], [3, 4]]"),
      (full([2, 3], 7), "7.0"),
    ] as [(Tensor, String)])
  func constants(_ constant: Tensor, _ expected: String) throws {
    let text = try makeGraph { (x: Tensor) in (x, constant) }(Tensor(1)).lowered().text
    let type = text.split(separator: "\n").first { $0.contains("stablehlo.constant") }
    #expect(type?.contains("dense<\(expected)>") == true, "\(text)")
  }

  @Test func manyElementsAreWrittenAsBytes() throws {
    let table = arange(65, dtype: .uint16)
    let module = try makeGraph { (x: Tensor) in x + table }(table).lowered()
    #expect(module.text.contains("dense<\"0x000001000200"))
    #expect(module.constants.isEmpty)
  }

  @Test func largeConstantsAreTheLastArguments() throws {
    let table = arange(2000, dtype: .float32)
    let program = { (x: Tensor) in
      scan(x, arange(3)) { x, i in (x + table[i], x) }.0 + jit { (x: Tensor) in sum(x * table) }(x)
    }
    let module = try makeGraph(program)(Tensor(Float(1))).lowered(argumentAttributes: ["jax.buffer_donor = true"])
    #expect(module.constants.count == 1 && module.constants[0] === table)
    #expect(module.argumentTypes == [TensorType(.float32), TensorType(.float32, [2000])])
    #expect(
      module.text.contains("@main(%0: tensor<f32> {jax.buffer_donor = true}, %1: tensor<2000xf32>) -> (tensor<f32>)"))
    #expect(lower(program)(Tensor(Float(1))).constants.count == 1)
  }

  // MARK: What is declared

  @Test func argumentsAndResultsCarryWhatIsDeclared() throws {
    let module = try makeGraph { (x: Tensor, y: Tensor) in (x + y, x) }(zeros([4]), zeros([4])).lowered(
      argumentAttributes: [nil, "tf.aliasing_output = 0 : i32"],
      resultAttributes: ["mhlo.sharding = \"{replicated}\""], partitions: 4)
    #expect(module.text.contains("mhlo.num_partitions = 4 : i32"))
    #expect(
      module.text.contains(
        "@main(%0: tensor<4xf32>, %1: tensor<4xf32> {tf.aliasing_output = 0 : i32}) -> "
          + "(tensor<4xf32> {mhlo.sharding = \"{replicated}\"}, tensor<4xf32>)"))
    #expect(module.resultTypes == [TensorType(.float32, [4]), TensorType(.float32, [4])])
  }

  // MARK: What cannot be lowered

  @Test func aCollectiveOutsideOfItsVmapIsNamed() {
    let graph = makeGraph { (x: Tensor) in Primitive.collective(Collective(.sum, "examples", size: 4))(x) }(ones([3]))
    let error = #expect(throws: LoweringError.self) { try graph.lowered() }
    #expect(
      error?.description == """
        psum: there is no vmap whose axis is named "examples" inside of the lowered function
          operands: float32[3]
          hint: lower the function that calls vmap(f, axisName: "examples")
        """)
    let net = parametrized("net") { (x: Tensor) in Primitive.collective(Collective(.sum, "examples", size: 4))(x) }
    let params = net.initParams(PRNGKey(0), ones([3]))
    let within = #expect(throws: LoweringError.self) {
      try lower { (x: Tensor) in net(params, x) }(ones([3])).stableHLO
    }
    #expect(within?.path == "net" && "\(within!)".contains("\n  in: net\n  hint: "))
  }

  @Test func aBackwardPassWithoutAForwardOneIsNamed() {
    let linear = CustomLinear(functionName: "halved", residualCount: 0, outputTypes: [TensorType(.float32)]) {
      _, changes in
      changes
    }
    let error = #expect(throws: LoweringError.self) {
      try lower { (x: Tensor) in Primitive.customLinear(linear)(x) }(ones([])).stableHLO
    }
    #expect(
      error?.description == """
        halved: has a custom backward pass only, so that forward mode cannot differentiate it
          operands: float32[]
          hint: give it a customJVP instead, from which reverse mode follows
        """)
  }
}
