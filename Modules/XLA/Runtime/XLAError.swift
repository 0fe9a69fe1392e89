import CPJRT
import Tensor

/// What goes wrong with plugins, their devices and programs on them.
public enum XLAError: Error, Sendable, Hashable {
  /// No plugin was found in any of these places.
  case noPlugin(searched: [String])
  /// The file cannot be loaded as a library, for the reason that the system gives.
  case notLoaded(path: String, reason: String)
  /// The library is no PJRT plugin, for this reason.
  case notAPlugin(path: String, reason: String)
  /// The plugin's version of the interface lacks what is needed.
  case unsupportedVersion(path: String, reason: String)
  /// The plugin has no device, or not as many as asked for.
  case noDevice(platform: String, count: Int, index: Int)
  /// An operation that the back end has no form of.
  case lowering(LoweringError)
  /// Tensors that a program was not compiled for.
  case arguments(TensorError)
  /// The plugin could not do what it was asked for: its code, and its words.
  case runtime(operation: String, device: String, code: Code, message: String)

  /// Kinds of errors that plugins report. Source: `PJRT_Error_Code`, which are the codes of gRPC.
  public enum Code: Int32, Sendable, Hashable {
    case cancelled = 1, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
    case unauthenticated
  }
}

extension XLAError: CustomStringConvertible {
  /// The problem, and what to do about it where that is known.
  public var description: String {
    switch self {
    case .noPlugin(let searched):
      """
      there is no PJRT plugin in
      \(searched.map { "    " + $0 }.joined(separator: "\n"))
        hint: for this machine's processors, Tools/xla-cpu fetches one; for NVIDIA GPUs, pip install jax-cuda12-pjrt; for TPUs, \
      pip install libtpu; or name the library in \(PluginSearch.variable)
      """
    case .notLoaded(let path, let reason):
      "the plugin \(path) cannot be loaded: \(reason)"
    case .notAPlugin(let path, let reason):
      "\(path) is no PJRT plugin: \(reason)\n  hint: name the shared library itself, such as xla_cuda_plugin.so"
    case .unsupportedVersion(let path, let reason):
      "the plugin \(path) cannot be used: \(reason)\n  hint: install a newer version of the package that it came with"
    case .noDevice(let platform, let count, let index):
      "there is no device \(index): the plugin for \(platform) has \(count == 0 ? "none" : "\(count)")"
        + (count == 0 ? "\n  hint: see that the hardware and its driver are there, and no other program keeps it" : "")
    case .lowering(let error): error.description
    case .arguments(let error): error.description
    case .runtime(let operation, let device, let code, let message):
      "\(operation): \(device) reports \(code): \(message)"
        + (code == .resourceExhausted
          ? "\n  hint: make batches smaller, or let go of tensors on the device that are no longer needed" : "")
    }
  }
}

/// A plugin's answer to one call.
struct PluginFailure: Error {
  let code: Int32
  var message: String

  /// The error for a call that concerns a device.
  func during(_ operation: String, on device: String) -> XLAError {
    .runtime(operation: operation, device: device, code: XLAError.Code(rawValue: code) ?? .unknown, message: message)
  }
}

/// Calls the plugin, and throws what it reports.
func asking<Result>(
  _ body: (UnsafeMutablePointer<jn_pjrt_status>) -> Result
) throws(PluginFailure) -> Result {
  var status = jn_pjrt_status()
  let result = body(&status)
  if status.code == 0 { return result }
  defer { jn_pjrt_free(status.message) }
  throw PluginFailure(code: status.code, message: status.message.map { String(cString: $0) } ?? "no message")
}

/// A text of the plugin, which is freed.
func askingForText(
  _ body: (UnsafeMutablePointer<jn_pjrt_status>) -> UnsafeMutablePointer<CChar>?
) throws(PluginFailure) -> String {
  let text = try asking(body)
  defer { jn_pjrt_free(text) }
  return text.map { String(cString: $0) } ?? ""
}
