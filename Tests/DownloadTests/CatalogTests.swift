import Data
import Download
import Foundation
import TestSupport
import Testing

@Suite("The catalogue of data sets")
struct CatalogTests {
  @Test func theReadersNameWhatCanBeFetched() {
    #expect(Set(DownloadableDataset.catalog.map(\.name)) == DatasetSearch.downloadable)
    #expect(DownloadableDataset.named("mnist")?.files.count == 4)
    #expect(DownloadableDataset.named("mnist-10k") == nil)
  }

  @Test("Each file has an address, a name without folders, and a check", arguments: DownloadableDataset.catalog)
  func entries(dataset: DownloadableDataset) {
    for download in dataset.downloads {
      #expect(!download.sources.isEmpty)
      for source in download.sources {
        #expect(URL(string: source)?.host != nil && source.hasSuffix("/" + download.file.name), "\(source)")
      }
    }
    for file in dataset.files + dataset.downloads.map(\.file) {
      #expect(!file.name.contains("/"))
      switch file.check {
      case .contents(let size, let digest), .file(let size, let digest):
        #expect(size > 0 && digest.count == 64 && digest.allSatisfy { $0.isHexDigit && !$0.isUppercase })
      case .idx(let shape): #expect(shape.allSatisfy { $0 > 0 })
      case .words(let words, let letters): #expect(words < letters)
      }
    }
    #expect(URL(string: dataset.homepage)?.host != nil)
  }

  /// The shapes of images and labels go together: an error of typing would show.
  @Test func theSplitsOfEMNIST() throws {
    let files = try #require(DownloadableDataset.named("emnist")).files
    #expect(files.count == 24)
    let counts = files.map { if case .idx(let shape) = $0.check { shape[0] } else { 0 } }
    for pair in 0..<12 { #expect(counts[2 * pair] == counts[2 * pair + 1]) }
    // The two splits by class hold all images: those of the other splits are among them.
    #expect(counts[4] + counts[6] == 814_255 && counts[8] + counts[10] == 814_255)
  }

  @Test(
    "A file is what its check says, or it is told why not",
    arguments: [
      (.idx(shape: [2, 3]), [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6], nil),
      (
        .idx(shape: [3, 2]), [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6],
        "it holds an array of shape [2, 3], not [3, 2]"
      ),
      (.idx(shape: [6]), [0, 0, 8, 1, 0, 0, 0, 6, 1], "is not the IDX file that it should be"),
      (.file(size: 3, sha256: "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"), [1, 2, 3], nil),
      (.file(size: 4, sha256: ""), [1, 2, 3], "the contents have 3 bytes, not the 4 that they should have"),
      (.file(size: 2, sha256: ""), [1, 2, 3], "the contents have more than the 2 bytes that they should have"),
      (.file(size: 3, sha256: ""), [1, 2, 3], "the contents have another SHA-256 than they should"),
      (.words(wordCount: 1, letterCount: 1), [1], ":1 is not the line of letters that it should be"),
    ] as [(FileCheck, [UInt8], String?)])
  func checks(check: FileCheck, contents: [UInt8], problem: String?) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("file", contents)
    if let problem {
      let error = #expect(throws: DownloadError.self) { try check.verify(path, source: path) }
      #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    } else {
      try check.verify(path, source: path)
    }
  }
}
