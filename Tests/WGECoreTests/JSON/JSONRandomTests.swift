import Testing
import WGECore
import WGETestSupport

/// Deterministic random input: round trips are exact, and damaged input is refused or read, but
/// never traps.
@Suite struct JSONRandomTests {
  @Test func roundTrips() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 { try Self.checkRoundTrip(&random) }
  }

  static func checkRoundTrip(_ random: inout SeededGenerator, _ comment: Comment? = nil) throws {
    let value = random.json(depth: 5)
    #expect(try JSON(parsing: value.serialized()) == value, comment)
    #expect(try JSON(parsing: value.serializedPretty(indent: 3)) == value, comment)
    #expect(try JSON(parsing: value.serialized()).hashValue == value.hashValue, comment)
  }

  @Test func damagedInputNeverTraps() throws {
    var random = SeededGenerator(seed: 2)
    var accepted = 0
    for _ in 0..<20_000 where try Self.checkDamaged(&random) { accepted += 1 }
    #expect(accepted > 0)
  }

  /// Whether the damaged text was accepted.
  static func checkDamaged(_ random: inout SeededGenerator, _ comment: Comment? = nil) throws -> Bool {
    var bytes = random.json(depth: 4).serialized()
    for _ in 0..<random.below(4) + 1 { random.damage(&bytes) }
    let value: JSON
    do { value = try JSON(parsing: bytes) } catch {
      #expect(error.offset <= bytes.count, comment)
      #expect(!error.description.isEmpty, comment)
      return false
    }
    #expect(try JSON(parsing: value.serialized()) == value, comment)
    return true
  }
}

extension SeededGenerator {
  mutating func string() -> String {
    let pieces = [
      "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{0}", "\u{1F}", "é", "€", "😀", "\u{2028}", "e\u{301}", "key",
      ": ", "#",
      "yes", "- ", "\u{FEFF}", "\r", "\u{85}", "~", "{{ x }}", "0755",
    ]
    return (0..<below(6)).map { _ in pieces[below(pieces.count)] }.joined()
  }

  mutating func number() -> JSONNumber {
    switch below(4) {
    case 0: .int(Int64.random(in: -100...100, using: &self))
    case 1: .int(Int64(bitPattern: next()))
    case 2: JSONNumber(Double(bitPattern: next())) ?? .int(0)
    default: JSONNumber(Double.random(in: -1e7...1e7, using: &self)) ?? .int(0)
    }
  }

  mutating func json(depth: Int) -> JSON {
    switch below(depth > 0 ? 8 : 5) {
    case 0: .null
    case 1: .bool(below(2) == 0)
    case 2: .number(number())
    case 3, 4: .string(string())
    case 5: .array((0..<below(5)).map { _ in json(depth: depth - 1) })
    default: .object(JSONObject((0..<below(6)).map { _ in (string(), json(depth: depth - 1)) }))
    }
  }

  mutating func damage(_ bytes: inout [UInt8]) {
    let interesting: [UInt8] = Array("{}[]\",:\\u0eE+-.tfn \n'&*!|>%@#?".utf8) + [0, 0x1F, 0x80, 0xC0, 0xED, 0xFF]
    let position = below(bytes.count + 1)
    switch below(4) {
    case 0 where !bytes.isEmpty: bytes.remove(at: min(position, bytes.count - 1))
    case 1 where !bytes.isEmpty: bytes[min(position, bytes.count - 1)] = interesting[below(interesting.count)]
    case 2: bytes.removeSubrange(position...)
    default: bytes.insert(interesting[below(interesting.count)], at: position)
    }
  }
}
