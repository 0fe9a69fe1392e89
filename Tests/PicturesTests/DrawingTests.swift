import Pictures
import Testing

@Suite("Drawing")
struct DrawingTests {
  /// How dark each pixel of a row is, from 0 to 255.
  private func darkness(_ picture: Picture, row y: Int) -> [Int] {
    (0..<picture.width).map { 255 - Int(picture[$0, y].red) }
  }

  private func ink(_ picture: Picture) -> Int {
    (0..<picture.height).reduce(0) { $0 + darkness(picture, row: $1).reduce(0, +) }
  }

  @Test func aLevelLineOfOnePixelFillsItsRowAlone() {
    var picture = Picture(width: 9, height: 5)
    picture.drawLine([(2, 2), (6, 2)], color: .black)
    #expect(darkness(picture, row: 2) == [0, 0, 255, 255, 255, 255, 255, 0, 0])
    #expect(darkness(picture, row: 1).allSatisfy { $0 == 0 } && darkness(picture, row: 3).allSatisfy { $0 == 0 })
  }

  @Test func aLineBetweenRowsIsSharedByThem() {
    var picture = Picture(width: 9, height: 5)
    picture.drawLine([(2, 1.5), (6, 1.5)], color: .black)
    #expect(darkness(picture, row: 1)[4] == 127 || darkness(picture, row: 1)[4] == 128)
    #expect(darkness(picture, row: 1) == darkness(picture, row: 2))
  }

  @Test("The ink is that of the line's area", arguments: [1.0, 2, 3.5])
  func area(width: Double) {
    var picture = Picture(width: 60, height: 60)
    picture.drawLine([(10, 12), (50, 42)], color: .black, width: width)
    let expected = 50 * width
    // The round ends add a little.
    let area = Double(ink(picture)) / 255
    #expect(area > expected && area < expected + 2 * (width + 1) * (width + 1))
  }

  @Test func corners() {
    var once = Picture(width: 20, height: 20)
    once.drawLine([(3, 3), (15, 3), (15, 15)], color: .black, width: 1.5)
    var twice = once
    twice.drawLine([(3, 3), (15, 3), (15, 15), (15, 3)], color: .black, width: 1.5)
    // Going back over a line within one drawing makes nothing darker.
    var back = Picture(width: 20, height: 20)
    back.drawLine([(3, 3), (15, 3), (15, 15), (15, 3)], color: .black, width: 1.5)
    #expect(ink(back) == ink(once) && ink(twice) > ink(once))
    var closed = Picture(width: 20, height: 20)
    closed.drawLine([(3, 3), (15, 3), (15, 15)], color: .black, closed: true)
    #expect(closed[9, 9] == .black)
  }

  @Test(
    "What lies outside, or nowhere, is left out",
    arguments: [
      [(-1e300, -1e300), (1e300, 1e300)], [(.nan, 1), (2, 2)], [(.infinity, 1), (2, 2)], [], [(100, 100)],
      [(-50, -50), (-10, -90)],
    ] as [[(Double, Double)]])
  func outside(points: [(Double, Double)]) {
    var picture = Picture(width: 8, height: 8)
    picture.drawLine(points.map { (x: $0.0, y: $0.1) }, color: .black, width: 2)
    picture.fill(x: -5, y: -5, width: 3, height: 3, color: .black)
    picture.fill(x: 7, y: 7, width: 100, height: 100, color: .black)
    #expect(picture[7, 7] == .black)
  }

  @Test func filling() {
    var picture = Picture(width: 6, height: 4)
    picture.fill(x: 1, y: 1, width: 3, height: 2, color: .black)
    picture.fill(x: 0, y: 0, width: 6, height: 1, color: .black, opacity: 0.2)
    #expect(darkness(picture, row: 0) == [51, 51, 51, 51, 51, 51])
    #expect(darkness(picture, row: 1) == [0, 255, 255, 255, 0, 0])
    #expect(darkness(picture, row: 3) == [0, 0, 0, 0, 0, 0])
  }

  // MARK: Text

  /// The pixels of a text alone.
  private func drawn(_ text: String, size: Double = 1) -> [[Int]] {
    var picture = Picture(width: 60, height: 40)
    picture.drawText(text, x: 5, y: 20, color: .black, size: size)
    return (0..<40).map { darkness(picture, row: $0) }
  }

  @Test("Every character of ASCII has a shape of its own", arguments: [1.0, 1.25])
  func characters(size: Double) {
    let box = drawn("\u{1F600}", size: size)
    var shapes: [[[Int]]: Character] = [:]
    for code in UInt8(33)..<127 {
      let character = Character(UnicodeScalar(code))
      let shape = drawn(String(character), size: size)
      #expect(shape != box, "\(character) is a box")
      #expect(shape.joined().contains { $0 > 0 }, "\(character) is empty")
      if let other = shapes[shape] { Issue.record("\(character) looks like \(other)") }
      shapes[shape] = character
    }
    for character in "→×·−…°µ±" { #expect(drawn(String(character), size: size) != box, "\(character)") }
  }

  @Test func widths() {
    #expect(Picture.textWidth("") == 0)
    #expect(Picture.textWidth("0123456789") == 10 * Picture.textWidth("8") + 9 * 2)
    #expect(Picture.textWidth("abc", size: 2) == 2 * Picture.textWidth("abc"))
    #expect(Picture.textHeight == 10)
  }

  @Test("A text lies where its anchor says", arguments: TextAnchor.allCases, [false, true])
  func anchors(anchor: TextAnchor, isUpward: Bool) {
    var picture = Picture(width: 101, height: 101)
    picture.drawText("HHHH", x: 50, y: 50, anchor: anchor, color: .black, weight: 1, upward: isUpward)
    let rows = (0..<101).filter { darkness(picture, row: $0).contains { $0 > 0 } }
    let columns = (0..<101).filter { x in (0..<101).contains { picture[x, $0] != .white } }
    let (width, height) = (Int(Picture.textWidth("HHHH")), 10)
    let (left, right, top, bottom) = (columns.first!, columns.last!, rows.first!, rows.last!)
    #expect(right - left + 1 == (isUpward ? height : width) && bottom - top + 1 == (isUpward ? width : height))
    switch anchor {
    case .top: #expect(top == 50 && abs(left + right - 100) <= 1)
    case .bottom: #expect(bottom == 49 && abs(left + right - 100) <= 1)
    case .left: #expect(left == 50 && abs(top + bottom - 100) <= 1)
    case .right: #expect(right == 49 && abs(top + bottom - 100) <= 1)
    case .center: #expect(abs(left + right - 100) <= 1 && abs(top + bottom - 100) <= 1)
    }
  }
}
