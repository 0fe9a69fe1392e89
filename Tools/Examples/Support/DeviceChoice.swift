import ArgumentParser
import JAXnet
import XLA

/// A device by the name that a command line has for it.
public enum DeviceChoice: ExpressibleByArgument, CustomStringConvertible, Sendable {
  /// This machine's processors, by the library itself.
  case host
  /// A device of the plugin that is found, by its number.
  case xla(Int)

  /// The device that `host`, `xla` or `xla:1` names.
  public init?(argument: String) {
    switch argument {
    case "host": self = .host
    case "xla": self = .xla(0)
    default:
      guard argument.hasPrefix("xla:"), let index = Int(argument.dropFirst(4)), index >= 0 else { return nil }
      self = .xla(index)
    }
  }

  /// The name.
  public var description: String {
    switch self {
    case .host: "host"
    case .xla(let index): index == 0 ? "xla" : "xla:\(index)"
    }
  }

  /// The device; one that is not there is an error that says what to install.
  public func device() throws -> Device {
    switch self {
    case .host: .host
    case .xla(let index): try XLADevice.find(index)
    }
  }
}
