import Tensor

extension Picture {
  /// Pictures of one size in rows and columns, with a line of text below each if there are captions.
  ///
  /// - Parameters:
  ///   - pictures: at least one.
  ///   - columns: how many stand beside each other.
  ///   - gap: the room between them and around all of them, in pixels.
  ///   - captions: a text for each picture, or none at all.
  ///   - background: the colour between them.
  public static func grid(
    _ pictures: [Picture], columns: Int, gap: Int = 4, captions: [String] = [], background: PixelColor = .white
  ) -> Picture {
    if pictures.isEmpty || columns < 1 { fail("Picture.grid", [], "\(pictures.count) pictures in \(columns) columns") }
    let captionWidth = Int(captions.map { textWidth($0) }.max() ?? 0)
    let cellWidth = max(pictures.map(\.width).max()!, captionWidth)
    let pictureHeight = pictures.map(\.height).max()!
    let cellHeight = pictureHeight + (captions.isEmpty ? 0 : 18)
    let rows = (pictures.count + columns - 1) / columns
    let shown = min(columns, pictures.count)
    var result = Picture(
      width: shown * (cellWidth + gap) + gap, height: rows * (cellHeight + gap) + gap, color: background)
    for (index, picture) in pictures.enumerated() {
      let x = gap + index % columns * (cellWidth + gap)
      let y = gap + index / columns * (cellHeight + gap)
      result.draw(picture, x: x + (cellWidth - picture.width) / 2, y: y)
      if captions.indices.contains(index) {
        result.drawText(
          captions[index], x: Double(x) + Double(cellWidth) / 2, y: Double(y + pictureHeight + 5), anchor: .top)
      }
    }
    return result
  }

  /// Images in rows and columns.
  ///
  /// - Parameters:
  ///   - images: shape [count, height, width] or [count, height, width, channels], as `Picture.init(_:)` takes each.
  ///   - columns: how many stand beside each other.
  ///   - scale: the size of a pixel.
  ///   - gap: the room between them and around all of them, in pixels.
  ///   - captions: a text for each image, or none at all.
  ///   - background: the colour between them.
  public static func grid(
    _ images: Tensor, columns: Int, scale: Int = 1, gap: Int = 4, captions: [String] = [],
    background: PixelColor = .white
  ) -> Picture {
    if images.rank < 3 || images.shape[0] == 0 {
      fail("Picture.grid", [images.type], "images have the shape [count, height, width] or one more dimension")
    }
    let pictures = (0..<images.shape[0]).map { Picture(images[$0]).scaled(by: scale) }
    return grid(pictures, columns: columns, gap: gap, captions: captions, background: background)
  }
}
