// swift-tools-version: 6.2
import Foundation
import PackageDescription

// MARK: The machine

/// oneDNN makes convolutions faster where it is installed; JAXNET_WITHOUT_ONEDNN=1 builds as if it were not.
let oneDNNIsUsed =
  (ProcessInfo.processInfo.environment["JAXNET_WITHOUT_ONEDNN"] ?? "0") == "0"
  && ["/usr/include", "/usr/local/include", "/opt/homebrew/include"].contains {
    FileManager.default.fileExists(atPath: $0 + "/dnnl.h")
      || FileManager.default.fileExists(atPath: $0 + "/oneapi/dnnl/dnnl.h")
  }

/// Digests are OpenSSL's but on Apple's systems, which have CryptoKit.
#if os(macOS)
  let openSSLIsUsed = false
#else
  let openSSLIsUsed = true
#endif

// MARK: The layers, lowest first

/// A library target in `Modules/` and the targets that it imports, all of them above it in this list.
struct Layer {
  var name: String
  var imports: [String]
}

let layers = [
  Layer(name: "Progress", imports: []),
  Layer(name: "FileSupport", imports: []),
  Layer(name: "Digests", imports: openSSLIsUsed ? ["COpenSSL"] : []),
  Layer(name: "Tensor", imports: ["CKernels", "COpenBLAS"] + (oneDNNIsUsed ? ["COneDNN"] : [])),
  Layer(name: "Engine", imports: ["CKernels", "Tensor"]),
  Layer(name: "Autodiff", imports: ["Engine", "Tensor"]),
  // Beside JAXnet, not in it: the host needs no plugin.
  Layer(name: "XLA", imports: ["CPJRT", "Engine", "Autodiff", "Tensor", "FileSupport", "Digests"]),
  Layer(name: "Random", imports: ["Autodiff", "Tensor"]),
  Layer(name: "Params", imports: ["Random", "Autodiff", "Tensor", "Progress"]),
  Layer(name: "Layers", imports: ["Params", "Random", "Autodiff", "Tensor"]),
  Layer(name: "Optimizers", imports: ["Params", "Random", "Autodiff", "Tensor"]),
  Layer(name: "Data", imports: ["CZlib", "Random", "Tensor", "FileSupport"]),
  Layer(name: "Pictures", imports: ["CZlib", "Tensor"]),
  // Beside JAXnet, not in it: programs that train need no network.
  Layer(name: "Download", imports: ["Data", "Tensor", "FileSupport", "Digests"]),
  Layer(name: "Compat", imports: ["Layers", "Optimizers", "Params", "Random", "Autodiff", "Tensor"]),
  Layer(
    name: "JAXnet",
    imports: ["Tensor", "Autodiff", "Random", "Params", "Layers", "Optimizers", "Data", "Pictures", "Progress"]),
]

/// An executable that `Tools/run` starts, in `Tools/Examples/<folder>/`.
struct Example {
  var name: String
  var folder: String
}

let examples = [
  Example(name: "mnist-classifier", folder: "MNISTClassifier"),
  Example(name: "mnist-vae", folder: "MNISTVAE"),
  Example(name: "ocr-rnn", folder: "OCRRNN"),
]

/// What times the library; no product, since it is for those who work on the package.
let bench = Target.executableTarget(
  name: "bench",
  dependencies: ["JAXnet", "ExampleSupport", .product(name: "ArgumentParser", package: "swift-argument-parser")],
  path: "Tools/Benchmarks")

