import Tensor
import TestSupport
import Testing

@Suite("Making tensors, and reading them")
struct CreationTests {
  @Test("nested arrays give the shape")
  func nested() {
    let rows: [(Tensor, [Int], [Double])] = [
      (Tensor(2.5), [], [2.5]), (Tensor([1, 2, 3]), [3], [1, 2, 3]),
      (Tensor([[1, 2], [3, 4]]), [2, 2], [1, 2, 3, 4]),
      (Tensor([[[1.0]], [[2.0]]]), [2, 1, 1], [1, 2]), (Tensor([[Int]]()), [0], []),
      (Tensor([[Int](), []]), [2, 0], []),
      (Tensor([Double]()), [0], []), (Tensor([true, false]), [2], [1, 0]),
    ]
    for (index, (tensor, shape, elements)) in rows.enumerated() {
      #expect(tensor.shape == shape, "row \(index)")
      #expect(tensor.array(of: Double.self) == elements, "row \(index)")
      #expect(tensor.rank == shape.count && tensor.count == elements.count, "row \(index)")
    }
  }

  @Test("Swift's types and their element types; Int and Double have the default ones")
  func types() {
    let rows: [(Tensor, DType)] = [
      (Tensor([1]), .int32), (Tensor([1.0]), .float32), (Tensor(true), .bool), (Tensor(Int8(1)), .int8),
      (Tensor(Int16(1)), .int16), (Tensor(Int32(1)), .int32), (Tensor(Int64(1)), .int64), (Tensor(UInt8(1)), .uint8),
      (Tensor(UInt16(1)), .uint16), (Tensor(UInt32(1)), .uint32), (Tensor(UInt64(1)), .uint64),
      (Tensor(Float(1)), .float32), (Tensor([1, 2], dtype: .float16), .float16), (Tensor([0.5], dtype: .int8), .int8),
      (Tensor([Float](), shape: [0, 2]), .float32),
    ]
    for (index, (tensor, dtype)) in rows.enumerated() {
      #expect(tensor.dtype == dtype && !tensor.isWeaklyTyped, "row \(index)")
    }
    #if !(os(macOS) && arch(x86_64))
      #expect(Tensor(Float16(1.5)).dtype == .float16)
      #expect(Tensor([Float16(1.5)]).array(of: Float16.self) == [1.5])
    #endif
  }

  @Test("literals are weakly typed")
  func literals() {
    let (integer, number): (Tensor, Tensor) = (3, 0.5)
    #expect(integer.type == TensorType(.int32, isWeak: true))
    #expect(number.type == TensorType(.float32, isWeak: true))
    #expect((-7 as Tensor).scalar(as: Int.self) == -7)
    #expect("\(integer.type)" == "int32*[]")
    #expect((integer + 1).isWeaklyTyped && (integer * number).isWeaklyTyped)
    #expect(!(integer + Tensor(1, dtype: .int32)).isWeaklyTyped)
  }

