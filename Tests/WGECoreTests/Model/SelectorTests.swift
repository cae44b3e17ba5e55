import Testing
import WGECore
import WGETestSupport

@Suite struct LabelSelectorTests {
  @Test(
    arguments: [
      ("", "", [[:], ["a": "b"]], []),
      ("a=b", "a=b", [["a": "b"]], [[:], ["a": "c"]]), ("a==b", "a=b", [["a": "b"]], [[:]]),
      ("a!=b", "a!=b", [[:], ["a": "c"]], [["a": "b"]]), ("a", "a", [["a": ""], ["a": "x"]], [[:]]),
      ("!a", "!a", [[:]], [["a": ""]]), ("a=", "a=", [["a": ""]], [[:], ["a": "x"]]),
      ("e in (y,x)", "e in (x,y)", [["e": "x"], ["e": "y"]], [[:], ["e": "z"]]),
      ("e notin (x,y)", "e notin (x,y)", [[:], ["e": "z"]], [["e": "x"]]),
      ("e in (,x)", "e in (,x)", [["e": ""]], [[:]]),
      ("n>5", "n>5", [["n": "6"]], [["n": "5"], [:], ["n": "x"]]), ("n<5", "n<5", [["n": "-6"]], [["n": "5"]]),
      (
        " a = b , c != d,e in ( x , y ),!f,g ", "a=b,c!=d,e in (x,y),!f,g", [["a": "b", "e": "x", "g": ""]],
        [["a": "b"]]
      ),
      ("example.com/a-b_c.d=x", "example.com/a-b_c.d=x", [["example.com/a-b_c.d": "x"]], [[:]]),
      ("a=b,a=c", "a in (c),a=b", [], [["a": "b"], ["a": "c"]]), ("in in (in)", "in in (in)", [["in": "in"]], [[:]]),
      ("notin", "notin", [["notin": "1"]], [[:]]),
    ] as [(String, String, [[String: String]], [[String: String]])])
  func reads(text: String, printed: String, matching: [[String: String]], others: [[String: String]]) throws {
    let selector = try LabelSelector(parsing: text)
    #expect(selector.description == printed)
    for labels in matching { #expect(selector.matches(labels), "\(labels)") }
    for labels in others { #expect(!selector.matches(labels), "\(labels)") }
    let again = try LabelSelector(parsing: printed)
    for labels in matching + others { #expect(again.matches(labels) == selector.matches(labels)) }
    #expect(try JSON(encoding: selector).decode(LabelSelector.self) == selector)
    #expect(selector.isEmpty == text.isEmpty)
  }

  @Test(arguments: [
    ("a=b,", "found '', expected: identifier after ','"),
    (",a", "found ',', expected: !, identifier, or 'end of string'"),
    ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
    ("a in x", "unable to parse requirement: found 'x' expected: '('"),
    ("a in (x", "unable to parse requirement: found '', expected: ',' or ')'"),
    ("a in (x y)", "unable to parse requirement: found 'y', expected: ',' or ')'"),
    ("a=b c", "found 'c', expected: ',' or 'end of string'"),
    ("a=b=c", "found '=', expected: ',' or 'end of string'"),
    ("!", "unable to parse requirement: found '', expected: identifier"),
    (
      "a>x",
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"
    ),
  ])
  func refuses(text: String, message: String) {
    let error = #expect(throws: SelectorParseError.self) { try LabelSelector(parsing: text) }
    #expect(error?.description == message)
  }

  @Test func randomTextNeverTraps() throws {
    var random = SeededGenerator(seed: 8)
    var accepted = 0
    for _ in 0..<20_000 where try Self.checkRandomText(&random) { accepted += 1 }
    #expect(accepted > 500)
  }

  /// Whether the text was accepted; what was accepted is printed so that it selects the same.
  static func checkRandomText(_ random: inout SeededGenerator, _ comment: Comment? = nil) throws -> Bool {
    let pieces = [
      "a", "b", "in", "notin", " ", "=", "==", "!=", "!", "(", ")", ",", "a=b", "b in (x,y)", ",!a", ",a", "x/y", ">",
      "<",
      "5", "-1", "é", "\u{0}", "99999999999999999999", "\\", "-",
    ]
    let text = (0..<random.below(7)).map { _ in pieces[random.below(pieces.count)] }.joined()
    if let fields = try? FieldSelector(parsing: text) {
      #expect(try FieldSelector(parsing: fields.description) == fields, comment ?? "\(text.debugDescription)")
    }
    guard let selector = try? LabelSelector(parsing: text) else { return false }
    let again = try LabelSelector(parsing: selector.description)
    for _ in 0..<8 {
      var labels: [String: String] = [:]
      for key in ["a", "b", "in", "notin", "x/y", "5"] where random.below(2) == 0 {
        labels[key] = ["", "a", "b", "x", "y", "5", "6", "-1", "-2"][random.below(9)]
      }
      #expect(again.matches(labels) == selector.matches(labels), comment ?? "\(text.debugDescription), \(labels)")
    }
    return true
  }

  @Test func validatesNames() throws {
    let key = #expect(throws: SelectorParseError.self) { try LabelSelector(parsing: "-a=b") }
    #expect(
      key?.description.hasPrefix("unable to parse requirement: <nil>: Invalid value: \"-a\": name part must") == true)
    let value = #expect(throws: SelectorParseError.self) { try LabelSelector(parsing: "a=b@c") }
    #expect(
      value?.description.hasPrefix("unable to parse requirement: values[0][a]: Invalid value: \"b@c\": a valid label")
        == true)
    let selector: LabelSelector = try
      ([
        "matchLabels": ["/x": "ok"],
        "matchExpressions": [["key": "a", "operator": "In"], ["key": "a", "operator": "Exists", "values": ["x"]]],
      ] as JSON).decode()
    let problems = selector.validate()
    #expect(problems.count == 3)
    #expect(problems[0] == "matchLabels: Invalid value: \"/x\": prefix part must be non-empty")
    #expect(problems[1].hasPrefix("matchExpressions[0].values: Required value: "))
    #expect(problems[2].hasPrefix("matchExpressions[1].values: Forbidden: "))
    #expect(throws: JSONDecodingError.self) {
      try (["matchExpressions": [["key": "a", "operator": "Has"]]] as JSON).decode(LabelSelector.self)
    }
  }
}

