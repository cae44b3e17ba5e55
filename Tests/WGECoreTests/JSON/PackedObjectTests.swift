import Testing
import WGECore
import WGETestSupport

/// A packed object is the object, in another form: nothing that reads it can tell.
@Suite struct PackedObjectTests {
  private static func check(_ object: JSONObject, _ comment: Comment? = nil) {
    let packed = object.packed()
    #expect(packed == object && object == packed, comment)
    #expect(packed == object.packed(), comment)
    #expect(packed.hashValue == object.hashValue, comment)
    #expect(packed.packed() == object, comment)
    #expect(JSON.object(packed).serialized() == JSON.object(object).serialized(), comment)
    #expect(Array(packed) == Array(object), comment)
    #expect(packed.count == object.count && packed.isEmpty == object.isEmpty, comment)
    #expect(Array(packed.keys) == Array(object.keys) && Array(packed.values) == Array(object.values), comment)
    for member in object {
      #expect(packed[member.key] == member.value && packed.contains(key: member.key), comment)
      #expect(packed[member.key + "\u{1}"] == object[member.key + "\u{1}"], comment)
      if case .object(let nested) = packed[member.key] {
        #expect(nested.packed() == nested && JSONObject(nested) == nested, comment)
      }
    }
    #expect(packed["no such key"] == object["no such key"], comment)
  }

  @Test func randomObjects() {
    var random = SeededGenerator(seed: 11)
    for turn in 0..<1000 {
      let object = JSONObject((0..<random.below(8)).map { _ in (random.string(), random.json(depth: 4)) })
      Self.check(object, "turn \(turn)")
    }
  }

  /// The same changes to both forms lead to the same.
  @Test func randomChanges() {
    var random = SeededGenerator(seed: 12)
    for turn in 0..<500 {
      var object = JSONObject((0..<random.below(8)).map { _ in (random.string(), random.json(depth: 4)) })
      var packed = object.packed()
      let kept = packed
      let before = object
      for _ in 0..<4 {
        let key = random.below(2) == 0 ? random.string() : object.randomElement(using: &random)?.key ?? ""
        let inner = random.string()
        let value: JSON? = random.below(3) == 0 ? nil : random.json(depth: 2)
        switch random.below(4) {
        case 0:
          object[key] = value
          packed[key] = value
        case 1:
          object[key]?[inner] = value
          packed[key]?[inner] = value
        case 2:
          object.setValue(value, at: [key, inner, "x"])
          packed.setValue(value, at: [key, inner, "x"])
        default: #expect(object.removeValue(forKey: key) == packed.removeValue(forKey: key))
        }
        #expect(object == packed, "turn \(turn)")
      }
      #expect(kept == before, "turn \(turn): a change was seen in a copy")
    }
  }

  /// Every width of offsets, counts and lengths, at their borders.
  @Test(arguments: [
    0, 1, 15, 16, 126, 127, 128, 200, 252, 253, 254, 255, 256, 257, 16_383, 16_384, 65_530, 65_536, 70_000,
  ])
  func sizes(_ size: Int) {
    let text = JSON.string(String(repeating: "é", count: size / 2) + String(repeating: "a", count: size % 2))
    Self.check(["a": text, "b": 1, "c": ["d": text, "e": [text, .null, text]]], "\(size)")
    Self.check(JSONObject((0..<min(size, 3000)).map { (String($0), JSON.number(.int(Int64($0)))) }), "\(size) members")
    Self.check(["k": .array((0..<size).map { .bool($0 % 2 == 0) })], "\(size) elements")
    Self.check([String(repeating: "k", count: size): "v"], "a key of \(size)")
  }

  @Test func numbers() {
    let values: [JSON] = [
      0, -1, 1, 63, 64, -64, -65, 8191, 8192, .number(.int(.min)), .number(.int(.max)), 0.5, -0.0, 1e300,
      .number(.double(.leastNonzeroMagnitude)), .number(.literal("1.0")), .number(.literal("18446744073709551615")),
      .null, true, false, "", [], [:], [[[]]], ["a": [:]],
    ]
    Self.check(JSONObject(values.enumerated().map { ("\($0.offset)", $0.element) }))
    Self.check(["all": .array(values)])
    Self.check([:])
  }

  @Test func deepOnes() throws {
    let depth = JSONParseOptions().maximumDepth - 1
    let text = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    let object = try #require(try JSON(parsing: text).objectValue)
    #expect(object.packed() == object)
  }

  /// What caches hold: a fraction of the tree, and not much more than the text.
  @Test func dynamicObjects() throws {
    var object = DynamicObject(.configMaps, namespace: "shop", name: "prices")
    object.setLabel("app.kubernetes.io/name", to: "shop")
    object["data"] = ["a": "1"]
    let packed = object.packed()
    #expect(packed == object && packed.key == object.key && packed.labels == object.labels)
    var changed = packed
    changed.setLabel("app.kubernetes.io/name", to: nil)
    #expect(changed.labels.isEmpty && packed.labels.count == 1)
    #expect(try packed.metadata() == object.metadata())
  }
}
