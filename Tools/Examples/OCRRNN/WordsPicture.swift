import JAXnet

extension Picture {
  /// Some words, evenly chosen, as they are written and as they are read, with what is misread in another colour.
  ///
  /// - Parameters:
  ///   - words: words.
  ///   - letters: what they are read as, shape [words, length].
  static func words(_ words: OCRWords, readAs letters: Tensor) -> Picture {
    let (scale, gap, top, lineCount) = (3, 8, 34, min(16, words.count))
    let (letterWidth, letterHeight) = (OCRWords.width * scale + 2, OCRWords.height * scale)
    let textLeft = words.longest * letterWidth + 3 * gap
    var result = Picture(
      width: textLeft + 12 * words.longest + gap, height: top + lineCount * (letterHeight + gap))
    result.drawText("written", x: Double(gap), y: 16, color: .ink, weight: 1.4)
    result.drawText("read as", x: Double(textLeft), y: 16, color: .ink, weight: 1.4)
    for line in 0..<lineCount {
      let index = line * words.count / lineCount
      let word = words.words[index]
      let lineTop = top + line * (letterHeight + gap)
      var pen = Double(textLeft)
      for (place, letter) in word.text.enumerated() {
        let image = 1 - words.images[word.letters.lowerBound + place].asType(.float32)
        result.draw(Picture(image).scaled(by: scale), x: gap + place * letterWidth, y: lineTop)
        let read = OCRWords.letter(Int(letters[index, place]))
        result.drawText(
          "\(read)", x: pen, y: Double(lineTop + letterHeight / 2), color: read == letter ? .ink : PixelColor.series[1],
          size: 1.4, weight: read == letter ? 1.2 : 1.8)
        pen += textWidth("\(read)", size: 1.4) + 3
      }
    }
    return result
  }
}
