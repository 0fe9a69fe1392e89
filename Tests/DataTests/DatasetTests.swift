import Data
import Foundation
import Tensor
import TestSupport
import Testing

@Suite("Data sets")
struct DatasetTests {
  // MARK: The sets that come with the package

  @Test func mnist10k() throws {
    let mnist = try ImageDataset.load(.mnist10k)
    #expect(mnist.folder.hasSuffix("/Datasets/mnist-10k"))
    #expect(mnist.train.images.type == TensorType(.float32, [10_000, 28, 28, 1]))
    #expect(mnist.test.images.type == TensorType(.float32, [2000, 28, 28, 1]))
    #expect(mnist.train.labels.type == TensorType(.int32, [10_000]))
    #expect(mnist.train.labels[0..<10].array(of: Int.self) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    #expect(mnist.test.labels[0..<10].array(of: Int.self) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    #expect(counts(mnist.train) == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978])
    #expect(counts(mnist.test) == [175, 234, 219, 207, 217, 179, 178, 205, 192, 194])
    #expect(pixelSum(mnist.train) == 262_146_600)
    #expect(pixelSum(mnist.test) == 48_335_026)
    #expect(Float(max(mnist.train.images)) == 1 && Float(min(mnist.train.images)) == 0)
    #expect(mnist.train.flatImages.shape == [10_000, 784])
  }

  @Test func opticalDigits() throws {
    let digits = try ImageDataset.load(.opticalDigits)
    #expect(digits.train.images.type == TensorType(.float32, [1437, 8, 8, 1]))
    #expect(digits.test.images.type == TensorType(.float32, [360, 8, 8, 1]))
    #expect(counts(digits.train) == [143, 146, 142, 146, 144, 145, 144, 143, 141, 143])
    #expect(counts(digits.test) == [35, 36, 35, 37, 37, 37, 37, 36, 33, 37])
    #expect(pixelSum(digits.train) == 7_163_005)
    #expect(pixelSum(digits.test) == 1_790_796)
  }

  private func counts(_ images: LabeledImages) -> [Int] {
    #expect(images.classCount == 10)
    return sum(images.oneHotLabels, axis: 0).array(of: Int.self)
  }

  /// The sum of the pixels as bytes.
  private func pixelSum(_ images: LabeledImages) -> Int { Int(sum(round(images.images * 255).asType(.float64))) }

  // MARK: A set in a folder

