/// Packs a value into one block of bytes; see ``PackedObject`` for the form.
///
/// The table of an object comes before its members but is known only after them, and so is the width
/// of the table's entries. So the block is written from its end to its start, the last member first:
/// when an object's members are written, all that comes before them is known, and nothing is moved.
struct PackedWriter {
  /// What a block may hold, so that every offset in it fits into 32 bits.
  static let maximumBytes = Int(Int32.max)

  /// Written from `cursor` to the end.
  private var buffer: [UInt8]
  private var cursor: Int
  /// How much had been written when each entry of the open containers was complete: the distance of
  /// its start from the end of the block, which stays when the buffer grows.
  private var marks: [Int] = []

  private init() {
    buffer = Array(repeating: 0, count: 2048)
    cursor = buffer.count
  }

  /// The object in a block of exactly its size; nil when that would be too large.
  static func pack(_ object: JSONObject) -> PackedObject? {
    var writer = PackedWriter()
    writer.write(object)
    guard writer.written <= maximumBytes else { return nil }
    return PackedObject(bytes: Array(writer.buffer[writer.cursor...]), start: 0)
  }

  private var written: Int { buffer.count - cursor }

  private mutating func write(_ value: JSON) {
    switch value {
    case .null: prepend(PackedTag.null)
    case .bool(let flag): prepend(flag ? PackedTag.true : PackedTag.false)
    case .number(.int(let number)):
      prependVarint(UInt64(bitPattern: number << 1 ^ number >> 63))
      prepend(PackedTag.int)
    case .number(.double(let number)):
      for position in (0..<8).reversed() { prepend(UInt8(truncatingIfNeeded: number.bitPattern >> (8 * position))) }
      prepend(PackedTag.double)
    case .number(.literal(let text)):
      prepend(text)
      prepend(PackedTag.literal)
    case .string(let text):
      prepend(text)
      prepend(PackedTag.string)
    case .array(let elements):
      let end = (mark: marks.count, written: written)
      for element in elements.reversed() {
        write(element)
        marks.append(written)
      }
      close(PackedTag.array, from: end)
    case .object(let object): write(object)
    }
  }

  private mutating func write(_ object: JSONObject) {
    let end = (mark: marks.count, written: written)
    for member in object.reversed() {
      write(member.value)
      prepend(member.key)
      marks.append(written)
    }
    close(PackedTag.object, from: end)
  }

  /// Writes what comes before the entries of a container.
  private mutating func close(_ tag: UInt8, from end: (mark: Int, written: Int)) {
    let start = written
    let size = start - end.written
    let width: UInt8 = size <= 0xFF ? 0 : size <= 0xFFFF ? 1 : 2
    let count = marks.count - end.mark
    // The marks are in reverse, as is the writing: the last entry's comes first.
    for index in end.mark..<marks.count {
      let offset = start - marks[index]
      for position in (0..<(1 << Int(width))).reversed() {
        prepend(UInt8(truncatingIfNeeded: offset >> (8 * position)))
      }
    }
    marks.removeSubrange(end.mark...)
    prependVarint(UInt64(count))
    prepend(tag | width << 4)
  }

  // MARK: Bytes

  private mutating func prepend(_ byte: UInt8) {
    if cursor == 0 { grow(by: 1) }
    cursor -= 1
    buffer[cursor] = byte
  }

  /// A length and the text.
  private mutating func prepend(_ text: String) {
    var text = text
    let count = text.withUTF8 { utf8 in
      if cursor < utf8.count { grow(by: utf8.count) }
      cursor -= utf8.count
      buffer.withUnsafeMutableBytes { target in
        UnsafeMutableRawBufferPointer(rebasing: target[cursor..<cursor + utf8.count])
          .copyMemory(from: UnsafeRawBufferPointer(utf8))
      }
      return utf8.count
    }
    prependVarint(UInt64(count))
  }

  /// Seven bits a byte, the lowest first; all but the last byte have the high bit.
  private mutating func prependVarint(_ value: UInt64) {
    var shift = max(0, 63 - value.leadingZeroBitCount) / 7 * 7
    prepend(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    while shift > 0 {
      shift -= 7
      prepend(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0x7F | 0x80)
    }
  }

  private mutating func grow(by count: Int) {
    let old = buffer
    buffer = Array(repeating: 0, count: max(2 * old.count, written + count))
    let start = buffer.count - (old.count - cursor)
    buffer.replaceSubrange(start..., with: old[cursor...])
    cursor = start
  }
}
