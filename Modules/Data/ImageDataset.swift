import Foundation
import Tensor

/// Images and the class of each.
public struct LabeledImages: Sendable {
  /// The images, float32 from 0 (black) to 1: shape [count, height, width, 1].
  public let images: Tensor
  /// The class of each image, int32: shape [count].
  public let labels: Tensor
  /// The number of classes; labels are below it.
  public let classCount: Int

  /// Images with their labels.
  ///
  /// - Parameters:
  ///   - images: shape [count, height, width, channels].
  ///   - labels: shape [count], integers in 0 ..< classCount.
  ///   - classCount: the number of classes.
  public init(images: Tensor, labels: Tensor, classCount: Int) {
    if images.rank != 4 || labels.rank != 1 || images.shape.first != labels.shape.first {
      fail(
        "LabeledImages", [images.type, labels.type],
        "images need the shape [count, height, width, channels], labels [count] with the same count")
    }
    self.images = images
    self.labels = labels
    self.classCount = classCount
  }

  /// The number of images.
  public var count: Int { images.shape[0] }

  /// Each image as a row of pixels: shape [count, height * width].
  public var flatImages: Tensor { flatten(images) }

  /// Each label as a row of float32 zeros with a one at its class: shape [count, classCount].
  public var oneHotLabels: Tensor { oneHot(labels, classCount) }

  /// The first images, at most `maximumCount`, with their labels.
  public func prefix(_ maximumCount: Int) -> LabeledImages {
    LabeledImages(images: images[0..<maximumCount], labels: labels[0..<maximumCount], classCount: classCount)
  }
}

/// A set of labelled images in the format of MNIST: four IDX files, for training and for testing.
///
/// ```swift
/// let mnist = try ImageDataset.load(.mnist10k)
/// print(mnist.train.images.shape, mnist.test.labels.shape)  // [10000, 28, 28, 1] [2000]
/// ```
public struct ImageDataset: Sendable {
  /// The name of a set: that of its folder and, where one folder has several sets, which one it is.
  public struct Name: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The folder's name.
    public let folder: String
    /// What the names of its files for training and for testing begin with.
    fileprivate let prefixes: [String]
    /// Whether the images are stored column by column.
    fileprivate let isTransposed: Bool

    private init(_ folder: String, prefixes: [String], isTransposed: Bool) {
      self.folder = folder
      self.prefixes = prefixes
      self.isTransposed = isTransposed
    }

    /// The folder's name.
    public var description: String { folder }

    /// The set in folders of this name.
    public init(_ folder: String) { self.init(folder, prefixes: ["train", "t10k"], isTransposed: false) }
    /// The set in folders of this name.
    public init(stringLiteral folder: String) { self.init(folder) }

    /// MNIST: handwritten digits, 28x28, 60,000 + 10,000.
    public static let mnist: Name = "mnist"
    /// The first 10,000 + 2,000 of MNIST, which come with the package.
    public static let mnist10k: Name = "mnist-10k"
    /// Fashion-MNIST: clothes, 28x28, 60,000 + 10,000. Debian's package `dataset-fashion-mnist` installs it.
    public static let fashionMNIST: Name = "fashion-mnist"
    /// Kuzushiji-MNIST: ten cursive Japanese characters, 28x28, 60,000 + 10,000.
    public static let kuzushijiMNIST: Name = "kmnist"
    /// UCI's handwritten digits, 8x8, 1,437 + 360, which come with the package.
    public static let opticalDigits: Name = "optdigits"

