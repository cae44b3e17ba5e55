/// Comparison of strings by their UTF-8 bytes.
///
/// Swift compares strings by canonical equivalence; Kubernetes, Go and JSON compare bytes. Keys
/// that differ only in Unicode normalisation must stay two keys, and sorted output must be in byte
/// order to match what Go writes.
enum UTF8Order {
  @inline(__always)
  static func equal(_ a: String, _ b: String) -> Bool {
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
      b.utf8.withContiguousStorageIfAvailable { y in
        x.count == y.count && compare(x, y) == 0
      }
    }
    return (fast ?? nil) ?? a.utf8.elementsEqual(b.utf8)
  }

  @inline(__always)
  static func less(_ a: String, _ b: String) -> Bool {
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
      b.utf8.withContiguousStorageIfAvailable { y in
        let order = compare(x, y)
        return order == 0 ? x.count < y.count : order < 0
      }
    }
    return (fast ?? nil) ?? a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  static func hash(_ string: String, into hasher: inout Hasher) {
    let done: Void? = string.utf8.withContiguousStorageIfAvailable { bytes in
      hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    }
    if done == nil { for byte in string.utf8 { hasher.combine(byte) } }
    hasher.combine(0xFF as UInt8)
  }

  /// Order over the common length only: negative, zero or positive.
  @inline(__always)
  private static func compare(_ x: UnsafeBufferPointer<UInt8>, _ y: UnsafeBufferPointer<UInt8>) -> Int {
    let count = min(x.count, y.count)
    var index = 0
    while index < count {
      let a = x[index]
      let b = y[index]
      if a != b { return a < b ? -1 : 1 }
      index += 1
    }
    return 0
  }
}
