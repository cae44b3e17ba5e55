import Testing
import WGECore
import WGETestSupport

@Suite struct JSONPointerTests {
  @Test(arguments: [
    ("", []), ("/", [""]), ("/a/b", ["a", "b"]), ("/a~1b/~0~01", ["a/b", "~~1"]), ("/ /é", [" ", "é"]),
    ("//", ["", ""]),
  ])
  func reads(text: String, tokens: [String]) throws {
    let pointer = try JSONPointer(parsing: text)
    #expect(pointer.tokens == tokens)
    #expect(pointer.description == text)
  }

  @Test(arguments: ["a", "#/a", "/~", "/~2", "/a~", String(repeating: "/a", count: 513)])
  func refuses(text: String) { #expect(throws: JSONPointerError.self) { try JSONPointer(parsing: text) } }

  /// The examples of RFC 6901 section 5.
  @Test func resolves() throws {
    let document: JSON = [
      "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8,
    ]
    for (text, value) in [
      ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/g|h", 4),
      ("/i\\j", 5), ("/k\"l", 6), ("/ ", 7), ("/m~0n", 8),
    ] as [(String, JSON)] {
      #expect(document[try JSONPointer(parsing: text)] == value)
    }
    for text in ["/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/x", "//x", "/foo/99999999999999999999"] {
      #expect(document[try JSONPointer(parsing: text)] == nil)
    }
  }
}

@Suite struct JSONPatchTests {
  private func apply(_ patch: JSON, to document: JSON, limits: JSONPatch.Limits = .init()) throws -> JSON {
    try JSONPatch(patch, limits: limits).apply(to: document, limits: limits)
  }

  @Test(
    arguments: [
      (["foo": "bar"], [["op": "add", "path": "/baz", "value": "qux"]], ["baz": "qux", "foo": "bar"]),
      (["foo": ["bar", "baz"]], [["op": "add", "path": "/foo/1", "value": "qux"]], ["foo": ["bar", "qux", "baz"]]),
      (["foo": ["bar"]], [["op": "add", "path": "/foo/-", "value": ["abc"]]], ["foo": ["bar", ["abc"]]]),
      (["foo": ["bar"]], [["op": "add", "path": "/foo/1", "value": 1]], ["foo": ["bar", 1]]),
      (["a": 1], [["op": "add", "path": "/a", "value": .null]], ["a": .null]),
      (["a": 1], [["op": "add", "path": "", "value": "root"]], "root"),
      (["a": 1], [["op": "replace", "path": "", "value": [1]]], [1]),
      (["a": 1, "b": 2], [["op": "remove", "path": "/a"]], ["b": 2]),
      (["a": [1, 2, 3]], [["op": "remove", "path": "/a/1"]], ["a": [1, 3]]),
      (["a": ["b": 1]], [["op": "replace", "path": "/a/b", "value": 2]], ["a": ["b": 2]]),
      (["a": [1, 2]], [["op": "replace", "path": "/a/0", "value": 9]], ["a": [9, 2]]),
      (
        ["foo": ["bar": "baz", "waldo": "fred"], "qux": ["corge": "grault"]],
        [["op": "move", "from": "/foo/waldo", "path": "/qux/thud"]],
        ["foo": ["bar": "baz"], "qux": ["corge": "grault", "thud": "fred"]]
      ),
      (["a": [1, 2, 3]], [["op": "move", "from": "/a/0", "path": "/a/2"]], ["a": [2, 3, 1]]),
      (["a": 1], [["op": "move", "from": "/a", "path": "/a"]], ["a": 1]),
      (["a": ["x": 1]], [["op": "copy", "from": "/a", "path": "/b"]], ["a": ["x": 1], "b": ["x": 1]]),
      (["a": 1], [["op": "test", "path": "/a", "value": 1.0], ["op": "remove", "path": "/a", "extra": true]], [:]),
      (
        ["a": ["b": [1, .null]]], [["op": "test", "path": "/a", "value": ["b": [1, .null]]]], ["a": ["b": [1, .null]]]
      ),
      (["a~b/c": 1], [["op": "replace", "path": "/a~0b~1c", "value": 2]], ["a~b/c": 2]),
      (["a": [[1], [2]]], [["op": "add", "path": "/a/1/0", "value": 9]], ["a": [[1], [9, 2]]]),
    ] as [(JSON, JSON, JSON)])
  func applies(document: JSON, patch: JSON, expected: JSON) throws {
    #expect(try apply(patch, to: document) == expected)
    let decoded = try patch.decode(JSONPatch.self)
    #expect(try JSONPatch(decoded.json) == decoded)
  }

