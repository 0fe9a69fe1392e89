import Autodiff
import CKernels
import Foundation
import Tensor
import TestSupport
import Testing

/// What the rows of the table of operations leave out of Fourier transforms: long lines, accuracy, types, threads, mistakes.
@Suite struct FourierTests {
  private static func noise(_ shape: [Int], seed: Double, dtype: DType = .float64) -> Tensor {
    sin(arange(shape.reduce(1, *), dtype: .float64) * 12.9898 + seed).reshaped(to: shape).asType(dtype)
  }

  /// Lengths that are powers of two, smooth, prime, twice a prime, products of primes.
  static let lengths = [1, 2, 13, 128, 360, 509, 1000, 1018, 1024, 1155, 4096, 4099, 6561]

  /// Against the sums themselves, made in float64 with accurate roots of unity; in units of the last place of the largest element.
  @Test(arguments: lengths, [DType.float32, .float64]) func accuracy(n: Int, dtype: DType) {
    let x = ComplexTensor(Self.noise([n], seed: 0.1, dtype: dtype), Self.noise([n], seed: 0.2, dtype: dtype))
    let parts = [x.real, x.imaginary].map { $0.array(of: Double.self) }
    // A few elements of the spectrum, for long lines would take long.
    let places = Set(stride(from: 0, to: n, by: max(1, n / 24)).map { $0 } + [n - 1])
    let roots = (0..<n).map { k in
      let angle = -2 * Double.pi * Double(k) / Double(n)
      return (cos: cos(angle), sin: sin(angle))
    }
    let spectrum = fft(x)
    let (re, im) = (spectrum.real.array(of: Double.self), spectrum.imaginary.array(of: Double.self))
    let largest = zip(re, im).map { hypot($0, $1) }.max()!
    let unit = (dtype == .float32 ? Double(Float(largest).ulp) : largest.ulp)
    var worst = 0.0
    for k in places {
      var (sumRe, sumIm) = (0.0, 0.0)
      for j in 0..<n {
        let root = roots[j * k % n]
        sumRe += parts[0][j] * root.cos - parts[1][j] * root.sin
        sumIm += parts[0][j] * root.sin + parts[1][j] * root.cos
      }
      worst = max(worst, abs(re[k] - sumRe), abs(im[k] - sumIm))
    }
    // The float64 sums have an error of their own.
    let limit = dtype == .float32 ? 2 * unit : 4 * unit + 2 * Double.ulpOfOne * Double(n).squareRoot() * largest
    #expect(worst <= limit, "\(worst / unit) ulp of the largest element")
  }

  @Test(arguments: lengths) func theInverseGivesTheNumbersBack(n: Int) {
    for dtype in [DType.float32, .float64] {
      let tolerance = dtype == .float32 ? 4e-7 : 1e-15
      let x = ComplexTensor(Self.noise([2, n], seed: 0.3, dtype: dtype), Self.noise([2, n], seed: 0.4, dtype: dtype))
      let back = ifft(fft(x))
      expectClose(back.real, x.real, relativeToLargest: tolerance * Foundation.log2(Double(n) + 2), "\(n), \(dtype)")
      expectClose(
        back.imaginary, x.imaginary, relativeToLargest: tolerance * Foundation.log2(Double(n) + 2), "\(n), \(dtype)")
      let real = irfft(rfft(x.real), n: n)
      expectClose(real, x.real, relativeToLargest: tolerance * Foundation.log2(Double(n) + 2), "\(n), \(dtype), real")
    }
  }

  @Test(arguments: [6, 7, 360, 509]) func halfASpectrumIsTheFirstHalf(n: Int) {
    let x = Self.noise([3, n], seed: 0.5)
    let (half, whole) = (rfft(x), fft(x))
    expectClose(half.real, whole.real[..., ..<(n / 2 + 1)], relativeToLargest: 1e-14)
    expectClose(half.imaginary, whole.imaginary[..., ..<(n / 2 + 1)], relativeToLargest: 1e-14)
  }

  /// A line's spectrum is the same alone and among any others, on any number of threads.
  @Test(arguments: [5, 48, 64, 77, 1000]) func linesAndThreadsDoNotMatter(n: Int) {
    let x = ComplexTensor(
      Self.noise([67, n], seed: 0.6, dtype: .float32), Self.noise([67, n], seed: 0.7, dtype: .float32))
    let threads = jn_thread_count()
    defer { jn_set_thread_count(threads) }
    jn_set_thread_count(1)
    let alone = fft(x)
    jn_set_thread_count(4)
    let shared = fft(x)
    expectEqual(shared.real, alone.real)
    expectEqual(shared.imaginary, alone.imaginary)
    for line in [0, 16, 66] { expectEqual(fft(x[line]).real, alone.real[line]) }
    let poisoned = select((arange(67) .== 3).expandingDims(1), full([], .nan), x.real)
    expectEqual(rfft(poisoned).real[4], rfft(x.real).real[4])
  }

  @Test(arguments: 0..<jn_isa_count()) func everyInstructionSet(isa: Int) {
    if !jn_isa_available(isa) { return }
    let current = jn_isa_current()
    defer { _ = jn_isa_select(current) }
    let x = ComplexTensor(Self.noise([3, 480], seed: 0.8), Self.noise([3, 480], seed: 0.9))
    let expected = fft(x)
    _ = jn_isa_select(isa)
    let actual = fft(x)
    expectClose(actual.real, expected.real, relativeToLargest: 1e-15)
    expectClose(actual.imaginary, expected.imaginary, relativeToLargest: 1e-15)
  }

  @Test func narrowTypesAndIntegersBecomeFloat32() {
    #expect(rfft(Tensor([1, 2, 3])).dtype == .float32 && rfft(ones([4], dtype: .float16)).dtype == .float32)
    expectEqual(fft(Tensor([1, 2, 3, 4])).real, Tensor([10.0, -2, -2, -2]))
    expectEqual(fft(Tensor([1, 2, 3, 4])).imaginary, Tensor([0.0, 2, 0, -2]))
    #expect(fft(zeros([0, 4])).shape == [0, 4] && irfft(ComplexTensor(zeros([0, 3]))).shape == [0, 4])
  }

  @Test func complexNumbersGoThroughTransformations() {
    let x = ComplexTensor(Tensor([1.0, 2.0, 0.0]), Tensor([0.0, -1.0, 0.0]))
    let doubled = jit { (z: ComplexTensor) in z * z }(x)
    expectEqual(doubled.real, Tensor([1.0, 3, 0]))
    expectEqual(doubled.imaginary, Tensor([0.0, -4, 0]))
    // The derivative of the absolute value, 0 at 0.
    let gradient = grad { (z: ComplexTensor) in sum(abs(z)) }(x)
    expectClose(gradient.real, Tensor([1.0, 2 / 5.0.squareRoot(), 0]), ulp: 1)
    expectEqual(
      abs(ComplexTensor(Tensor([3e30, .infinity, .nan], dtype: .float32), Tensor([4e30, 1, 1], dtype: .float32))),
      Tensor([5e30, .infinity, .nan], dtype: .float32))
  }

  @Test func mistakesNameTheRule() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = irfft(ComplexTensor(ones([2, 1])))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("irfft: there is nothing to transform in a dimension of size 0\n  operands: float32[2, 1]"))
    let transform = Primitive.fourier(.fromHalf(count: 6))
    let types = [TensorType(.float32, [3]), TensorType(.float32, [3])]
    #expect(throws: TensorError("irfft", types, "6 elements have a spectrum of 4, not of 3")) {
      try transform.resultTypes(of: types)
    }
  }
}