  @Test("so are Int and Double alone, but not with a dtype")
  func weakScalars() {
    let (integer, number) = (3, 0.5)
    for tensor in [Tensor(3), Tensor(integer), Tensor(0.5), Tensor(number)] { #expect(tensor.isWeaklyTyped) }
    for tensor in [
      Tensor(3, dtype: .int32), Tensor(integer, dtype: .int32), Tensor(Float(0.5)), Tensor([number]), Tensor(true),
    ] {
      #expect(!tensor.isWeaklyTyped)
    }
    #expect(maximum(ones([1], dtype: .bfloat16), Tensor(number)).dtype == .bfloat16)
  }

  @Test("elements keep every bit", arguments: DType.allCases)
  func bits(_ dtype: DType) {
    let pattern: [UInt8] = dtype == .bool ? [1, 0, 0, 1] : [11, 48, 255, 122, 0, 128, 7, 63]
    let bytes = (0..<(4 * dtype.itemSize)).map { pattern[$0 % pattern.count] }
    let tensor = bytes.withUnsafeBytes { Tensor(bytes: $0, shape: [2, 2], dtype: dtype) }
    #expect(tensor.withUnsafeBytes(Array.init) == bytes)
    let copy = Tensor(unsafeUninitializedShape: [2, 2], dtype: dtype) { $0.copyBytes(from: bytes) }
    expectEqual(copy, tensor)
  }

  @Test("extreme integers arrive unchanged")
  func extremes() {
    #expect(Tensor([Int.min, .max], dtype: .int64).array(of: Int.self) == [.min, .max])
    #expect(Tensor([UInt64.max]).array(of: UInt64.self) == [.max])
    #expect(Tensor([-128, 127], dtype: .int8).array(of: Int8.self) == [-128, 127])
    #expect(Tensor([0, 4_294_967_295], dtype: .uint32).array(of: UInt32.self) == [0, .max])
    #expect(Tensor(2_147_483_647).scalar(as: Int.self) == 2_147_483_647)
  }

  @Test("one number for all elements", arguments: DType.allCases)
  func constants(_ dtype: DType) {
    expectEqual(zeros([2, 3], dtype: dtype), Tensor([[0, 0, 0], [0, 0, 0]], dtype: dtype))
    expectEqual(ones([2], dtype: dtype), Tensor([1, 1], dtype: dtype))
    expectEqual(full([2, 1], 7, dtype: dtype), Tensor([[7], [7]], dtype: dtype))
    expectEqual(zerosLike(ones([3], dtype: dtype)), zeros([3], dtype: dtype))
    expectEqual(onesLike(zeros([1], dtype: dtype)), ones([1], dtype: dtype))
    #expect(zeros([0, 4], dtype: dtype).count == 0)
    #expect(!zerosLike(3).isWeaklyTyped)
  }

  @Test("ranges")
  func ranges() {
    #expect(arange(4).array(of: Int.self) == [0, 1, 2, 3] && arange(4).dtype == .int32)
    #expect(arange(0).shape == [0])
    #expect(arange(5, 0).shape == [0])
    #expect(arange(2, 11, step: 3).array(of: Int.self) == [2, 5, 8])
    #expect(arange(2, 12, step: 3).array(of: Int.self) == [2, 5, 8, 11])
    #expect(arange(5, -4, step: -2).array(of: Int.self) == [5, 3, 1, -1, -3])
    #expect(arange(3, dtype: .bfloat16).type == TensorType(.bfloat16, [3]))
    #expect(arange(0.0, 1, step: 0.25).array(of: Double.self) == [0, 0.25, 0.5, 0.75])
    #expect(arange(1.0, 0, step: -0.5, dtype: .float64).array(of: Double.self) == [1, 0.5])
    #expect(
      arange(4_000_000_000, 4_000_000_003, dtype: .int64).array(of: Int.self) == [
        4_000_000_000, 4_000_000_001, 4_000_000_002,
      ])
  }

  @Test("identity matrices")
  func identity() {
    expectEqual(eye(2), Tensor([[1.0, 0], [0, 1]]))
    expectEqual(eye(2, 3, dtype: .int8), Tensor([[1, 0, 0], [0, 1, 0]], dtype: .int8))
    #expect(eye(0).shape == [0, 0])
  }

  @Test("elements are read in any Swift type")
  func reading() {
    let x = Tensor([-1.5, 0, 2.75])
    #expect(x.array(of: Float.self) == [-1.5, 0, 2.75])
    #expect(x.array(of: Int.self) == [-1, 0, 2])
    #expect(x.array(of: Bool.self) == [true, false, true])
    #expect(x.array(of: UInt8.self) == [0, 0, 2])
    #expect(x.T.reshaped(to: [3, 1]).array(of: Double.self) == [-1.5, 0, 2.75])
    #expect(Double(Tensor([[2.5]])) == 2.5 && Float(Tensor(1.5)) == 1.5 && Int(Tensor(-3.9)) == -3)
    #expect(Bool(Tensor(3)) && !Bool(Tensor(0.0)))
    #expect(full([3], 0.5).array(of: Float.self) == [0.5, 0.5, 0.5])
  }

  @Test("copies share the elements; tensors computed apart do not")
  func identityOfTensors() {
    let x = Tensor([1, 2])
    let y = x
    #expect(x === y)
    #expect(!(x === Tensor([1, 2])))
    #expect(x.reshaped(to: [2]) === x && x.asType(.int32) === x && x.broadcast(to: [2]) === x)
  }

  @Test("types in words")
  func typeDescriptions() {
    #expect("\(TensorType(.float32, [3, 5]))" == "float32[3, 5]")
    #expect("\(TensorType(.bfloat16))" == "bfloat16[]")
    #expect(TensorType(.int16, [3, 5]).byteCount == 30)
    #expect(DType.allCases.map(\.itemSize) == [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8])
    for dtype in DType.allCases {
      let kinds = [dtype == .bool, dtype.isSignedInteger, dtype.isUnsignedInteger, dtype.isFloating]
      #expect(kinds.count { $0 } == 1, "\(dtype)")
      #expect(dtype.isInteger == (dtype.isSignedInteger || dtype.isUnsignedInteger))
      #expect(dtype.unsignedOfSameSize.itemSize == dtype.itemSize && dtype.unsignedOfSameSize.isUnsignedInteger)
    }
  }
}
