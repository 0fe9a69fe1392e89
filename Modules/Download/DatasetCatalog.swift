/// A data set that can be downloaded: its files, where they are, and how to know that they are whole.
public struct DownloadableDataset: Sendable {
  /// Its name, which is also that of its folder.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  /// Its page.
  public let homepage: String
  /// What there is to say about how far downloads can be checked, where it is not to the last bit.
  public let caveat: String?
  /// What is downloaded.
  public let downloads: [RemoteFile]
  /// What is left in the folder: the downloads, or what they are archives of.
  public let files: [DatasetFile]

  package init(
    name: String, summary: String, homepage: String, caveat: String? = nil, downloads: [RemoteFile],
    files: [DatasetFile]
  ) {
    self.name = name
    self.summary = summary
    self.homepage = homepage
    self.caveat = caveat
    self.downloads = downloads
    self.files = files
  }
}

/// A file on the servers.
public struct RemoteFile: Hashable, Sendable {
  /// The file in the data set's folder.
  public let file: DatasetFile
  /// Where it is, the first to try first.
  public let sources: [String]
  /// For an archive, the folder in it that holds the data set's files.
  public let archiveFolder: String?

  package init(file: DatasetFile, sources: [String], archiveFolder: String? = nil) {
    self.file = file
    self.sources = sources
    self.archiveFolder = archiveFolder
  }
}

/// A file of a data set, and how to know that it is whole.
public struct DatasetFile: Hashable, Sendable {
  /// Its name in the data set's folder.
  public let name: String
  /// What it must be.
  public let check: FileCheck

  package init(_ name: String, _ check: FileCheck) {
    self.name = name
    self.check = check
  }
}

extension DownloadableDataset {
  /// The data set of this name, nil if there is none.
  public static func named(_ name: String) -> DownloadableDataset? { catalog.first { $0.name == name } }

  /// All data sets that can be downloaded.
  public static let catalog: [DownloadableDataset] = [mnist, fashionMNIST, kuzushijiMNIST, extendedMNIST, ocr]

  // The checksums of the contents of MNIST and Fashion-MNIST were computed from copies of the published files.

  static let mnist = DownloadableDataset(
    name: "mnist", summary: "MNIST, handwritten digits, 28x28, 60,000 + 10,000",
    homepage: "http://yann.lecun.com/exdb/mnist/",
    sources: [
      "https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "http://yann.lecun.com/exdb/mnist/",
    ],
    files: [
      DatasetFile(
        "train-images-idx3-ubyte.gz",
        .contents(
          size: 47_040_016, sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db")),
      DatasetFile(
        "train-labels-idx1-ubyte.gz",
        .contents(size: 60_008, sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5")),
      DatasetFile(
        "t10k-images-idx3-ubyte.gz",
        .contents(size: 7_840_016, sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7")),
      DatasetFile(
        "t10k-labels-idx1-ubyte.gz",
        .contents(size: 10_008, sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
    ])

  static let fashionMNIST = DownloadableDataset(
    name: "fashion-mnist", summary: "Fashion-MNIST, ten kinds of clothes, 28x28, 60,000 + 10,000",
    homepage: "https://github.com/zalandoresearch/fashion-mnist",
    sources: [
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ],
    files: [
      DatasetFile(
        "train-images-idx3-ubyte.gz",
        .contents(
          size: 47_040_016, sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888")),
      DatasetFile(
        "train-labels-idx1-ubyte.gz",
        .contents(size: 60_008, sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9")),
      DatasetFile(
        "t10k-images-idx3-ubyte.gz",
        .contents(size: 7_840_016, sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b")),
      DatasetFile(
        "t10k-labels-idx1-ubyte.gz",
        .contents(size: 10_008, sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34")),
    ])

  // The checksums are those that TensorFlow Datasets has for the compressed files, in url_checksums/kmnist.txt.

  static let kuzushijiMNIST = DownloadableDataset(
    name: "kmnist", summary: "Kuzushiji-MNIST, ten cursive Japanese characters, 28x28, 60,000 + 10,000",
    homepage: "http://codh.rois.ac.jp/kmnist/",
    sources: ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
    files: [
      DatasetFile(
        "train-images-idx3-ubyte.gz",
        .file(size: 18_165_135, sha256: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4")),
      DatasetFile(
        "train-labels-idx1-ubyte.gz",
        .file(size: 29_497, sha256: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17")),
      DatasetFile(
        "t10k-images-idx3-ubyte.gz",
        .file(size: 3_041_136, sha256: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5")),
      DatasetFile(
        "t10k-labels-idx1-ubyte.gz",
        .file(size: 5120, sha256: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c")),
    ],
    caveat: "the checksums are those of the files as published: compressed anew, they do not pass")

  // The checksum is the one that TensorFlow Datasets has for the archive, in url_checksums/emnist.txt.

  static let extendedMNIST = DownloadableDataset(
    name: "emnist", summary: "EMNIST, handwritten digits and letters, 28x28, six splits of up to 814,255",
    homepage: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
    caveat: "the archive is checked by its checksum, its files after that by their shapes",
    downloads: [
      RemoteFile(
        file: DatasetFile(
          "gzip.zip",
          .file(
            size: 561_753_746, sha256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e")),
        sources: [
          "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
          "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
        ], archiveFolder: "gzip")
    ],
    files: [
      ("balanced", 112_800, 18_800), ("byclass", 697_932, 116_323), ("bymerge", 697_932, 116_323),
      ("digits", 240_000, 40_000), ("letters", 124_800, 20_800), ("mnist", 60_000, 10_000),
    ].flatMap { split, trainCount, testCount in
      [("train", trainCount), ("test", testCount)].flatMap { part, count in
        [
          DatasetFile("emnist-\(split)-\(part)-images-idx3-ubyte.gz", .idx(shape: [count, 28, 28])),
          DatasetFile("emnist-\(split)-\(part)-labels-idx1-ubyte.gz", .idx(shape: [count])),
        ]
      }
    })

  static let ocr = DownloadableDataset(
    name: "ocr", summary: "Stanford's OCR letters, 6,877 handwritten words of 52,152 letters, 16x8",
    homepage: "http://ai.stanford.edu/~btaskar/ocr/",
    sources: ["http://ai.stanford.edu/~btaskar/ocr/", "https://ai.stanford.edu/~btaskar/ocr/"],
    files: [DatasetFile("letter.data.gz", .words(wordCount: 6877, letterCount: 52_152))],
    caveat: "no checksum is published: it is checked by reading and counting its words and letters")
}

extension DownloadableDataset {
  private init(
    name: String, summary: String, homepage: String, sources: [String], files: [DatasetFile], caveat: String? = nil
  ) {
    self.init(
      name: name, summary: summary, homepage: homepage, caveat: caveat,
      downloads: files.map { file in RemoteFile(file: file, sources: sources.map { $0 + file.name }) }, files: files)
  }
}