@Suite struct FieldSelectorTests {
  @Test func reads() throws {
    let selector = try FieldSelector(parsing: "metadata.name=web,spec.nodeName!=a,status.phase==Running,")
    #expect(selector.terms.map(\.field) == ["metadata.name", "spec.nodeName", "status.phase"])
    #expect(selector.description == "metadata.name=web,spec.nodeName!=a,status.phase=Running")
    #expect(selector.matches { ["metadata.name": "web", "status.phase": "Running"][$0] })
    #expect(!selector.matches { ["metadata.name": "web", "status.phase": "Running", "spec.nodeName": "a"][$0] })
    #expect(try FieldSelector(parsing: "").matches { _ in nil })
    #expect(try FieldSelector(parsing: "a=").matches { _ in nil })
    let escaped = try FieldSelector(parsing: #"a=x\,y\=z\\w,b=1"#)
    #expect(escaped.terms[0].value == #"x,y=z\w"#)
    #expect(try FieldSelector(parsing: escaped.description) == escaped)
  }

  @Test(arguments: [
    ("a", "invalid selector: 'a'; can't understand 'a'"), ("a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'"),
    ("a=b=c", "invalid field selector: unescaped character in value: 61"),
    (#"a=\x"#, #"invalid field selector: invalid escape sequence: \x"#),
    (#"a=b\"#, "invalid field selector: invalid escape sequence: \\"),
  ])
  func refuses(text: String, message: String) {
    let error = #expect(throws: SelectorParseError.self) { try FieldSelector(parsing: text) }
    #expect(error?.description == message)
  }
}

@Suite struct NameValidationTests {
  @Test func acceptsAndRefuses() {
    let long = String(repeating: "a", count: 64)
    for (check, good, bad) in [
      (NameValidation.dns1123Label, ["a", "0", "a-b", "9-a"], ["", "A", "a.b", "-a", "a-", "a_b", "é", long]),
      (
        NameValidation.dns1123Subdomain, ["a", "a.b-c.d", long],
        ["", ".", "a..b", ".a", "a.", "a.-b", "A.b", String(repeating: "a", count: 254)]
      ),
      (NameValidation.dns1035Label, ["a", "a-0"], ["", "0a", "-a", "a.b", long]),
      (
        NameValidation.qualifiedName, ["a", "A_b.c-1", "x.y/z"],
        ["", "/", "/a", "a/", "a/b/c", "A.b/c", "_a", long, "a b"]
      ),
      (NameValidation.labelValue, ["", "a", "A.b_c-1"], ["-", "a.", "a b", long, "a/b"]),
      (NameValidation.configMapKey, ["a", ".a", "A_b-c.d"], ["", ".", "..", "..a", "a/b", "a b"]),
      (NameValidation.pathSegment, ["a:b", "A b"], [".", "..", "a/b", "a%b"]),
    ] as [((String) -> [String], [String], [String])] {
      for name in good { #expect(check(name) == [], "\(name)") }
      for name in bad { #expect(!check(name).isEmpty, "\(name)") }
    }
  }

  /// The sentences that a real API server gave.
  @Test func speaksAsKubernetes() {
    #expect(
      NameValidation.dns1123Subdomain("Bad_Name") == [
        #"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#
      ])
    #expect(
      NameValidation.dns1123Label("Bad.Name") == [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
      ])
    #expect(
      NameValidation.qualifiedName("a b") == [
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
      ])
    #expect(
      NameValidation.labelValue("c d") == [
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
      ])
    #expect(
      NameValidation.configMapKey("bad key") == [
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
      ])
    #expect(
      NameValidation.dns1123Subdomain(String(repeating: "a", count: 254)) == ["must be no more than 253 characters"])
  }
}
