import Foundation
import Testing
import WGECore

@Suite struct CodableBridgeTests {
  struct Inner: Codable, Equatable {
    var name: String
    var ports: [Int32]?
    var raw: JSON?
  }

  struct Everything: Codable, Equatable {
    enum Mode: String, Codable { case fast, slow }

    var b = true
    var i8: Int8 = -8
    var i16: Int16 = -16
    var i32: Int32 = -32
    var i64: Int64 = .min
    var i = 5
    var u8: UInt8 = 8
    var u16: UInt16 = 16
    var u32: UInt32 = 32
    var u64: UInt64 = .max
    var u: UInt = 6
    var f: Float = 0.1
    var d = 1e-9
    var s = "text"
    var none: String?
    var mode = Mode.slow
    var list = ["a", "b"]
    var map = ["k": "v"]
    var numbers = ["one": 1, "two": 2]
    var byInt = [1: "x"]
    var inner = Inner(name: "n", ports: [80], raw: ["x": [1, .null]])
    var inners = [Inner(name: "m")]
    var time = Timestamp(seconds: 0)
    var optionals: [Int?] = [1, nil, 3]
  }

  @Test func roundTripsEverything() throws {
    let value = Everything()
    let json = try JSON(encoding: value)
    #expect(json["u64"]?.description == "18446744073709551615")
    #expect(json["f"]?.description == "0.1")
    #expect(json["none"] == nil)
    #expect(json["inner"]?["raw"] == ["x": [1, .null]])
    #expect(json["time"] == "1970-01-01T00:00:00Z")
    #expect(json["byInt"] == ["1": "x"])
    #expect(json["optionals"] == [1, .null, 3])
    #expect(try json.decode(Everything.self) == value)
    // The same through text and Foundation's coders.
    #expect(try JSONDecoder().decode(Everything.self, from: Data(json.serialized())) == value)
    #expect(try JSON(parsing: Array(JSONEncoder().encode(value))).decode(Everything.self) == value)
  }

  @Test func errorsNameThePath() throws {
    struct Spec: Codable {
      struct Environment: Codable { var name: String }
      var environments: [Environment]
      var replicas: UInt8?
      var labels: [String: String]?
      var args: [String]?
      var when: Timestamp?
      var mode: Everything.Mode?
    }
    struct Object: Codable { var spec: Spec }
    func error(_ spec: JSON) -> String? {
      #expect(throws: JSONDecodingError.self) { try (["spec": spec] as JSON).decode(Object.self) }?.description
    }
    #expect(
      error(["environments": [["name": "dev"], ["name": 5]]])
        == "spec.environments[1].name: expected a string, found a number")
    #expect(error(["environments": [[:]]]) == "spec.environments[0]: the required field \"name\" is missing")
    #expect(error([:]) == "spec: the required field \"environments\" is missing")
    #expect(error(["environments": ["x": 1]]) == "spec.environments: expected an array, found an object")
    #expect(error(.null) == "spec: expected an object, found null")
    let list: JSON = .array([])
    #expect(
      error(["environments": list, "replicas": 256]) == "spec.replicas: the number 256 is not an integer from 0 to 255")
    #expect(
      error(["environments": list, "replicas": 1.5]) == "spec.replicas: the number 1.5 is not an integer from 0 to 255")
    #expect(error(["environments": list, "labels": ["a": 1]]) == "spec.labels.a: expected a string, found a number")
    #expect(error(["environments": list, "args": ["a", false]]) == "spec.args[1]: expected a string, found a boolean")
    #expect(
      error(["environments": list, "when": "yesterday"])
        == "spec.when: not an RFC 3339 time: the year must have 4 digits")
    #expect(error(["environments": list, "mode": "warp"])?.hasPrefix("spec.mode: ") == true)
    let valid: JSON = ["environments": list, "labels": .null, "when": .null]
    #expect(throws: Never.self) { try (["spec": valid] as JSON).decode(Object.self) }
  }

  @Test func wrapsErrorsOfTypes() {
    struct Odd: Error, CustomStringConvertible { var description: String { "odd" } }
    struct Picky: Decodable { init(from decoder: any Decoder) throws { throw Odd() } }
    struct Holder: Decodable { var picky: [Picky] }
    let error = #expect(throws: JSONDecodingError.self) { try (["picky": [1]] as JSON).decode(Holder.self) }
    #expect(error == JSONDecodingError(path: "picky[0]", problem: "odd"))
  }

  @Test func refusesNumbersThatJSONCannotHold() {
    #expect(throws: EncodingError.self) { try JSON(encoding: ["x": Double.nan]) }
    #expect(throws: EncodingError.self) { try JSON(encoding: [Float.infinity]) }
    #expect(throws: EncodingError.self) { try JSON(encoding: Timestamp(seconds: .max)) }
    #expect(throws: JSONDecodingError.self) { try JSON(parsing: "1e400").decode(Double.self) }
    #expect(throws: JSONDecodingError.self) { try JSON(parsing: "18446744073709551616").decode(UInt64.self) }
    #expect(throws: Never.self) { try JSON(parsing: "18446744073709551615").decode(UInt64.self) }
  }

  @Test func topLevelScalarsAndNil() throws {
    #expect(try JSON(encoding: "x") == "x")
    #expect(try JSON(encoding: Int?.none) == .null)
    #expect(try JSON.null.decode(Int?.self) == nil)
    #expect(try (7 as JSON).decode(Int.self) == 7)
    #expect(try JSON(encoding: [String]()) == .array([]))
    struct Empty: Codable {}
    #expect(try JSON(encoding: Empty()) == .object([:]))
    #expect(try JSON(encoding: JSON.string("as it is")) == "as it is")
  }

  class Base: Codable {
    var base = 1
  }

  final class Derived: Base {
    var derived = 2

    override init() { super.init() }

    required init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      derived = try container.decode(Int.self, forKey: .derived)
      var nested = try container.nestedUnkeyedContainer(forKey: .nested)
      #expect(try nested.decode(Int.self) == 1)
      #expect(try nested.nestedContainer(keyedBy: Keys.self).decode(String.self, forKey: .derived) == "x")
      #expect(nested.isAtEnd)
      #expect(throws: DecodingError.self) { try nested.decode(Int.self) }
      try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(derived, forKey: .derived)
      var nested = container.nestedUnkeyedContainer(forKey: .nested)
      try nested.encode(1)
      var object = nested.nestedContainer(keyedBy: Keys.self)
      try object.encode("x", forKey: .derived)
      try super.encode(to: container.superEncoder())
    }

    enum Keys: String, CodingKey { case derived, nested }
  }

  @Test func classesAndNestedContainers() throws {
    let json = try JSON(encoding: Derived())
    #expect(json == ["derived": 2, "nested": [1, ["derived": "x"]], "super": ["base": 1]])
    #expect(try json.decode(Derived.self).base == 1)
  }

  @Test func jsonTravelsThroughForeignCoders() throws {
    let json: JSON = [
      "n": .null, "b": true, "i": 5, "d": 0.5, "s": "x", "l": [1, [:], "é"], "o": ["k": "v"],
      "big": .number(JSONNumber(UInt64.max)),
    ]
    #expect(try JSONDecoder().decode(JSON.self, from: JSONEncoder().encode(json)) == json)
    let list = try PropertyListDecoder().decode(JSON.self, from: PropertyListEncoder().encode(["a": [1, 2]] as JSON))
    #expect(list == ["a": [1, 2]])
  }
}
