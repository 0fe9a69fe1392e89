/// Where blocks lie in one stretch of memory, given out and taken back while a plan is made.
struct Arena {
  /// The bytes that all blocks so far fit in.
  private(set) var byteCount = 0
  /// Free stretches, in order, never adjacent.
  private var free: [Range<Int>] = []

  private static func rounded(_ byteCount: Int) -> Int {
    (max(byteCount, 1) + Plan.alignment - 1) / Plan.alignment * Plan.alignment
  }

  /// The offset of a block, in the smallest stretch that holds it.
  mutating func allocate(_ byteCount: Int) -> Int {
    let size = Self.rounded(byteCount)
    let fitting = free.indices.filter { free[$0].count >= size }.min { free[$0].count < free[$1].count }
    if let fitting {
      let stretch = free[fitting]
      if stretch.count == size {
        free.remove(at: fitting)
      } else {
        free[fitting] = stretch.lowerBound + size..<stretch.upperBound
      }
      return stretch.lowerBound
    }
    // The last stretch grows if it reaches the end.
    if let last = free.last, last.upperBound == self.byteCount {
      free.removeLast()
      self.byteCount = last.lowerBound + size
      return last.lowerBound
    }
    self.byteCount += size
    return self.byteCount - size
  }

  /// Takes a block back.
  mutating func release(_ offset: Int, _ byteCount: Int) {
    var stretch = offset..<offset + Self.rounded(byteCount)
    var index = free.firstIndex { $0.lowerBound > stretch.lowerBound } ?? free.count
    if index < free.count, free[index].lowerBound == stretch.upperBound {
      stretch = stretch.lowerBound..<free[index].upperBound
      free.remove(at: index)
    }
    if index > 0, free[index - 1].upperBound == stretch.lowerBound {
      stretch = free[index - 1].lowerBound..<stretch.upperBound
      free.remove(at: index - 1)
      index -= 1
    }
    free.insert(stretch, at: index)
  }
}
