import CKernels
import Foundation
import Synchronization
import Testing

extension KernelTests {
  @Suite struct Threads {
    /// Sets the number of threads, and sets it back.
    func with<Result>(threads: Int, _ body: () throws -> Result) rethrows -> Result {
      let before = jn_thread_count()
      jn_set_thread_count(threads)
      defer { jn_set_thread_count(before) }
      return try body()
    }

    /// How often each index was visited.
    final class Visits: Sendable {
      let counts: Mutex<[Int]>
      init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

      /// One parallel loop over all indices.
      func run() {
        jn_parallel(
          counts.withLock(\.count),
          { context, index in
            let visits = Unmanaged<Visits>.fromOpaque(context!).takeUnretainedValue()
            visits.counts.withLock { $0[index] += 1 }
          }, Unmanaged.passUnretained(self).toOpaque())
      }

      func expect(each: Int) {
        counts.withLock { counts in #expect(counts.allSatisfy { $0 == each }) }
      }
    }

    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 3, 1000])
    func everyIndexOnce(threads: Int, count: Int) {
      with(threads: threads) {
        let visits = Visits(count)
        for _ in 0..<200 { visits.run() }
        visits.expect(each: 200)
      }
    }

    /// After a pause the workers sleep in the kernel.
    @Test func sleepingWorkersWake() {
      with(threads: 3) {
        let visits = Visits(10)
        for _ in 0..<20 {
          visits.run()
          usleep(2000)
        }
        visits.expect(each: 20)
      }
    }

    @Test func nestedCallsRunInline() {
      final class Nested: Sendable {
        let inner = Visits(7)
      }
      with(threads: 3) {
        let nested = Nested()
        for _ in 0..<50 {
          jn_parallel(
            20,
            { context, _ in
              let nested = Unmanaged<Nested>.fromOpaque(context!).takeUnretainedValue()
              nested.inner.run()
            }, Unmanaged.passUnretained(nested).toOpaque())
        }
        nested.inner.expect(each: 50 * 20)
      }
    }

    @Test func concurrentCalls() {
      with(threads: 3) {
        let visits = (0..<4).map { _ in Visits(30) }
        let threads = visits.map { visits in
          Thread { for _ in 0..<300 { visits.run() } }
        }
        threads.forEach { $0.start() }
        while !threads.allSatisfy(\.isFinished) { usleep(1000) }
        visits.forEach { $0.expect(each: 300) }
      }
    }

    /// Bits of large results of every kind.
    func results() -> [[UInt8]] {
      var random = SplitMix64(state: 15)
      let n = 1 << 19
      let x = (0..<n).map { _ in Float.random(in: -4...4, using: &random) }
      let shapes = [
        Blocks(1, n, 1), Blocks(n / 8, 8, 1), Blocks(1, n / 4, 4), Blocks(8, n / 512, 64), Blocks(512, n / 512, 1),
      ]
      var out = shapes.map { bits(reduce(JN_REDUCE_SUM, x, outer: $0.outer, size: $0.size, inner: $0.inner, zero: 0)) }
      out.append(bits(unary(JN_EXP, x)))
      out.append(bits(binary(JN_POW, x, x)))
      out.append(bits(convert(x, to: Float16(0))))
      var running = x
      jn_cumulative(JN_REDUCE_SUM, JN_FLOAT32, false, &running, x, 64, n / 64, 1)
      out.append(bits(running))
      return out
    }

    @Test func resultsDoNotDependOnThreads() {
      let alone = with(threads: 1) { results() }
      for threads in [2, 3] { #expect(with(threads: threads) { results() } == alone) }
    }

    @Test func slotsBelongToTheThread() {
      let mark = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
      defer { mark.deallocate() }
      let before = jn_tls_get(JN_TLS_SPARE)
      jn_tls_set(JN_TLS_SPARE, mark)
      #expect(jn_tls_get(JN_TLS_SPARE) == mark)
      let seen = Mutex<Bool?>(nil)
      let thread = Thread { seen.withLock { $0 = jn_tls_get(JN_TLS_SPARE) == nil } }
      thread.start()
      while !thread.isFinished { usleep(1000) }
      #expect(seen.withLock { $0 } == true)
      jn_tls_set(JN_TLS_SPARE, before)
    }

    #if os(Linux)
      /// A child of fork has none of the workers, and starts its own.
      @Test func aForkedChildWorks() {
        with(threads: 3) {
          let x = [Float](repeating: 1, count: 1 << 20)
          let sum = { reduce(JN_REDUCE_SUM, x, outer: 1, size: x.count, inner: 1, zero: 0)[0] }
          #expect(sum() == Float(x.count))
          let child = fork()
          if child == 0 {
            alarm(20)  // instead of hanging
            _exit(sum() == Float(x.count) && sum() == Float(x.count) ? 0 : 1)
          }
          var status: Int32 = -1
          waitpid(child, &status, 0)
          #expect(status == 0)
          #expect(sum() == Float(x.count))
        }
      }
    #endif
  }
}
