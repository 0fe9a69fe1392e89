import Foundation
import Testing

/// What each module may import of the package. Imports point only downward: a module comes after all that it imports.
private let layers: [(name: String, imports: Set<String>)] = [
  ("Progress", []),
  ("FileSupport", []),
  ("Digests", ["COpenSSL"]),
  ("Tensor", ["CKernels", "COpenBLAS", "COneDNN"]),
  ("Engine", ["CKernels", "Tensor"]),
  ("Autodiff", ["Engine", "Tensor"]),
  ("XLA", ["CPJRT", "Engine", "Autodiff", "Tensor", "FileSupport", "Digests"]),
  ("Random", ["Autodiff", "Tensor"]),
  ("Params", ["Random", "Autodiff", "Tensor", "Progress"]),
  ("Layers", ["Params", "Random", "Autodiff", "Tensor"]),
  ("Optimizers", ["Params", "Random", "Autodiff", "Tensor"]),
  ("Data", ["CZlib", "Random", "Tensor", "FileSupport"]),
  ("Pictures", ["CZlib", "Tensor"]),
  ("Download", ["Data", "Tensor", "FileSupport", "Digests"]),
  ("Compat", ["Layers", "Optimizers", "Params", "Random", "Autodiff", "Tensor"]),
  ("JAXnet", ["Tensor", "Autodiff", "Random", "Params", "Layers", "Optimizers", "Data", "Pictures", "Progress"]),
]

private let belowAll: Set<String> = ["CKernels", "COpenBLAS", "COneDNN", "COpenSSL", "CPJRT", "CZlib"]

/// What comes with Swift and the system.
private let platform: Set<String> = [
  "Foundation", "FoundationNetworking", "Glibc", "Musl", "Darwin", "Dispatch", "Synchronization", "CryptoKit",
]

@Suite("The layers")
struct LayerTests {
  @Test("A module imports only what is below it", arguments: layers.map(\.name))
  func imports(module: String) throws {
    let allowed = layers.first { $0.name == module }!.imports.union(platform)
    for file in try SourceFile.all(in: ["Modules/\(module)"], extensions: ["swift"]) {
      for (index, line) in file.lines.enumerated() {
        guard let name = importedModule(line) else { continue }
        #expect(allowed.contains(name), "\(file):\(index + 1) imports \(name)")
      }
    }
  }

  @Test func modulesComeAfterWhatTheyImport() {
    var below = belowAll
    for layer in layers {
      #expect(layer.imports.isSubset(of: below), "\(layer.name)")
      below.insert(layer.name)
    }
  }

  @Test func everyModuleHasALayer() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: packageRoot.appendingPathComponent("Modules").path)
    let libraries = folders.filter { !belowAll.contains($0) && !$0.hasPrefix(".") }
    #expect(libraries.sorted() == layers.map(\.name).sorted())
  }

  @Test func theManifestDeclaresTheseLayers() throws {
    let manifest = try SourceFile(path: "Package.swift").lines.joined(separator: "\n")
    let list = try #require(manifest.firstMatch(of: #/\nlet layers = \[\n(.*?)\n\]\n/#.dotMatchesNewlines())).1
    let declared = list.components(separatedBy: "Layer(").dropFirst().map { entry in
      let names = entry.matches(of: #/"(\w+)"/#).map { String($0.1) }
      return (name: names[0], imports: Set(names.dropFirst()))
    }
    #expect(declared.map(\.name) == layers.map(\.name))
    for (declaration, layer) in zip(declared, layers) {
      #expect(declaration.imports == layer.imports, "\(layer.name)")
    }
  }

  @Test(
    "What counts as an import",
    arguments: [
      ("import Tensor", "Tensor"), ("@_exported import Params", "Params"), ("  public import Random", "Random"),
      ("@preconcurrency internal import struct Foundation.URL // …", "Foundation"), ("// import Tensor", nil),
      ("/// import Tensor", nil), ("let important = 1", nil),
    ] as [(String, String?)])
  func importLines(line: String, module: String?) {
    #expect(importedModule(line[...]) == module)
  }
}

/// The module that a line imports, if it does.
private func importedModule(_ line: Substring) -> String? {
  // Most lines need no slow look.
  guard line.contains("import ") else { return nil }
  let pattern =
    #/
    ^\s* (?:@\w+\s+)* (?:(?:public|package|internal|fileprivate|private)\s+)?
    import\s+ (?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)? (\w+)
    /#
  return line.firstMatch(of: pattern).map { String($0.1) }
}