    /// A part of EMNIST: handwritten digits and letters, 28x28.
    public static func emnist(_ split: EMNISTSplit) -> Name {
      Name(
        "emnist", prefixes: ["emnist-\(split.rawValue)-train", "emnist-\(split.rawValue)-test"], isTransposed: true)
    }
  }

  /// The ways in which EMNIST is divided. Source: Cohen, Afshar, Tapson and van Schaik, arXiv:1702.05373.
  public enum EMNISTSplit: String, CaseIterable, Sendable {
    /// All images, in 62 classes: digits, capitals and small letters. 697,932 + 116,323.
    case byClass = "byclass"
    /// All images, in 47 classes: small letters that look like their capitals are with them. 697,932 + 116,323.
    case byMerge = "bymerge"
    /// 47 classes of the same size. 112,800 + 18,800.
    case balanced
    /// 26 letters, labelled from 1. 124,800 + 20,800.
    case letters
    /// Digits. 240,000 + 40,000.
    case digits
    /// As many digits as MNIST has. 60,000 + 10,000.
    case mnist
  }

  /// The images to train on.
  public let train: LabeledImages
  /// The images to test on.
  public let test: LabeledImages
  /// The folder that they were read from.
  public let folder: String

  /// Loads the set of this name from the first place that has a folder for it: the folders that the environment
  /// variable `JAXNET_DATASETS` names (separated by colons), `~/.cache/jaxnet`, `Datasets` in the package around the
  /// current folder or the executable, and `/usr/share/datasets`.
  ///
  /// - Throws: `DataError.datasetNotFound`, which lists the places; otherwise as `load(from:)` does.
  public static func load(_ name: Name) throws(DataError) -> ImageDataset {
    try load(name, from: DatasetSearch().folder(of: name.folder))
  }

  /// Loads a set from a folder with its four files, such as `train-images-idx3-ubyte.gz`: each with or without `.gz`,
  /// and with `-idx` or `.idx`.
  ///
  /// - Throws: `DataError`: a file is missing, damaged or not the array that it should be, or has more or fewer
  ///   images than there are labels.
  public static func load(from folder: String) throws(DataError) -> ImageDataset { try load(.mnist, from: folder) }

  /// Loads a set whose files have other names than those of MNIST, such as a part of EMNIST, from a folder.
  ///
  /// - Throws: as `load(from:)` does.
  public static func load(_ name: Name, from folder: String) throws(DataError) -> ImageDataset {
    let train = try Files(prefix: name.prefixes[0], in: folder, isTransposed: name.isTransposed)
    let test = try Files(prefix: name.prefixes[1], in: folder, isTransposed: name.isTransposed)
    let classCount = Swift.max(train.classCount, test.classCount)
    return ImageDataset(
      train: train.labeledImages(classCount), test: test.labeledImages(classCount), folder: folder)
  }
}

/// The contents of a file of images and a file of labels.
private struct Files {
  /// uint8, shape [count, height, width].
  let images: Tensor
  /// uint8, shape [count].
  let labels: Tensor

  init(prefix: String, in folder: String, isTransposed: Bool) throws(DataError) {
    let imagesPath = try path("\(prefix)-images", rank: 3, in: folder)
    let labelsPath = try path("\(prefix)-labels", rank: 1, in: folder)
    let stored = try IDX.read(imagesPath, dtype: .uint8, rank: 3)
    images = isTransposed ? stored.transposed([0, 2, 1]) : stored
    labels = try IDX.read(labelsPath, dtype: .uint8, rank: 1)
    if images.shape[0] != labels.shape[0] {
      throw .countMismatch(
        imagesPath: imagesPath, imageCount: images.shape[0], labelsPath: labelsPath, labelCount: labels.shape[0])
    }
  }

  var classCount: Int { labels.count == 0 ? 0 : Int(max(labels)) + 1 }

  func labeledImages(_ classCount: Int) -> LabeledImages {
    LabeledImages(
      images: (images.asType(.float32) / 255).reshaped(to: images.shape + [1]), labels: labels.asType(.int32),
      classCount: classCount)
  }
}

/// The file of this name in one of the spellings that are in use; if none is there, the first is taken for missing.
private func path(_ name: String, rank: Int, in folder: String) throws(DataError) -> String {
  let spellings = ["-idx", ".idx"].flatMap { separator in
    ["", ".gz"].map { "\(folder)/\(name)\(separator)\(rank)-ubyte\($0)" }
  }
  guard let found = spellings.first(where: FileManager.default.fileExists) else {
    throw .unreadable(path: spellings[0], reason: "there is no such file, nor one with .gz or .idx in its name")
  }
  return found
}
