import Foundation

/// A program of the package, run as a process of its own.
public final class Program {
  private let process = Process()
  private let output = Pipe()
  private let errors = Pipe()

  /// What a program that has ended left.
  public struct Result {
    /// Its exit status, or the signal that ended it, negative.
    public let status: Int32
    /// What it wrote to its standard output.
    public let output: String
    /// What it wrote to its standard error.
    public let errors: String
  }

  /// The path of a program that the package builds.
  public static func path(of name: String) -> String {
    let tests = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    return tests.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - path: the program, such as `Program.path(of: "mnist-vae")`.
  ///   - environment: variables to set besides those of the tests.
  public init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  /// Runs a program to its end.
  public static func run(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> Result {
    try await Program(path, arguments, environment: environment).wait()
  }

  /// Waits for the end of the program.
  public func wait() async -> Result {
    // Both are read at once: a program that fills one of them waits for its reader.
    let (outputFile, errorFile) = (output.fileHandleForReading, errors.fileHandleForReading)
    async let outputText = Self.text(of: outputFile)
    async let errorText = Self.text(of: errorFile)
    let texts = await (outputText, errorText)
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Result(status: status, output: texts.0, errors: texts.1)
  }

  /// All that comes from a pipe; the threads that other tests run on are not kept waiting.
  private static func text(of file: FileHandle) async -> String {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(returning: String(decoding: file.readDataToEndOfFile(), as: UTF8.self))
      }
    }
  }

  /// Ends the program at once, as the machine's end would.
  public func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }
}
