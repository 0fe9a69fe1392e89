import Progress
import Testing

@Suite("Numbers for people")
struct HumanReadableTests {
  @Test(
    "Counts have their digits in groups of three",
    arguments: [
      (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (123_456, "123,456"),
      (1_234_567, "1,234,567"),
      (-1, "-1"), (-123, "-123"), (-1234, "-1,234"), (Int.max, "9,223,372,036,854,775,807"),
      (Int.min, "-9,223,372,036,854,775,808"),
    ])
  func counts(count: Int, text: String) {
    #expect(HumanReadable.count(count) == text)
  }

  @Test(
    "Sizes have three significant digits",
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1500, "1.50 kB"), (9_994, "9.99 kB"), (9_996, "10.0 kB"),
      (99_960, "100 kB"),
      (999_400, "999 kB"), (999_500, "1.00 MB"), (11_594_722, "11.6 MB"), (2_000_000_000, "2.00 GB"),
      (3_100_000_000_000, "3.10 TB"),
      (Int.max, "9.22 EB"), (-1500, "-1.50 kB"),
    ])
  func bytes(count: Int, text: String) {
    #expect(HumanReadable.bytes(count) == text)
  }

  @Test(
    "Durations are in the unit that suits them",
    arguments: [
      (0, "0 s"), (0.000_000_5, "0.500 µs"), (0.000_085, "85.0 µs"), (0.000_999_4, "999 µs"), (0.000_999_6, "1.00 ms"),
      (0.0123, "12.3 ms"), (0.9994, "999 ms"), (0.9996, "1.00 s"), (1.5, "1.50 s"), (59.94, "59.9 s"), (59.96, "1:00"),
      (125, "2:05"), (3725, "1:02:05"), (.infinity, "∞"), (-1, "?"), (.nan, "?"),
    ] as [(Double, String)])
  func durations(seconds: Double, text: String) {
    #expect(HumanReadable.duration(seconds) == text)
  }

  @Test(
    "A clock counts whole seconds",
    arguments: [
      (0, "0:00"), (0.4, "0:00"), (6.6, "0:07"), (59.6, "1:00"), (125, "2:05"), (3599.6, "1:00:00"),
      (36_000, "10:00:00"),
      (-1, "?"), (.nan, "?"), (.infinity, "?"), (1e300, "?"),
    ] as [(Double, String)])
  func clock(seconds: Double, text: String) {
    #expect(HumanReadable.clock(seconds) == text)
  }

  @Test(
    "Rates have three significant digits, or are whole",
    arguments: [
      (0, "0 steps/s"), (0.25, "0.250 steps/s"), (9.996, "10.0 steps/s"), (12.5, "12.5 steps/s"),
      (999.4, "999 steps/s"),
      (999.6, "1,000 steps/s"), (5213.2, "5,213 steps/s"), (-1, "? steps/s"), (.nan, "? steps/s"),
      (.infinity, "? steps/s"),
      (1e19, "? steps/s"),
    ] as [(Double, String)])
  func rates(perSecond: Double, text: String) {
    #expect(HumanReadable.rate(perSecond, unit: "steps") == text)
  }

  @Test(
    "Decimals and shares have a fixed number of digits",
    arguments: [
      (0.12345, "0.123", "12.35 %"), (1, "1.000", "100.00 %"), (-0.5, "-0.500", "-50.00 %"), (0, "0.000", "0.00 %"),
      (.nan, "nan", "nan %"),
    ] as [(Double, String, String)])
  func decimals(value: Double, decimal: String, percent: String) {
    #expect(HumanReadable.decimal(value, places: 3) == decimal)
    #expect(HumanReadable.percent(value) == percent)
  }

  @Test func aRateNeedsNoUnit() {
    #expect(HumanReadable.rate(3) == "3.00/s")
  }
}
