/// A colour of a pixel: red, green and blue from 0 to 255, in sRGB.
public struct PixelColor: Hashable, Sendable {
  /// How much red there is.
  public var red: UInt8
  /// How much green there is.
  public var green: UInt8
  /// How much blue there is.
  public var blue: UInt8

  /// A colour of these parts.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A shade of grey, from 0 for black to 255 for white.
  public init(grey: UInt8) { self.init(grey, grey, grey) }

  /// White.
  public static let white = PixelColor(grey: 255)
  /// Black.
  public static let black = PixelColor(grey: 0)
  /// What text and axes are drawn in.
  public static let ink = PixelColor(grey: 40)
  /// What is there to be looked past, such as lines of a grid.
  public static let faint = PixelColor(grey: 225)

  /// Colours for curves, the first to use first. They are told apart with all kinds of colour vision.
  ///
  /// Source: M. Okabe and K. Ito, *Color Universal Design*, 2008.
  public static let series = [
    PixelColor(0, 114, 178), PixelColor(213, 94, 0), PixelColor(0, 158, 115), PixelColor(204, 121, 167),
    PixelColor(230, 159, 0), PixelColor(86, 180, 233),
  ]

  /// The colour between this one and another: this one for a share of 0, the other for 1.
  public func mixed(with other: PixelColor, share: Double) -> PixelColor {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) + (Double(b) - Double(a)) * min(max(share, 0), 1)).rounded())
    }
    return PixelColor(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }

  /// How bright the colour looks, from 0 to 1. Source: the luma of ITU-R BT.601.
  public var brightness: Double { (0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)) / 255 }
}
