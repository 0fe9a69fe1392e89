import Foundation
import Pictures
import Tensor
import TestSupport
import Testing

@Suite("Pictures")
struct PictureTests {
  // MARK: PNG

  /// A picture of pixels that hardly follow from their neighbours, but for a part of one colour.
  private func sample(_ width: Int, _ height: Int, isGrey: Bool) -> Picture {
    var generator = SplitMix64(seed: UInt64(width * 1000 + height))
    var picture = Picture(width: width, height: height, color: .black)
    for y in 0..<height {
      for x in 0..<width where x + y > width / 2 {
        let level = UInt8.random(in: 0...255, using: &generator)
        picture[x, y] = isGrey ? PixelColor(grey: level) : PixelColor(level, UInt8(x % 256), UInt8(y % 256))
      }
    }
    return picture
  }

  @Test(
    "A PNG file holds the pixels, in grey if there is nothing else",
    arguments: [(1, 1), (1, 7), (7, 1), (33, 20), (300, 100)], [true, false])
  func png(size: (Int, Int), isGrey: Bool) throws {
    let picture = sample(size.0, size.1, isGrey: isGrey)
    let png = try PNGReader(picture.png())
    #expect(png.chunks == ["IHDR", "IDAT", "IEND"])
    #expect(png.width == size.0 && png.height == size.1)
    for y in 0..<size.1 {
      for x in 0..<size.0 {
        let place = (y * size.0 + x) * png.channels
        let color =
          png.channels == 1
          ? PixelColor(grey: png.samples[place])
          : PixelColor(png.samples[place], png.samples[place + 1], png.samples[place + 2])
        if color != picture[x, y] { Issue.record("(\(x), \(y)) is \(color), not \(picture[x, y])") }
      }
    }
    if isGrey { #expect(png.channels == 1) }
  }

  @Test func aColorAnywhereMakesAnRGBFile() throws {
    var picture = Picture(width: 9, height: 5)
    #expect(try PNGReader(picture.png()).channels == 1)
    picture[8, 4] = PixelColor(255, 255, 254)
    #expect(try PNGReader(picture.png()).channels == 3)
  }

  @Test func smoothPicturesBecomeSmall() throws {
    var picture = Picture(width: 256, height: 256)
    for y in 0..<256 { for x in 0..<256 { picture[x, y] = PixelColor(grey: UInt8((x + y) / 2)) } }
    #expect(picture.png().count < 2000)
  }

  @Test func filesAreWrittenOrTheErrorSaysWhyNot() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.png"
    try Picture(width: 3, height: 2).write(to: path)
    try Picture(width: 4, height: 2, color: .black).write(to: path)
    let png = try PNGReader(bytes(of: path))
    #expect(png.width == 4 && png.samples == [UInt8](repeating: 0, count: 8))
    #expect(try folder.contents == ["a.png"])
    let error = #expect(throws: PictureError.self) { try Picture(width: 1, height: 1).write(to: "/no/folder/a.png") }
    #expect(error?.description.hasPrefix("cannot write /no/folder/a.png: ") == true)
    #expect(error?.localizedDescription == error?.description)
  }

  // MARK: Tensors

  @Test func tensorsBecomePictures() {
    let grey = Picture(Tensor([[0, 0.5, 1], [-3, 2, 0.2]]))
    #expect(grey.width == 3 && grey.height == 2)
    #expect((0..<3).map { grey[$0, 0].red } == [0, 128, 255])
    #expect((0..<3).map { grey[$0, 1].green } == [0, 255, 51])
    #expect(Picture(Tensor([[7, 255]], dtype: .uint8))[1, 0] == .white)
    #expect(Picture(Tensor([7, 255], dtype: .uint8).reshaped(to: [2, 1, 1]))[0, 0] == PixelColor(grey: 7))
    let colors = Picture(Tensor([1, 2, 3, 4, 5, 6], dtype: .uint8).reshaped(to: [1, 2, 3]))
    #expect(colors[0, 0] == PixelColor(1, 2, 3) && colors[1, 0] == PixelColor(4, 5, 6))
  }

  // MARK: Putting together

  @Test func scalingAndDrawing() {
    var small = Picture(width: 2, height: 1)
    small[1, 0] = .black
    let large = small.scaled(by: 3)
    #expect(large.width == 6 && large.height == 3)
    #expect((0..<6).map { large[$0, 2] == .black } == [false, false, false, true, true, true])
    var target = Picture(width: 4, height: 4)
    target.draw(large, x: -2, y: 2)
    #expect((0..<4).map { target[$0, 3] == .black } == [false, true, true, true])
    #expect(target[1, 1] == .white)
  }

  @Test func picturesBesideAndBelowEachOther() {
    let (a, b) = (Picture(width: 3, height: 5, color: .black), Picture(width: 2, height: 4, color: .ink))
    let row = Picture.row([a, b], gap: 1)
    #expect(row.width == 6 && row.height == 5)
    #expect(row[2, 0] == .black && row[3, 0] == .white && row[4, 3] == .ink && row[4, 4] == .white)
    let column = Picture.row([a, b], vertical: true)
    #expect(column.width == 3 && column.height == 9 && column[0, 5] == .ink && column[2, 5] == .white)
  }

  @Test("A grid has a place for each picture", arguments: [(1, 3, 1, 1), (3, 3, 3, 1), (7, 3, 3, 3), (2, 5, 2, 1)])
  func grid(count: Int, columns: Int, shown: Int, rows: Int) {
    let images = zeros([count, 4, 6, 1])
    let grid = Picture.grid(images, columns: columns, scale: 2, gap: 3)
    #expect(grid.width == shown * (12 + 3) + 3 && grid.height == rows * (8 + 3) + 3)
    let black = (0..<grid.height).reduce(0) { sum, y in sum + (0..<grid.width).count { grid[$0, y] == .black } }
    #expect(black == count * 12 * 8)
    let captioned = Picture.grid(images, columns: columns, captions: (0..<count).map { "number \($0)" })
    #expect(Double(captioned.width) >= Double(shown) * Picture.textWidth("number 0"))
    #expect(captioned.height == rows * (4 + 18 + 4) + 4)
  }

  // MARK: Colours

  @Test func mixing() {
    #expect(PixelColor.black.mixed(with: .white, share: 0.5) == PixelColor(grey: 128))
    #expect(PixelColor.black.mixed(with: .white, share: -1) == .black)
    #expect(PixelColor(10, 20, 30).mixed(with: PixelColor(20, 0, 30), share: 0.1) == PixelColor(11, 18, 30))
    #expect(PixelColor.white.brightness == 1 && PixelColor.black.brightness == 0)
    #expect(Set(PixelColor.series).count == 6)
  }
}
