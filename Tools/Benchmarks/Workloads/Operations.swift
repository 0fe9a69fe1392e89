import JAXnet

extension Workload {
  /// One operation each, compiled where the name does not say that it is not.
  static let operations = [
    Workload("jit_call", "a compiled x + 1 on 8 numbers: what a call costs") { stopwatch in
      let (f, x) = (jit { (x: Tensor) in x + 1 }, ones([8]))
      var y = x
      for _ in stopwatch {
        y = f(x)
        stopwatch.wait(for: y)
      }
      return fingerprint(y)
    },
    Workload("eager_add", "x + 1 on 8 numbers, not compiled") { stopwatch in
      let x = ones([8])
      var y = x
      for _ in stopwatch {
        y = x + 1.0
        stopwatch.wait(for: y)
      }
      return fingerprint(y)
    },
    Workload("elementwise_1m", "tanh(x) x + exp(-x²) on 1,048,576 numbers") { stopwatch in
      let (f, x) = (jit { (x: Tensor) in tanh(x) * x + exp(-x * x) }, uniform(PRNGKey(0), [1024, 1024]))
      var y = x
      for _ in stopwatch {
        y = f(x)
        stopwatch.wait(for: y)
      }
      return fingerprint(y)
    },
    Workload("matmul_1024", "a product of matrices, 1024 x 1024 x 1024") { stopwatch in
      let (f, x) = (jit { (x: Tensor) in matmul(x, x) }, uniform(PRNGKey(0), [1024, 1024]))
      var y = x
      for _ in stopwatch {
        y = f(x)
        stopwatch.wait(for: y)
      }
      return fingerprint(y)
    },
    Workload("normal_1m", "1,000,000 standard normal numbers from a key") { stopwatch in
      let (f, key) = (jit { (key: PRNGKey) in normal(key, [1_000_000]) }, PRNGKey(0))
      var y = Tensor(0)
      for _ in stopwatch {
        y = f(key)
        stopwatch.wait(for: y)
      }
      return fingerprint(y)
    },
    Workload("softmax_8k", "softmax over the last axis of 1024 x 8192") { stopwatch in
      let (f, x) = (jit { (x: Tensor) in softmax(x) }, uniform(PRNGKey(0), [1024, 8192]))
      var y = x
      for _ in stopwatch {
        y = f(x)
        stopwatch.wait(for: y)
      }
      return fingerprint(y)
    },
    Workload("reduce_1m", "the means over both axes of 1024 x 1024") { stopwatch in
      let (f, x) = (jit { (x: Tensor) in (mean(x, axis: 0), mean(x, axis: 1)) }, uniform(PRNGKey(0), [1024, 1024]))
      var y = (x, x)
      for _ in stopwatch {
        y = f(x)
        stopwatch.wait(for: y.1)
      }
      return fingerprint(y.0) + fingerprint(y.1)
    },
  ]
}

/// Two numbers that tell tensors apart: a mean with weights that depend on the position, and the root of the mean square.
private func fingerprint(_ x: Tensor) -> [Double] {
  let values = x.array(of: Double.self)
  let weighted = values.enumerated().reduce(0) { $0 + Double($1.offset * 37 % 101) / 101 * $1.element }
  let squares = values.reduce(0) { $0 + $1 * $1 }
  return [weighted / Double(values.count), (squares / Double(values.count)).squareRoot()]
}