/// A folder `<name>Tests` in `Tests/` and what it imports besides `TestSupport`.
let tests: [Layer] = [
  Layer(name: "CKernels", imports: ["CKernels"]),
  Layer(name: "Progress", imports: ["Progress"]),
  Layer(name: "Tensor", imports: ["Tensor"]),
  Layer(name: "Engine", imports: ["Engine", "Autodiff", "Tensor", "Random"]),
  Layer(name: "Autodiff", imports: ["Autodiff", "Tensor", "Random", "CKernels"]),
  Layer(name: "XLA", imports: ["XLA", "CPJRT", "CFaultyPlugin", "JAXnet"]),
  Layer(name: "Random", imports: ["Random", "Autodiff", "Tensor"]),
  Layer(name: "Params", imports: ["JAXnet", "large-model"]),
  Layer(name: "Layers", imports: ["JAXnet"]),
  Layer(name: "Optimizers", imports: ["JAXnet"]),
  Layer(name: "Data", imports: ["JAXnet"]),
  Layer(name: "Download", imports: ["Download", "Data", "Digests", "Progress", "Tensor", "jaxnet-download"]),
  Layer(name: "Pictures", imports: ["Pictures", "CZlib", "Tensor"]),
  Layer(name: "Compat", imports: ["JAXnet", "Compat"]),
  Layer(name: "Examples", imports: examples.map(\.name) + ["XLA"]),
  Layer(name: "Package", imports: ["JAXnet", "Compat", "XLA"]),
]

// MARK: The package

func dependencies(_ names: [String]) -> [Target.Dependency] { names.map { .byName(name: $0) } }

let systemLibraries: [Target] = [
  .systemLibrary(
    name: "COpenBLAS", path: "Modules/COpenBLAS", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
  .systemLibrary(name: "CZlib", path: "Modules/CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
]

let openSSL: [Target] =
  openSSLIsUsed ? [.systemLibrary(name: "COpenSSL", path: "Modules/COpenSSL", providers: [.apt(["libssl-dev"])])] : []

// Without oneDNN's headers the target would not build, so it exists only beside them.
let oneDNN: [Target] =
  oneDNNIsUsed
  ? [.systemLibrary(name: "COneDNN", path: "Modules/COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])])]
  : []

let modules: [Target] = layers.map {
  .target(name: $0.name, dependencies: dependencies($0.imports), path: "Modules/\($0.name)")
}

/// What the examples share.
let exampleSupport = Target.target(
  name: "ExampleSupport",
  dependencies: ["JAXnet", "XLA", .product(name: "ArgumentParser", package: "swift-argument-parser")],
  path: "Tools/Examples/Support")

let executables: [Target] =
  [exampleSupport]
  + examples.map {
    .executableTarget(
      name: $0.name,
      dependencies: ["ExampleSupport", "JAXnet", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tools/Examples/\($0.folder)")
  }

let tools: [Target] = [
  .executableTarget(
    name: "jaxnet-download",
    dependencies: [
      "Download", "Data", "FileSupport", "Progress", .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: "Tools/DownloadTool"),
  // What Tools/check-memory runs.
  .executableTarget(
    name: "large-model",
    dependencies: ["JAXnet", .product(name: "ArgumentParser", package: "swift-argument-parser")],
    path: "Tools/LargeModel"),
]

let testTargets: [Target] = tests.map {
  .testTarget(
    name: "\($0.name)Tests", dependencies: dependencies($0.imports + ["TestSupport"]), path: "Tests/\($0.name)Tests")
}

let package = Package(
  name: "JAXnet",
  platforms: [.macOS(.v15)],
  products: layers.map { .library(name: $0.name, targets: [$0.name]) }
    + examples.map { .executable(name: $0.name, targets: [$0.name]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: systemLibraries + openSSL + oneDNN
    + [
      .target(name: "CKernels", path: "Modules/CKernels"),
      .target(name: "CPJRT", path: "Modules/CPJRT"),
      .target(name: "CFaultyPlugin", path: "Tests/CFaultyPlugin"),
      .target(
        name: "TestSupport", dependencies: ["CKernels", "Tensor", "Autodiff", "Random", "Params", "Data"],
        path: "Tests/TestSupport"),
    ]
    + modules + executables + tools + [bench] + testTargets,
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