  @Test func testComparesNumbersByValue() throws {
    let document = try JSON(parsing: #"{"a": 1.0, "b": 1e2, "c": 18446744073709551616, "d": [0.10]}"#)
    let patch = try JSON(
      parsing:
        #"[{"op":"test","path":"/a","value":1},{"op":"test","path":"/b","value":100},{"op":"test","path":"/d","value":[0.1]}]"#
    )
    #expect(try apply(patch, to: document) == document)
    #expect(throws: JSONPatchError.testFailed(operation: 0, path: JSONPointer(["c"]))) {
      try apply([["op": "test", "path": "/c", "value": 1]], to: document)
    }
  }

  @Test(
    arguments: [
      ([["op": "remove", "path": "/x"]], "JSON patch operation 0 (remove \"/x\"): nothing is there"),
      ([["op": "replace", "path": "/x", "value": 1]], "JSON patch operation 0 (replace \"/x\"): nothing is there"),
      (
        [["op": "add", "path": "/x/y", "value": 1]],
        "JSON patch operation 0 (add \"/x/y\"): \"x\" on the way does not exist"
      ),
      (
        [["op": "add", "path": "/l/3", "value": 1]],
        "JSON patch operation 0 (add \"/l/3\"): the index 3 is outside the array"
      ),
      (
        [["op": "add", "path": "/l/01", "value": 1]],
        "JSON patch operation 0 (add \"/l/01\"): \"01\" is not an array index"
      ),
      (
        [["op": "remove", "path": "/l/-"]],
        "JSON patch operation 0 (remove \"/l/-\"): \"-\" names the element after the last one, which does not exist"
      ),
      (
        [["op": "remove", "path": "/l/2"]], "JSON patch operation 0 (remove \"/l/2\"): the index 2 is outside the array"
      ),
      (
        [["op": "add", "path": "/s/x", "value": 1]],
        "JSON patch operation 0 (add \"/s/x\"): the parent is a string, not an object or array"
      ),
      ([["op": "copy", "from": "/x", "path": "/y"]], "JSON patch operation 0 (copy \"/y\"): nothing is at \"/x\""),
      (
        [["op": "move", "from": "/o", "path": "/o/x"]],
        "JSON patch operation 0 (move \"/o/x\"): a value cannot be moved into itself"
      ),
      (
        [["op": "test", "path": "/s", "value": 1]], "JSON patch operation 0: the value at \"/s\" is not the tested one"
      ),
      ([["op": "test", "path": "/x", "value": .null]], "JSON patch operation 0 (test \"/x\"): nothing is at \"/x\""),
      (
        [["op": "x"]], "invalid JSON patch: operation 0: unknown op \"x\": use add, remove, replace, move, copy or test"
      ),
      ([["path": "/a"]], "invalid JSON patch: operation 0: \"op\" is missing"),
      ([["op": "add", "path": "/a"]], "invalid JSON patch: operation 0: \"value\" is missing"),
      (
        [["op": "add", "path": 1, "value": 1]],
        "invalid JSON patch: operation 0: \"path\" must be a string, not a number"
      ),
      (
        [["op": "remove", "path": "a"]],
        "invalid JSON patch: operation 0: \"path\": a JSON pointer must be empty or start with '/'"
      ),
      (["op": "x"], "invalid JSON patch: expected an array of operations, found an object"),
      ([1], "invalid JSON patch: operation 0: expected an object, found a number"),
    ] as [(JSON, String)])
  func refuses(patch: JSON, message: String) {
    let document: JSON = ["l": [1, 2], "s": "text", "o": [:]]
    let error = #expect(throws: JSONPatchError.self) { try apply(patch, to: document) }
    #expect(error?.description == message)
  }

  @Test func limits() throws {
    let many = JSON.array(Array(repeating: ["op": "remove", "path": "/a"], count: 10_001))
    #expect(throws: JSONPatchError.tooManyOperations(count: 10_001, limit: 10_000)) { try JSONPatch(many) }
    // Doubles with every step.
    let bomb = JSON.array(Array(repeating: ["op": "copy", "from": "/a", "path": "/a/-"], count: 100))
    let error = #expect(throws: JSONPatchError.self) { try apply(bomb, to: ["a": [1, 2, 3]]) }
    if case .tooExpensive? = error {} else { Issue.record("\(String(describing: error))") }
    // Nests ever deeper.
    var nesting: [JSON] = [["op": "add", "path": "/a", "value": .object([:])]]
    for _ in 0..<600 {
      nesting.append(["op": "move", "from": "/a", "path": "/b"])
      nesting.append(["op": "add", "path": "/a", "value": .object([:])])
      nesting.append(["op": "move", "from": "/b", "path": "/a/b"])
    }
    let deep = #expect(throws: JSONPatchError.self) { try apply(.array(nesting), to: [:]) }
    if case .tooExpensive? = deep {} else { Issue.record("\(String(describing: deep))") }
  }

  @Test func randomPatchesNeverTrap() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<3000 { try Self.checkRandomPatch(&random) }
  }

