import Synchronization

/// An option that a plugin takes for its clients, such as `cpu_device_count`.
public enum XLAOption: Sendable, Hashable {
  /// A text.
  case string(String)
  /// An integer.
  case integer(Int)
  /// A number.
  case float(Float)
  /// Yes or no.
  case bool(Bool)
}

/// A plugin at work: its devices, their memory, and the programs compiled for them. It ends when nothing on it is in use any more.
public final class XLAClient: Sendable {
  let core: XLACore

  /// What lives as long as the plugin's own client, by which tests see that it ends.
  package var life: AnyObject { core }

  /// The devices that this process may use; at least one.
  public let devices: [XLADevice]

  /// The plugin.
  public var plugin: XLAPlugin { core.plugin }
  /// The platform, such as `cpu`, `cuda` or `tpu`.
  public var platform: String { core.platform }
  /// The plugin's words on the platform's version.
  public var platformVersion: String { core.platformVersion }

  /// A client of a plugin. A plugin that finds no device is an error.
  ///
  /// - Parameters:
  ///   - plugin: the plugin.
  ///   - options: what it takes for its clients; for example, XLA's plugin for processors takes `["cpu_device_count": .integer(4)]`. One
  ///     that it does not know is an error or is ignored, as the plugin likes.
  ///   - cache: where compiled programs are kept for later runs, by default in the user's cache.
  public init(
    _ plugin: XLAPlugin, options: [String: XLAOption] = [:], cache: CompilationCache? = .standard
  ) throws(XLAError) {
    do {
      let core = try XLACore(plugin, options: options, cache: cache)
      self.core = core
      devices = try core.members().map { XLADevice(core, $0) }
    } catch {
      throw error.during("starting a client", on: plugin.path)
    }
    if devices.isEmpty { throw .noDevice(platform: core.platform, count: 0, index: 0) }
  }

  /// The client of the plugin that `XLAPlugin.find` finds: the same at every call.
  public static func shared() throws(XLAError) -> XLAClient {
    try sharedClient.withLock { client throws(XLAError) in
      if let client { return client }
      let made = try XLAClient(XLAPlugin.find())
      client = made
      return made
    }
  }

  private static let sharedClient = Mutex<XLAClient?>(nil)
}
