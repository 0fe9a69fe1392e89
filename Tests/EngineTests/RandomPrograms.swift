import Autodiff
import Tensor

/// A generator of small random numbers that depends on its seed alone.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Programs made of operations drawn at random: what a compiler has not been written with in mind.
struct RandomProgram {
  var generator: SeededGenerator
  var pool: [Tensor]

  static let inputShapes = [[6, 5], [5], [6, 1], [4, 6, 5], [], [12, 40], [40]]

  /// Inputs with values between -2 and 2.
  static func inputs(seed: Int, dtype: DType) -> [Tensor] {
    var generator = SeededGenerator(seed: seed + 1000)
    return inputShapes.map { shape in
      let values = (0..<shape.reduce(1, *)).map { _ in Double.random(in: -2...2, using: &generator) }
      return Tensor(values).reshaped(to: shape).asType(dtype)
    }
  }

  /// The results of `steps` operations on the inputs, and of some reductions of these.
  static func run(seed: Int, steps: Int, _ inputs: [Tensor]) -> [Tensor] {
    var program = RandomProgram(generator: SeededGenerator(seed: seed), pool: inputs)
    for _ in 0..<steps { program.step() }
    let made = program.pool.dropFirst(inputs.count)
    return Array(made.suffix(4)) + made.prefix(2).map { sum($0) }
  }

  private mutating func draw(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }
  private mutating func any() -> Tensor {
    // Recent values more often: long chains are what fusion is about.
    draw(3) == 0 ? pool[draw(pool.count)] : pool[pool.count - 1 - draw(Swift.min(4, pool.count))]
  }

  /// Keeps numbers in a range in which sums of any order agree.
  private func tame(_ x: Tensor) -> Tensor { x.dtype.isFloating ? tanh(x) * 2 : x }

  private mutating func axes(_ x: Tensor) -> [Int] {
    let chosen = (0..<x.rank).filter { _ in draw(2) == 0 }
    return chosen.isEmpty ? [draw(x.rank)] : chosen
  }

  private mutating func step() {
    let x = any()
    switch draw(17) {
    case 0: pool.append(sin(x))
    case 1: pool.append(tanh(x))
    case 2: pool.append(exp(-abs(x)))
    case 3, 4, 5:
      guard let y = partner(of: x) else { return }
      let results = [x + y, x - y, x * y, maximum(x, y), x / (1.5 + abs(y))]
      pool.append(tame(results[draw(results.count)]))
    case 6 where x.rank > 0: pool.append(sum(x, axes: axes(x)) / 4)
    case 7 where x.rank > 0: pool.append(max(x, axes: axes(x), keepDims: true))
    case 8 where x.rank > 0:
      let shifted = x - mean(x, axes: [x.rank - 1], keepDims: true)
      pool.append(shifted / (1 + sum(abs(shifted), axes: [x.rank - 1], keepDims: true)))
    case 9 where x.rank > 1: pool.append(x.transposed())
    case 10 where x.rank > 0: pool.append(x.reshaped(to: [x.count]))
    case 11 where x.rank > 0 && x.shape[0] > 1: pool.append(x[1...])
    case 12 where x.rank > 0: pool.append(concatenate([x, tame(x)], axis: draw(x.rank)))
    case 13 where x.rank > 0: pool.append(x.reversed([draw(x.rank)]))
    case 14:
      guard x.rank > 0, let y = pool.last(where: { $0.rank > 0 && $0.shape.first == x.shape.last && $0.rank <= 2 })
      else { return }
      pool.append(tame(dot(x.rank > 2 ? x.reshaped(to: [-1, x.shape[x.rank - 1]]) : x, y)))
    case 15:
      guard let y = partner(of: x) else { return }
      pool.append(select(x .< y, x, y))
    case 16 where x.rank > 0:
      let counted = Tensor(Array(0..<x.shape[x.rank - 1])).asType(x.dtype)
      pool.append(x + counted * 0.25)
    default: pool.append(-x)
    }
    // Values grow by concatenation; what is too large is of no use.
    if pool.last!.count > 4000 { pool.removeLast() }
  }

  /// A value that broadcasts with x.
  private mutating func partner(of x: Tensor) -> Tensor? {
    let fitting = pool.filter { y in
      zip(x.shape.reversed(), y.shape.reversed()).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
    }
    return fitting.isEmpty ? nil : fitting[draw(fitting.count)]
  }
}