  static func checkRandomPatch(_ random: inout SeededGenerator, _ comment: Comment? = nil) throws {
    let document = random.json(depth: 4)
    var operations: [JSONPatch.Operation] = []
    for _ in 0..<random.below(5) + 1 {
      let path = JSONPointer(randomTokens(document, &random))
      let from = JSONPointer(randomTokens(document, &random))
      switch random.below(6) {
      case 0: operations.append(.add(path, random.json(depth: 2)))
      case 1: operations.append(.remove(path))
      case 2: operations.append(.replace(path, random.json(depth: 2)))
      case 3: operations.append(.move(from: from, to: path))
      case 4: operations.append(.copy(from: from, to: path))
      default: operations.append(.test(path, document[path] ?? .null))
      }
    }
    let patch = JSONPatch(operations)
    #expect(try JSONPatch(patch.json) == patch, comment)
    guard let patched = try? patch.apply(to: document) else { return }
    #expect(try JSON(parsing: patched.serialized()) == patched, comment)
  }

  private static func randomTokens(_ document: JSON, _ random: inout SeededGenerator) -> [String] {
    var tokens: [String] = []
    var current = document
    while random.below(4) > 0 {
      switch current {
      case .object(let object) where !object.isEmpty:
        let member = object[random.below(object.count)]
        tokens.append(member.key)
        current = member.value
      case .array(let elements) where !elements.isEmpty:
        let index = random.below(elements.count)
        tokens.append(String(index))
        current = elements[index]
      default:
        tokens.append(["-", "0", "x", ""][random.below(4)])
        return tokens
      }
    }
    return tokens
  }
}

@Suite struct JSONMergePatchTests {
  /// The test cases of RFC 7396 appendix A.
  @Test(
    arguments: [
      (["a": "b"], ["a": "c"], ["a": "c"]), (["a": "b"], ["b": "c"], ["a": "b", "b": "c"]),
      (["a": "b"], ["a": .null], [:]),
      (["a": "b", "b": "c"], ["a": .null], ["b": "c"]), (["a": ["b"]], ["a": "c"], ["a": "c"]),
      (["a": "c"], ["a": ["b"]], ["a": ["b"]]),
      (["a": ["b": "c"]], ["a": ["b": "d", "c": .null]], ["a": ["b": "d"]]),
      (["a": [["b": "c"]]], ["a": [1]], ["a": [1]]),
      (["a", "b"], ["c", "d"], ["c", "d"]), (["a": "b"], ["c"], ["c"]), (["a": "foo"], .null, .null),
      (["a": "foo"], "bar", "bar"),
      (["e": .null], ["a": 1], ["e": .null, "a": 1]), ([1, 2], ["a": "b", "c": .null], ["a": "b"]),
      ([:], ["a": ["bb": ["ccc": .null]]], ["a": ["bb": [:]]]),
    ] as [(JSON, JSON, JSON)])
  func applies(original: JSON, patch: JSON, expected: JSON) {
    #expect(original.applyingMergePatch(patch) == expected)
  }

  @Test func manyChangesMergeInOnePass() {
    var document = JSONObject((0..<200).map { ("k\($0)", JSON.number(.int(Int64($0)))) })
    let patch = JSONObject((100..<300).map { ("k\($0)", $0 % 2 == 0 ? JSON.null : ["new": .number(.int(Int64($0)))]) })
    let merged = JSON.object(document).applyingMergePatch(.object(patch))
    for member in patch { document[member.key] = member.value.isNull ? nil : member.value }
    #expect(merged == .object(document))
  }

  @Test func differencesApply() {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<2000 { Self.checkDifference(&random) }
    #expect(JSON.mergePatch(from: ["a": 1], to: ["a": 1]) == .object([:]))
    #expect(
      JSON.mergePatch(from: ["a": ["b": 1, "c": 2]], to: ["a": ["b": 1], "d": 1]) == ["a": ["c": .null], "d": 1])
    #expect(JSON.mergePatch(from: 1, to: 1) == 1)
  }

  static func checkDifference(_ random: inout SeededGenerator, _ comment: Comment? = nil) {
    let old = withoutNulls(random.json(depth: 4))
    var new = withoutNulls(random.json(depth: 4))
    if random.below(2) == 0 { new = old.applyingMergePatch(new) }
    let patch = JSON.mergePatch(from: old, to: new)
    #expect(old.applyingMergePatch(patch) == new, comment)
  }

  /// Objects with null members are the one thing that merge patches cannot make.
  private static func withoutNulls(_ json: JSON) -> JSON {
    switch json {
    case .object(let object):
      .object(JSONObject(object.filter { !$0.value.isNull }.map { ($0.key, withoutNulls($0.value)) }))
    case .array(let elements): .array(elements.map(withoutNulls))
    default: json
    }
  }
}
