import Synchronization
import Tensor

/// What becomes of errors that devices report where a program cannot throw: in operations and calls of compiled functions.
enum DeviceErrors {
  @TaskLocal static var recorder: Recorder?

  final class Recorder: Sendable {
    let first = Mutex<XLAError?>(nil)
  }

  /// Notes an error for the enclosing `throwingDeviceErrors`; without one it stops the program.
  static func report(_ error: XLAError, _ operation: String, _ operands: [TensorType]) {
    if let recorder {
      recorder.first.withLock { $0 = $0 ?? error }
      return
    }
    fail(operation, operands, "\(error)", hint: "to go on after such errors, catch them with throwingDeviceErrors")
  }

  /// The same; the answer stands for the results that there are not.
  static func report(
    _ error: XLAError, _ operation: String, _ operands: [TensorType], for results: [TensorType], on place: XLAPlacement
  ) -> [Tensor] {
    report(error, operation, operands)
    return results.map { Tensor(XLAValue($0, place, error)) }
  }
}

/// Runs `body`, and throws the first error that a device has reported meanwhile, such as that its memory is full.
///
///     do {
///       state = try throwingDeviceErrors { step(state, images, labels) }
///     } catch XLAError.runtime(_, _, .resourceExhausted, _) {
///       …
///     }
///
/// Without it, such an error stops the program. A result that there is not, and all that is computed from it, has no elements; those
/// read within `body` are zeros, and reading them later is an error again. Programs run on while `body` goes on: an error in one is
/// reported when the elements of a result are read.
public func throwingDeviceErrors<Result>(_ body: () throws -> Result) throws -> Result {
  let recorder = DeviceErrors.Recorder()
  let result = try DeviceErrors.$recorder.withValue(recorder) { try body() }
  if let error = recorder.first.withLock({ $0 }) { throw error }
  return result
}