  /// A set of 3 + 2 images of 2x2 pixels and 4 classes, in a folder.
  private func smallSet(_ file: (String) -> String = { $0 }) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let images = Tensor([0, 255, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8], dtype: .uint8).reshaped(to: [3, 2, 2])
    try IDX.write(images, to: folder.path + "/" + file("train-images-idx3-ubyte"))
    try IDX.write(Tensor([2, 0, 1], dtype: .uint8), to: folder.path + "/" + file("train-labels-idx1-ubyte"))
    try IDX.write(images[0..<2], to: folder.path + "/" + file("t10k-images-idx3-ubyte"))
    try IDX.write(Tensor([3, 1], dtype: .uint8), to: folder.path + "/" + file("t10k-labels-idx1-ubyte"))
    return folder
  }

  @Test(
    "Both spellings of the files, compressed or not",
    arguments: [("-idx", ""), ("-idx", ".gz"), (".idx", ""), (".idx", ".gz")])
  func spellings(separator: String, suffix: String) throws {
    let folder = try smallSet { $0.replacing("-idx", with: separator) + suffix }
    let set = try ImageDataset.load(from: folder.path)
    #expect(set.folder == folder.path)
    #expect(set.train.count == 3 && set.test.count == 2)
    #expect(set.train.images.shape == [3, 2, 2, 1])
    #expect(set.train.images[0].array(of: Float.self) == [0, 1, 0.2, 0.4])
    #expect(set.train.labels.array(of: Int32.self) == [2, 0, 1])
    // A class that only the test set has counts, too.
    #expect(set.train.classCount == 4)
    #expect(set.train.oneHotLabels.array(of: Float.self) == [0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0])
    #expect(set.train.prefix(2).labels.array(of: Int32.self) == [2, 0])
    #expect(set.train.prefix(9).count == 3)
    #expect(set.test.flatImages.shape == [2, 4])
  }

  @Test("EMNIST, whose images are stored column by column", arguments: ImageDataset.EMNISTSplit.allCases)
  func emnist(split: ImageDataset.EMNISTSplit) throws {
    let folder = try TemporaryFolder()
    let images = Tensor([0, 51, 102, 153, 204, 255], dtype: .uint8).reshaped(to: [1, 3, 2])
    for part in ["train", "test"] {
      let path = "\(folder.path)/emnist-\(split.rawValue)-\(part)"
      try IDX.write(images, to: path + "-images-idx3-ubyte.gz")
      try IDX.write(Tensor([26], dtype: .uint8), to: path + "-labels-idx1-ubyte.gz")
    }
    let set = try ImageDataset.load(.emnist(split), from: folder.path)
    #expect(set.train.images.shape == [1, 2, 3, 1])
    #expect(set.test.images.array(of: Float.self) == [0, 0.4, 0.8, 0.2, 0.6, 1])
    #expect(set.test.classCount == 27)
    #expect(ImageDataset.Name.emnist(split).description == "emnist")
    #expect(throws: DataError.self) { try ImageDataset.load(from: folder.path) }
  }

  @Test func aMissingFile() throws {
    let folder = try smallSet()
    try FileManager.default.removeItem(atPath: folder.path + "/t10k-labels-idx1-ubyte")
    #expect(
      throws: DataError.unreadable(
        path: folder.path + "/t10k-labels-idx1-ubyte",
        reason: "there is no such file, nor one with .gz or .idx in its name")
    ) {
      try ImageDataset.load(from: folder.path)
    }
  }

  @Test func aFolderThatIsNotThere() {
    let error = #expect(throws: DataError.self) { try ImageDataset.load(from: "/no/folder") }
    #expect(
      error?.description
        == "cannot read /no/folder/train-images-idx3-ubyte: there is no such file, nor one with .gz or .idx in its name"
    )
  }

  @Test func moreLabelsThanImages() throws {
    let folder = try smallSet()
    let path = folder.path + "/train-labels-idx1-ubyte"
    try IDX.write(Tensor([1, 2, 3, 0], dtype: .uint8), to: path)
    let error = #expect(
      throws: DataError.countMismatch(
        imagesPath: folder.path + "/train-images-idx3-ubyte", imageCount: 3, labelsPath: path, labelCount: 4)
    ) {
      try ImageDataset.load(from: folder.path)
    }
    #expect(
      error?.description == """
        images and labels do not belong together
          \(folder.path)/train-images-idx3-ubyte: 3 images
          \(path): 4 labels
        """)
  }

  @Test func imagesAndLabelsChanged() throws {
    let folder = try smallSet()
    try IDX.write(Tensor([1, 2], dtype: .uint8), to: folder.path + "/t10k-images-idx3-ubyte")
    #expect(
      throws: DataError.invalidIDX(
        path: folder.path + "/t10k-images-idx3-ubyte", expected: "3 dimensions", found: "uint8[2]")
    ) {
      try ImageDataset.load(from: folder.path)
    }
    try IDX.write(Tensor([1, 2], dtype: .int32), to: folder.path + "/train-labels-idx1-ubyte")
    #expect(
      throws: DataError.invalidIDX(
        path: folder.path + "/train-labels-idx1-ubyte", expected: "elements of type uint8", found: "int32[2]")
    ) {
      try ImageDataset.load(from: folder.path)
    }
  }

  // MARK: Where sets are looked for

  @Test func theFoldersInTheirOrder() throws {
    let root = try TemporaryFolder()
    _ = try root.file("package/Package.swift", [])
    _ = try root.file("package/Datasets/mnist-10k/README.md", [])
    let inner = try root.folder("package/Tools/Examples")
    _ = try root.file("tool/Package.swift", [])
    _ = try root.folder("tool/Datasets")
    let executable = try root.file("tool/.build/release/program", [])
    let search = DatasetSearch(
      environment: ["JAXNET_DATASETS": "/first:/second", "HOME": "/home/me"], currentFolder: inner,
      executable: executable,
      systemFolder: "/system")
    #expect(
      search.folders == [
        "/first", "/second", "/home/me/.cache/jaxnet", resolved(root.path) + "/package/Datasets",
        resolved(root.path) + "/tool/Datasets", "/system",
      ])
    #expect(try search.folder(of: "mnist-10k") == resolved(root.path) + "/package/Datasets/mnist-10k")
  }

  private func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

  @Test(
    "The environment says where",
    arguments: [
      ([:], ["/system"]),
      (["HOME": "/home/me"], ["/home/me/.cache/jaxnet", "/system"]),
      (["HOME": "/home/me", "XDG_CACHE_HOME": "/cache"], ["/cache/jaxnet", "/system"]),
      (["HOME": "/home/me", "XDG_CACHE_HOME": "relative"], ["/home/me/.cache/jaxnet", "/system"]),
      (["JAXNET_DATASETS": "/a:/b:/a"], ["/a", "/b", "/system"]),
      (["JAXNET_DATASETS": ""], ["/system"]),
    ] as [([String: String], [String])])
  func environment(variables: [String: String], folders: [String]) {
    let search = DatasetSearch(environment: variables, currentFolder: "/", executable: nil, systemFolder: "/system")
    #expect(search.folders == folders)
  }

  @Test func aSetThatIsNowhere() {
    let search = DatasetSearch(
      environment: ["JAXNET_DATASETS": "/a"], currentFolder: "/", executable: nil, systemFolder: "/system")
    let error = #expect(throws: DataError.datasetNotFound(name: "digits", searched: ["/a/digits", "/system/digits"])) {
      try search.folder(of: "digits")
    }
    #expect(
      error?.description == """
        found no data set 'digits' in any of
          /a/digits
          /system/digits
          hint: give the folder with its files, or set JAXNET_DATASETS to the folder that holds digits/
        """)
    let known = DataError.datasetNotFound(name: "kmnist", searched: ["/system/kmnist"])
    #expect(
      known.description == """
        found no data set 'kmnist' in any of
          /system/kmnist
          hint: Tools/download kmnist fetches it; or give the folder with its files, or set JAXNET_DATASETS to the folder \
        that holds kmnist/
        """)
  }
}
