import Progress
import Testing

@Suite("A progress bar")
struct ProgressBarTests {
  let screen = Screen()

  private func bar(_ output: ProgressOutput, total: Int? = 10_000, unit: ProgressUnit = "examples") -> ProgressBar {
    ProgressBar(total: total, label: "epoch 1/5", unit: unit, output: output, now: { [screen] in screen.time })
  }

  // MARK: On a terminal

  @Test func itDrawsOverItsLineUntilItFinishes() {
    let bar = bar(screen.terminal(width: 120))
    screen.time = 1
    bar.advance(by: 1000, note: "loss 2.3")
    screen.time = 2
    bar.advance(by: 4000, note: "loss 0.5")
    screen.time = 4
    bar.advance(by: 5000, note: "loss 0.25")
    bar.finish()
    let clear = "\u{1B}[K"
    #expect(
      screen.text == """
        epoch 1/5  ###---------------------------   10%  1,000/10,000  loss 2.3  1,000 examples/s  0:09 left\(clear)\r\
        epoch 1/5  ###############---------------   50%  5,000/10,000  loss 0.5  2,748 examples/s  0:02 left\(clear)\r\
        epoch 1/5  ##############################  100%  10,000/10,000  loss 0.25  2,576 examples/s  0:00 left\(clear)\r\
        epoch 1/5  ##############################  100%  10,000/10,000  loss 0.25  2,500 examples/s  in 4.00 s\(clear)\n
        """)
  }

  @Test func itIsDrawnAtMostTenTimesASecond() {
    let bar = bar(screen.terminal(width: 100))
    for step in 1...10_000 {
      screen.time = Double(step) / 10_000
      bar.advance()
    }
    let drawings = screen.text.split(separator: "\r").count
    #expect((9...11).contains(drawings), "\(drawings) drawings in a second")
  }

  @Test func aNoteIsComputedOnlyWhenItIsDrawn() {
    let bar = bar(screen.terminal(width: 100))
    var computed = 0
    func note() -> String {
      computed += 1
      return "loss \(computed)"
    }
    for _ in 0..<100 { bar.advance(by: 1, note: note()) }
    #expect(computed == 1)
  }

  @Test func theLastStepsNoteIsShownAtTheEnd() {
    let bar = bar(screen.terminal(width: 100), total: 2)
    bar.advance(note: "loss 2")
    bar.advance(note: "loss 1")
    bar.finish()
    #expect(screen.lines == ["epoch 1/5  ##############################  100%  2/2  loss 1  in 0 s", ""])
  }

  @Test(
    "It leaves out what matters least where the window is narrow",
    arguments: [
      (120, "epoch 1/5  ############------------------   40%  4,000/10,000  loss 0.123  800 examples/s  0:08 left"),
      (100, "epoch 1/5  ###########------------------   40%  4,000/10,000  loss 0.123  800 examples/s  0:08 left"),
      (81, "epoch 1/5  ####------   40%  4,000/10,000  loss 0.123  800 examples/s  0:08 left"),
      (80, "epoch 1/5  #########--------------   40%  loss 0.123  800 examples/s  0:08 left"),
      (64, "epoch 1/5  #########--------------   40%  loss 0.123  0:08 left"),
      (51, "epoch 1/5  ####------   40%  loss 0.123  0:08 left"),
      (50, "epoch 1/5  ########------------   40%  loss 0.123"),
      (35, "epoch 1/5   40%  loss 0.123"),
      (27, "epoch 1/5   40%"),
      (10, "epoch 1/5"),
      (6, "epoch"),
      (1, "e"),
    ])
  func itFitsTheWindow(width: Int, line: String) {
    let bar = bar(screen.terminal(width: width))
    screen.time = 5
    bar.advance(by: 4000, note: "loss 0.123")
    #expect(screen.lines == [line])
    #expect(line.count < max(width, 2))
  }

  @Test func anUnknownWidthIsTakenAsEighty() {
    let bar = bar(screen.terminal())
    screen.time = 5
    bar.advance(by: 4000, note: "loss 0.123")
    #expect(screen.lines == ["epoch 1/5  #########--------------   40%  loss 0.123  800 examples/s  0:08 left"])
  }

  @Test func aBarLetGoEndsItsLine() {
    do {
      let bar = bar(screen.terminal(width: 60))
      bar.advance(by: 5000)
    }
    #expect(screen.lines == ["epoch 1/5  ##############--------------   50%  5,000/10,000", ""])
  }

  @Test func aBarThatWasNeverDrawnWritesNothing() {
    _ = bar(screen.terminal())
    #expect(screen.text == "")
  }

  @Test func aMessageStandsAboveTheBar() {
    let bar = bar(screen.terminal(width: 60))
    bar.message("before")
    bar.advance(by: 5000)
    bar.message("saved a checkpoint")
    bar.finish()
    #expect(
      screen.lines == [
        "before", "saved a checkpoint", "epoch 1/5  ##########----------   50%  5,000/10,000  in 0 s", "",
      ])
  }

  @Test func colorAndUnicode() {
    let bar = bar(screen.output(isTerminal: true, width: 40, usesColor: true, usesUnicode: true))
    bar.advance(by: 5000)
    #expect(screen.text == "epoch 1/5  \u{1B}[36m━━━━━━━━━━━\u{1B}[0m───────────   50%\u{1B}[K")
  }

  @Test func aNoteCannotBreakTheLine() {
    let bar = bar(screen.terminal(width: 60), total: nil)
    bar.advance(note: "two\nlines\r\u{1B}[2J")
    #expect(screen.lines == ["epoch 1/5  1  two lines [2J"])
  }

  // MARK: In a file

  @Test func aFileGetsAWholeLineEveryFiveSecondsAndOneAtTheEnd() {
    let bar = bar(screen.file)
    for step in 1...100 {
      screen.time = Double(step) * 0.128
      bar.advance(by: 100, note: "loss \(100 - step)")
    }
    bar.finish()
    #expect(
      screen.text == """
        epoch 1/5: 4,000/10,000 examples, 40%, 781 examples/s, 0:08 left, loss 60
        epoch 1/5: 8,000/10,000 examples, 80%, 781 examples/s, 0:03 left, loss 20
        epoch 1/5: 10,000/10,000 examples, 100%, 781 examples/s, in 12.8 s, loss 0

        """)
  }

  @Test func aShortLoopWritesOneLine() {
    let bar = bar(screen.file)
    screen.time = 0.5
    bar.advance(by: 10_000)
    bar.finish(note: "accuracy 98.1%")
    #expect(screen.text == "epoch 1/5: 10,000/10,000 examples, 100%, 20,000 examples/s, in 500 ms, accuracy 98.1%\n")
  }

  @Test func finishingTwiceWritesOnce() {
    let bar = bar(screen.file)
    bar.advance(by: 2500)
    bar.finish()
    bar.finish()
    #expect(screen.text == "epoch 1/5: 2,500/10,000 examples, 25%, in 0 s\n")
    #expect(bar.isFinished && bar.completed == 2500)
  }

  // MARK: What is counted

  @Test(
    "Totals",
    arguments: [
      (nil, 3, "epoch 1/5: 3 examples, 3.00 examples/s, in 1.00 s\n"),
      (0, 0, "epoch 1/5: 0/0 examples, 100%, 0 examples/s, in 1.00 s\n"),
      (2, 3, "epoch 1/5: 3/2 examples, 100%, 3.00 examples/s, in 1.00 s\n"),
      (1000, 999, "epoch 1/5: 999/1,000 examples, 99%, 999 examples/s, in 1.00 s\n"),
    ] as [(Int?, Int, String)])
  func totals(total: Int?, amount: Int, line: String) {
    let bar = bar(screen.file, total: total)
    screen.time = 1
    bar.advance(by: amount)
    bar.finish()
    #expect(screen.text == line)
  }

  @Test func bytesHaveTheirUnits() {
    let bar = ProgressBar(
      total: 11_594_722, label: "mnist", unit: .bytes, output: screen.file, now: { [screen] in screen.time })
    screen.time = 5
    bar.advance(by: 5_000_000)
    screen.time = 8
    bar.finish()
    #expect(
      screen.text == """
        mnist: 5.00 MB/11.6 MB, 43%, 1.00 MB/s, 0:07 left
        mnist: 5.00 MB/11.6 MB, 43%, 625 kB/s, in 8.00 s

        """)
  }

  @Test func aSlowFirstStepIsForgotten() {
    let bar = bar(screen.file, total: nil)
    screen.time = 10
    bar.advance(by: 10)
    screen.time = 20
    bar.advance(by: 10_000)
    let line = screen.text.split(separator: "\n").last
    #expect(line == "epoch 1/5: 10,010 examples, 966 examples/s")
  }

  // MARK: The environment

  @Test(
    "What the environment says of the output",
    arguments: [
      (true, ["TERM": "xterm", "LANG": "en_US.UTF-8"], (true, true, true)),
      (true, ["TERM": "xterm", "LANG": "C"], (true, true, false)),
      (true, ["TERM": "xterm", "LC_ALL": "C", "LANG": "en_US.UTF-8"], (true, true, false)),
      (true, ["TERM": "xterm", "LC_ALL": "", "LC_CTYPE": "C.utf8"], (true, true, true)),
      (true, ["TERM": "xterm", "NO_COLOR": "1"], (true, false, false)),
      (true, ["TERM": "xterm", "NO_COLOR": ""], (true, true, false)),
      (true, ["TERM": "dumb"], (false, false, false)),
      (false, ["TERM": "xterm", "LANG": "en_US.UTF-8"], (false, false, true)),
    ] as [(Bool, [String: String], (Bool, Bool, Bool))])
  func environment(isTerminal: Bool, variables: [String: String], expected: (Bool, Bool, Bool)) {
    let output = ProgressOutput(descriptor: 2, isTerminal: isTerminal, environment: variables)
    #expect(output.isTerminal == expected.0)
    #expect(output.usesColor == expected.1)
    #expect(output.usesUnicode == expected.2)
  }

  // MARK: From a function that is told

  @Test func aFunctionDrawsABarAsItIsTold() {
    let show = showProgress("saving", output: screen.terminal(width: 80), now: { [screen] in screen.time })
    #expect(screen.text.isEmpty)
    screen.time = 2
    show(3_000_000, 12_000_000)
    #expect(screen.lines.last?.contains("25%") == true)
    screen.time = 4
    show(12_000_000, 12_000_000)
    // The speed is that since the call of `showProgress`.
    #expect(screen.lines.count == 2 && screen.lines[0].hasSuffix("3.00 MB/s  in 4.00 s"), "\(screen.lines)")
  }
}
