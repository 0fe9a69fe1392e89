import Foundation

/// A process that keeps one processor busy, as long as this one lives.
final class Neighbour {
  private let process = Process()

  init() throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "while kill -0 $PPID 2>/dev/null; do i=0; while [ $i -lt 9999 ]; do i=$((i+1)); done; done",
    ]
    try process.run()
  }

  deinit { process.terminate() }
}
