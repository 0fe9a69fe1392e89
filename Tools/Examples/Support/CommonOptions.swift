import ArgumentParser
import Foundation
import JAXnet

/// The options that all examples have, and what they do.
public struct CommonOptions: ParsableArguments {
  /// How many epochs to train for.
  @Option(help: "How many epochs to train for.")
  public var epochs = 10
  /// What all random numbers come from.
  @Option(help: "What all random numbers come from: the same seed gives the same result.")
  public var seed = 0
  /// A file with parameters to begin with.
  @Option(help: ArgumentHelp("Begin with the parameters in this file, as --save writes it.", valueName: "file"))
  public var load: String?
  /// A file for the trained parameters.
  @Option(help: ArgumentHelp("Save the trained parameters in this file, as safetensors.", valueName: "file"))
  public var save: String?
  /// The folder for pictures, if one was named.
  @Option(
    help: ArgumentHelp(
      "Put the pictures in this folder. (default: out/\(ProcessInfo.processInfo.processName))", valueName: "folder"))
  public var out: String?
  /// Whether pictures are drawn in the terminal, too.
  @Flag(help: "Draw the pictures in the terminal, too.")
  public var show = false

  /// Where the network is trained.
  @Option(
    help: "Where the network is trained: host, or xla, the first device of a PJRT plugin, or xla:1, the second one.")
  public var device = DeviceChoice.host

  /// The defaults.
  public init() {}

  /// Throws what is wrong with the options.
  public func validate() throws {
    if epochs < 0 { throw ValidationError("--epochs must be at least 0.") }
    // It would be a pity to find out after the training.
    if let save {
      let folder = URL(fileURLWithPath: save).deletingLastPathComponent().path
      if !FileManager.default.isWritableFile(atPath: folder) {
        throw ValidationError("--save: files cannot be written in the folder \(folder).")
      }
    }
  }

  /// How long the training is, for people.
  public var length: String { epochs == 1 ? "1 epoch" : "\(epochs) epochs" }

  /// The folder for pictures.
  public var pictureFolder: String { out ?? "out/\(ProcessInfo.processInfo.processName)" }

  /// The parameters to begin with: those of the file if there is one, otherwise random ones. They are on the chosen device, and so is all
  /// that is computed with them.
  public func params<each Input: Tree>(
    of module: Parametrized<Tensor, repeat each Input>, _ key: PRNGKey, _ inputs: repeat each Input
  ) throws -> Params {
    let params =
      if let load {
        try module.loadParams(from: load, repeat each inputs)
      } else {
        module.initParams(key, repeat each inputs)
      }
    return try params.moved(to: device.device())
  }

  /// Saves the parameters if that was asked for.
  public func save(_ params: Params) throws {
    guard let save else { return }
    try params.save(to: save)
    print("saved the parameters in \(save)")
  }

  /// Writes a picture in the folder, and shows it if that was asked for.
  public func write(_ picture: Picture, _ name: String) throws {
    try write(picture, name, text: { picture.text() })
  }

  /// Writes a plot in the folder, and shows it if that was asked for.
  public func write(_ plot: LinePlot, _ name: String) throws {
    try write(plot.picture(), name, text: { plot.text() })
  }

  private func write(_ picture: Picture, _ name: String, text: () -> String) throws {
    try FileManager.default.createDirectory(atPath: pictureFolder, withIntermediateDirectories: true)
    try picture.write(to: "\(pictureFolder)/\(name).png")
    if show { print("\(name):\n\(text())") }
  }
}
