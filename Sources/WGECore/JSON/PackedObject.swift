// Problem: a cache of fifty thousand objects is mostly trees that nobody looks at. A tree of values
// costs 40 bytes for each member and an allocation for each object, array and longer string in it.
//
// Idea: the whole object in one block of bytes, values of fixed kinds behind a tag, members in key
// order behind a table of where they begin. A nested object is a view of the same block, so reading
// `object["metadata"]?["name"]` finds two members and makes one string; nothing else is decoded.
//
//   value     = tag, then by tag:
//               int      zigzag varint
//               double   8 bytes, little endian
//               text     varint length, UTF-8                (literals of numbers, strings)
//               array    varint count, table, values
//               object   varint count, table, (varint length, UTF-8 of the key, value)...
//   table     = for each entry, where it begins after the table, in 1, 2 or 4 bytes (upper half of the tag)
//
// Invariants: blocks are made by ``PackedWriter`` alone, from values, never taken from outside; so
// every offset and length in one is in bounds (and checked by the array nevertheless). Keys ascend
// strictly by their UTF-8 bytes. A block is never changed.

/// What a packed value is; in the lower half of its tag.
enum PackedTag {
  static let null: UInt8 = 0
  static let `false`: UInt8 = 1
  static let `true`: UInt8 = 2
  static let int: UInt8 = 3
  static let double: UInt8 = 4
  static let literal: UInt8 = 5
  static let string: UInt8 = 6
  static let array: UInt8 = 7
  static let object: UInt8 = 8
  static let kinds: UInt8 = 0x0F
}

/// An object inside a packed block, read in place.
struct PackedObject: Sendable {
  private let bytes: [UInt8]
  /// Where its tag is.
  private let start: UInt32

  /// - Parameter start: where the object's tag is.
  init(bytes: [UInt8], start: UInt32) {
    self.bytes = bytes
    self.start = start
  }

  /// True when this is all that the block holds.
  var isWhole: Bool { start == 0 }

  /// True for the same place in the same block. False says nothing.
  func isIdentical(to other: PackedObject) -> Bool {
    start == other.start
      && bytes.withUnsafeBufferPointer { a in
        other.bytes.withUnsafeBufferPointer { b in a.baseAddress == b.baseAddress }
      }
  }

  var count: Int { bytes.withUnsafeBufferPointer { PackedReader($0).container(Int(start)).count } }

  func key(at index: Int) -> String {
    bytes.withUnsafeBufferPointer { block in
      let reader = PackedReader(block)
      return reader.key(in: reader.keyRange(reader.container(Int(start)), index))
    }
  }

  func value(at index: Int) -> JSON { member(at: index) { _, _ in () }.value }

  func member(at index: Int) -> JSONObject.Member {
    let (key, value) = member(at: index) { reader, range in reader.key(in: range) }
    return JSONObject.Member(key: key, value: value)
  }

  private func member<Key>(
    at index: Int, key: (PackedReader, Range<Int>) -> Key
  ) -> (key: Key, value: JSON) {
    bytes.withUnsafeBufferPointer { block in
      let reader = PackedReader(block)
      let range = reader.keyRange(reader.container(Int(start)), index)
      return (key(reader, range), reader.value(range.upperBound, of: bytes))
    }
  }

  /// All members, nested objects still packed.
  func members() -> [JSONObject.Member] {
    bytes.withUnsafeBufferPointer { block in
      let reader = PackedReader(block)
      let container = reader.container(Int(start))
      return (0..<container.count).map { index in
        let range = reader.keyRange(container, index)
        return JSONObject.Member(key: reader.key(in: range), value: reader.value(range.upperBound, of: bytes))
      }
    }
  }

