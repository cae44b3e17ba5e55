import Testing
import WGECore

@Suite struct JSONValueTests {
  @Test func readsMembersAndPaths() {
    let json: JSON = ["a": ["b": [1, "x", .null]], "n": .null]
    #expect(json["a"]?["b"]?[1]?.stringValue == "x")
    #expect(json["a"]?["b"]?[3] == nil)
    #expect(json["a"]?["b"]?[-1] == nil)
    #expect(json["n"]?.isNull == true)
    #expect(json["missing"] == nil)
    #expect(json.value(at: ["a", "b"])?.arrayValue?.count == 3)
    #expect(json.value(at: ["a", "x", "y"]) == nil)
    #expect(json.value(at: []) == json)
    #expect(json.typeName == "object")
  }

  @Test func writesMembers() {
    var json: JSON = ["b": 1]
    json["a"] = 2
    json["c"]?["x"] = 1
    #expect(json == ["a": 2, "b": 1])
    json["b"] = nil
    #expect(json == ["a": 2])
    json["b"] = .null
    #expect(json == ["a": 2, "b": .null])
    json["a"]?["deep"] = "scalar became an object"
    #expect(json["a"] == ["deep": "scalar became an object"])
    var scalar: JSON = 5
    scalar["x"] = nil
    #expect(scalar == 5)
  }

  @Test func writesElements() {
    var json: JSON = ["l": [1, 2, 3]]
    json["l"]?[1] = "two"
    json["l"]?[3] = 4
    json["l"]?[9] = "out of bounds"
    json["l"]?[-1] = "out of bounds"
    json["l"]?[0] = nil
    #expect(json == ["l": ["two", 3, 4]])
    var object: JSON = [:]
    object[0] = 1
    #expect(object == .object([:]))
  }

  @Test func setsValuesAtPaths() {
    var json: JSON = .null
    json.setValue(1, at: ["a", "b", "c"])
    #expect(json == ["a": ["b": ["c": 1]]])
    json.setValue(nil, at: ["a", "x", "y"])
    #expect(json == ["a": ["b": ["c": 1]]])
    json.setValue(nil, at: ["a", "b", "c"])
    #expect(json == ["a": ["b": .object([:])]])
    json.setValue(.null, at: ["a", "b"])
    #expect(json == ["a": ["b": .null]])
    json.setValue(nil, at: ["a", "b"])
    #expect(json == ["a": .object([:])])
    json.setValue("whole", at: [])
    #expect(json == "whole")
    json.setValue(nil, at: [])
    #expect(json.isNull)
    var object: JSONObject = ["keep": 1]
    object.setValue(nil, at: ["x", "y"])
    object.setValue(true, at: [])
    #expect(object == ["keep": 1])
    object.setValue(true, at: ["keep", "now an object"])
    #expect(object == ["keep": ["now an object": true]])
  }

  @Test func mutationInPlaceIsNotQuadratic() {
    // Each step would copy 20,000 elements if the buffers were shared while they change.
    var json: JSON = ["spec": ["list": .array([])]]
    for index in 0..<20_000 { json["spec"]?["list"]?[index] = .number(.int(Int64(index))) }
    #expect(json["spec"]?["list"]?.arrayValue?.count == 20_000)
    var object = JSONObject()
    for index in 0..<20_000 { object.setValue(true, at: ["a", "b", "k\(index % 100)"]) }
    #expect(object["a"]?["b"]?.objectValue?.count == 100)
  }

  @Test func comparesByBytes() {
    #expect(JSON.string("\u{E9}") != JSON.string("e\u{301}"))
    var object: JSONObject = ["\u{E9}": 1]
    object["e\u{301}"] = 2
    #expect(object.count == 2)
    #expect(Array(object.keys).map { Array($0.utf8) } == [Array("e\u{301}".utf8), Array("\u{E9}".utf8)])
    #expect(object.removeValue(forKey: "\u{E9}") == 1)
    #expect(object.removeValue(forKey: "\u{E9}") == nil)
  }

  @Test func serialises() {
    let json: JSON = ["b": [1, true, .null, "x\u{1}\"\\/é\n"], "a": .object([:]), "c": .array([])]
    #expect(json.description == #"{"a":{},"b":[1,true,null,"x\u0001\"\\/é\n"],"c":[]}"#)
    let pretty = String(decoding: (["a": [1, ["b": 2]]] as JSON).serializedPretty(), as: UTF8.self)
    #expect(pretty == "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}")
    var bytes = Array("data: ".utf8)
    json["b"]?[0]?.serialize(into: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "data: 1")
  }
}

@Suite struct JSONNumberTests {
  /// What Go's encoding/json prints for these float64 values.
  @Test(arguments: [
    (1.0, "1"), (0.1, "0.1"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (123456789.125, "123456789.125"),
    (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e-9, "1.5e-9"), (-2.5, "-2.5"), (Double.leastNonzeroMagnitude, "5e-324"),
    (-0.0, "-0"),
    (0.0, "0"),
    (1.7976931348623157e308, "1.7976931348623157e+308"), (1e15, "1000000000000000"), (1e16, "10000000000000000"),
    (123456789012345680000.0, "123456789012345680000"), (9007199254740993.0, "9007199254740992"), (100, "100"),
    (3.0e-5, "0.00003"), (12345.678, "12345.678"),
  ])
  func printsAsGo(value: Double, text: String) throws {
    let number = try #require(JSONNumber(value))
    #expect(number.description == text)
    #expect(try JSON(parsing: text) == .number(number))
    #expect(try JSON(parsing: text).hashValue == JSON.number(number).hashValue)
    #expect(number.double == value)
  }

  @Test func keepsLiteralText() throws {
    for text in [
      "1.0", "1E5", "12345678901234567890123", "0.10", "-0.0", "1e400", "3.14159265358979323846264338327950288",
    ] {
      #expect(try JSON(parsing: text).description == text)
    }
  }

  @Test func classifiesWithoutRounding() throws {
    #expect(try JSON(parsing: "1.0").intValue == 1)
    #expect(try JSON(parsing: "1e3").intValue == 1000)
    #expect(try JSON(parsing: "9007199254740993.0").intValue == 9_007_199_254_740_993)
    #expect(try JSON(parsing: "0.1e1").intValue == 1)
    #expect(try JSON(parsing: "0.000e-99999999999999999999").intValue == 0)
    #expect(try JSON(parsing: "1e99999999999999999999").intValue == nil)
    #expect(try JSON(parsing: "92233720368547758070e-1").intValue == .max)
    #expect(try JSON(parsing: "9223372036854775808").intValue == nil)
    #expect(try JSON(parsing: "1.5").intValue == nil)
    #expect(try JSON(parsing: "1e400").doubleValue == .infinity)
    #expect(JSONNumber(UInt64.max) == .literal("18446744073709551615"))
    #expect(JSONNumber(.infinity) == nil)
    #expect(JSONNumber(.nan) == nil)
    #expect(JSONNumber(1.0) == .int(1))
    #expect(JSONNumber.double(1) == .int(1))
    #expect(JSONNumber.double(1).hashValue == JSONNumber.int(1).hashValue)
    #expect(JSONNumber(literal: "1.50")?.description == "1.50")
    #expect(JSONNumber(literal: "0x1") == nil)
    #expect(JSONNumber(literal: " 1") == nil)
  }

  @Test func literalsOfSwift() {
    #expect((1.0 as JSON) == (1 as JSON))
    #expect((0.5 as JSON).doubleValue == 0.5)
  }
}
