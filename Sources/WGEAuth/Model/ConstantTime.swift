internal import Crypto

/// Comparisons whose time tells nothing about where two secrets differ.
enum ConstantTime {
  /// Compares bytes of any length; only the lengths can be learned.
  static func equal(_ one: some Sequence<UInt8>, _ other: some Sequence<UInt8>) -> Bool {
    let one = Array(one)
    let other = Array(other)
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(one, other) { difference |= a ^ b }
    return difference == 0
  }

  /// Compares texts through their digests, so that not even the length can be learned.
  static func equal(_ one: String, _ other: String) -> Bool {
    equal(SHA256.hash(data: Array(one.utf8)), SHA256.hash(data: Array(other.utf8)))
  }
}
