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
        equal(x, y)
      }
    }
    return (fast ?? nil) ?? a.utf8.elementsEqual(b.utf8)
  }

  @inline(__always)
  static func equal(_ x: UnsafeBufferPointer<UInt8>, _ y: UnsafeBufferPointer<UInt8>) -> Bool {
    x.count == y.count && compare(x, y) == 0
  }

  @inline(__always)
  static func less(_ a: String, _ b: String) -> Bool {
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
      b.utf8.withContiguousStorageIfAvailable { y in
        less(x, y)
      }
    }
    return (fast ?? nil) ?? a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  @inline(__always)
  static func less(_ x: UnsafeBufferPointer<UInt8>, _ y: UnsafeBufferPointer<UInt8>) -> Bool {
    let order = compare(x, y)
    return order == 0 ? x.count < y.count : order < 0
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
    guard let a = UnsafeRawPointer(x.baseAddress), let b = UnsafeRawPointer(y.baseAddress), a != b else { return 0 }
    let count = min(x.count, y.count)
    var index = 0
    while index + 8 <= count {
      let p = a.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let q = b.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      // The first byte in memory decides, so it must be the most significant one.
      if p != q { return UInt64(bigEndian: p) < UInt64(bigEndian: q) ? -1 : 1 }
      index += 8
    }
    while index < count {
      if x[index] != y[index] { return x[index] < y[index] ? -1 : 1 }
      index += 1
    }
    return 0
  }
}