  /// The position of the key, or where it would be inserted.
  func position(of key: String) -> (index: Int, found: Bool) {
    var key = key
    return key.withUTF8 { wanted in
      bytes.withUnsafeBufferPointer { block in
        let reader = PackedReader(block)
        let container = reader.container(Int(start))
        var low = 0
        var high = container.count
        while low < high {
          let middle = (low + high) / 2
          let found = reader.slice(reader.keyRange(container, middle))
          if UTF8Order.equal(found, wanted) { return (middle, true) }
          if UTF8Order.less(found, wanted) { low = middle + 1 } else { high = middle }
        }
        return (low, false)
      }
    }
  }
}

/// Decodes values of one block.
private struct PackedReader {
  /// Where the entries of an array or object are.
  struct Container {
    var count: Int
    /// Bytes of one offset.
    var width: Int
    var table: Int
    var body: Int { table + count * width }
  }

  private let block: UnsafeBufferPointer<UInt8>

  /// - Parameter block: alive for as long as the reader is used: both live inside of one
  ///   `withUnsafeBufferPointer`.
  init(_ block: UnsafeBufferPointer<UInt8>) { self.block = block }

  private func byte(_ offset: Int) -> UInt8 {
    // Checked also in release builds, where the buffer itself does not check.
    precondition(offset >= 0 && offset < block.count)
    return block[offset]
  }

  func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    precondition(range.lowerBound >= 0 && range.upperBound <= block.count)
    return UnsafeBufferPointer(rebasing: block[range])
  }

  private func varint(_ offset: inout Int) -> UInt64 {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = byte(offset)
      offset += 1
      result |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return result }
      shift += 7
    }
  }

  /// The bytes of a text, whose length begins at the offset.
  private func text(_ offset: Int) -> Range<Int> {
    var offset = offset
    let length = Int(truncatingIfNeeded: varint(&offset))
    return offset..<offset + length
  }

  /// - Parameter offset: of the tag.
  func container(_ offset: Int) -> Container {
    let width = 1 << Int(byte(offset) >> 4)
    var offset = offset + 1
    let count = Int(truncatingIfNeeded: varint(&offset))
    return Container(count: count, width: width, table: offset)
  }

  private func entry(_ container: Container, _ index: Int) -> Int {
    precondition(index >= 0 && index < container.count)
    let place = container.table + index * container.width
    var offset = 0
    for position in 0..<container.width { offset |= Int(byte(place + position)) << (8 * position) }
    return container.body + offset
  }

  /// The key's bytes; the value follows them.
  func keyRange(_ container: Container, _ index: Int) -> Range<Int> { text(entry(container, index)) }

  func key(in range: Range<Int>) -> String {
    let bytes = slice(range)
    return JSONKeyTable.wellKnown(bytes) ?? String(decoding: bytes, as: UTF8.self)
  }

  /// - Parameters:
  ///   - offset: of the tag.
  ///   - bytes: the block, for nested objects to hold.
  func value(_ offset: Int, of bytes: [UInt8]) -> JSON {
    let tag = byte(offset)
    switch tag & PackedTag.kinds {
    case PackedTag.false: return .bool(false)
    case PackedTag.true: return .bool(true)
    case PackedTag.int:
      var offset = offset + 1
      let zigzag = varint(&offset)
      return .number(.int(Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)))
    case PackedTag.double:
      var bits: UInt64 = 0
      for position in 0..<8 { bits |= UInt64(byte(offset + 1 + position)) << (8 * UInt64(position)) }
      return .number(.double(Double(bitPattern: bits)))
    case PackedTag.literal: return .number(.literal(String(decoding: slice(text(offset + 1)), as: UTF8.self)))
    case PackedTag.string: return .string(String(decoding: slice(text(offset + 1)), as: UTF8.self))
    case PackedTag.array:
      let container = container(offset)
      return .array((0..<container.count).map { value(entry(container, $0), of: bytes) })
    case PackedTag.object:
      // Blocks are no larger than PackedWriter.maximumBytes, so offsets fit.
      return .object(JSONObject(packed: PackedObject(bytes: bytes, start: UInt32(truncatingIfNeeded: offset))))
    default: return .null
    }
  }
}
