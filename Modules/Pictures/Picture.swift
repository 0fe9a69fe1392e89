import Tensor

/// A picture of coloured pixels, to be drawn in, saved as a PNG file and shown in a terminal.
///
/// ```swift
/// var picture = Picture(width: 200, height: 100)
/// picture.drawLine([(10, 90), (100, 20), (190, 60)], color: .series[0], width: 2)
/// picture.drawText("a line", x: 100, y: 10, anchor: .top)
/// try picture.write(to: "line.png")
/// ```
///
/// The pixel in column x and row y has its centre at (x, y); (0, 0) is at the upper left.
public struct Picture: Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// Three bytes for each pixel, row by row.
  var bytes: [UInt8]

  /// A picture of one colour.
  ///
  /// - Parameters:
  ///   - width: the number of columns, at least 1.
  ///   - height: the number of rows, at least 1.
  public init(width: Int, height: Int, color: PixelColor = .white) {
    if width < 1 || height < 1 { fail("Picture", [], "a picture of \(width) x \(height) pixels has none") }
    self.width = width
    self.height = height
    bytes = []
    bytes.reserveCapacity(3 * width * height)
    for _ in 0..<width * height { bytes += [color.red, color.green, color.blue] }
  }

  /// The picture that a tensor holds.
  ///
  /// - Parameter tensor: shape [height, width] or [height, width, 1] for grey, [height, width, 3] for colours; uint8 as
  ///   it is, other types from 0 for black to 1, and what lies beyond is cut off. Another shape stops the program.
  public init(_ tensor: Tensor) {
    let isGrey = tensor.rank == 2 || tensor.rank == 3 && tensor.shape[2] == 1
    if !isGrey && !(tensor.rank == 3 && tensor.shape[2] == 3) {
      fail(
        "Picture", [tensor.type], "a picture has the shape [height, width], [height, width, 1] or [height, width, 3]")
    }
    self.init(width: tensor.shape[1], height: tensor.shape[0])
    let levels = tensor.dtype == .uint8 ? tensor : round(clip(tensor.asType(.float32), min: 0, max: 1) * 255)
    let pixels = levels.asType(.uint8)
    bytes = pixels.withUnsafeBytes { isGrey ? $0.flatMap { [$0, $0, $0] } : Array($0) }
  }

  /// The colour of a pixel of the picture.
  public subscript(x: Int, y: Int) -> PixelColor {
    get {
      let place = place(x, y)
      return PixelColor(bytes[place], bytes[place + 1], bytes[place + 2])
    }
    set {
      let place = place(x, y)
      (bytes[place], bytes[place + 1], bytes[place + 2]) = (newValue.red, newValue.green, newValue.blue)
    }
  }

  private func place(_ x: Int, _ y: Int) -> Int {
    precondition(contains(x, y), "there is no pixel (\(x), \(y)) in a picture of \(width) x \(height)")
    return 3 * (y * width + x)
  }

  func contains(_ x: Int, _ y: Int) -> Bool { 0..<width ~= x && 0..<height ~= y }

  /// The picture with each pixel as a square of pixels.
  ///
  /// - Parameter factor: the size of the squares, at least 1.
  public func scaled(by factor: Int) -> Picture {
    var result = Picture(width: width * factor, height: height * factor)
    for y in 0..<result.height {
      for x in 0..<result.width { result[x, y] = self[x / factor, y / factor] }
    }
    return result
  }

  /// Draws another picture into this one; what would lie outside is left out.
  ///
  /// - Parameters:
  ///   - x: the column of its left edge.
  ///   - y: the row of its upper edge.
  public mutating func draw(_ picture: Picture, x: Int, y: Int) {
    for row in 0..<picture.height {
      for column in 0..<picture.width where contains(x + column, y + row) {
        self[x + column, y + row] = picture[column, row]
      }
    }
  }

  /// Pictures beside each other, or below each other.
  ///
  /// - Parameters:
  ///   - pictures: at least one.
  ///   - isVertical: whether they go from top to bottom.
  ///   - gap: the room between them, in pixels.
  public static func row(_ pictures: [Picture], vertical isVertical: Bool = false, gap: Int = 0) -> Picture {
    if pictures.isEmpty { fail("Picture.row", [], "there is no picture to draw") }
    let along = pictures.reduce(gap * (pictures.count - 1)) { $0 + (isVertical ? $1.height : $1.width) }
    let across = pictures.map { isVertical ? $0.width : $0.height }.max()!
    var result = Picture(width: isVertical ? across : along, height: isVertical ? along : across)
    var place = 0
    for picture in pictures {
      result.draw(picture, x: isVertical ? 0 : place, y: isVertical ? place : 0)
      place += (isVertical ? picture.height : picture.width) + gap
    }
    return result
  }
}
