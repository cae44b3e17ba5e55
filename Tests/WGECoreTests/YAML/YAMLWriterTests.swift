import Testing
import WGECore
import WGETestSupport

@Suite struct YAMLWriterTests {
  @Test(
    arguments: [
      (
        ["b": 1, "a": ["x": [1, ["y": "z", "w": [.array([]), [:]]]]]],
        "a:\n  x:\n  - 1\n  - w:\n    - []\n    - {}\n    \"y\": z\nb: 1\n"
      ),
      ([[1, [2]], .array([])], "- - 1\n  - - 2\n- []\n"),
      (
        ["s": "a\nb\n", "t": "a\nb", "u": "a\n\n", "v": " a\nb"],
        "s: |\n  a\n  b\nt: |-\n  a\n  b\nu: |+\n  a\n\nv: |2-\n   a\n  b\n"
      ),
      (["l": ["a\nb", ["k": "c\nd"]]], "l:\n- |-\n  a\n  b\n- k: |-\n    c\n    d\n"),
      (["a10": 1, "a9": 2, "B": 3, "a-b": 4, "10": 5, "9": 6], "\"9\": 6\n\"10\": 5\nB: 3\na-b: 4\na9: 2\na10: 1\n"),
      (
        ["0755": "0755", "yes": "yes", "e": "1e3", "n": "null", "": ""],
        "\"\": \"\"\n\"0755\": \"0755\"\ne: \"1e3\"\n\"n\": \"null\"\n\"yes\": \"yes\"\n"
      ),
      (["<<": "<<", "k\nl": "v"], "\"<<\": <<\n? |-\n  k\n  l\n: v\n"),
      ("plain", "plain\n"), (.null, "null\n"), ([:], "{}\n"), (.array([]), "[]\n"), ("a\nb", "|-\n  a\n  b\n"),
      (
        ["t": "tab\there", "e": "😀", "c": "a: b", "h": "a #b", "q": "'x'", "d": "-", "s": " x"],
        "c: 'a: b'\nd: '-'\ne: \"\\U0001F600\"\nh: 'a #b'\nq: '''x'''\ns: ' x'\nt: \"tab\\there\"\n"
      ),
    ] as [(JSON, String)])
  func writes(json: JSON, expected: String) throws {
    #expect(YAML.serialize(json) == expected)
    #expect(try YAML.parseSingle(expected) == json)
  }

  @Test func keepsStringsStrings() throws {
    for text in [
      "yes", "No", "on", "OFF", "y", "n", "true", "~", "null", "", "0755", "08", "0o17", "0x1f", "1e3", "1.0", ".5",
      "-.inf", ".NaN", "1_000",
      "12:30:45", "1:30", "190:20:30.15", "2024-01-01", "2024-1-1T1:2:3Z", "2024-01-01 10:00:00", "- a", "a:", "#",
      "a #b", "@x",
      "`", "%", "!x", "&x", "*x", "|", ">", "{}", "[]", "---", "--- a", "...", "...x", "?", "? x", ": x", " a", "a ",
      "a\n", "\n", "\n\n", " \n", "\n ",
      "a\n b", "a \nb", "a\tb", "\t", "a\r\nb", "\u{85}", "a\u{2028}b", "\u{2029}x", "\u{FEFF}", "a\u{FEFF}b", "\u{0}",
      "\u{7F}", "\u{A0}", "é😀", "<<", "=",
      "'", "\"", "a'b", "it's: x", "\\", "\\n", "x: |", String(repeating: "word ", count: 40),
      String(repeating: "it's: ", count: 40),
      String(repeating: "tab\t ", count: 40), String(repeating: "a  b ", count: 40), String(repeating: "x", count: 300),
      String(repeating: "- ", count: 60), String(repeating: "# ", count: 60),
    ] {
      let value = JSON.string(text)
      for json in [value, ["k": value], [value, [value]], ["l": [["m": value, "n": value]], "z": value]] as [JSON] {
        #expect(try YAML.parseSingle(YAML.serialize(json)) == json, "\(YAML.serialize(json))")
      }
      let key: JSON = .object([text: ["x": .object([text: [1]])]])
      #expect(try YAML.parseSingle(YAML.serialize(key)) == key, "\(YAML.serialize(key))")
    }
  }

  @Test func randomValuesReadBack() throws {
    var random = SeededGenerator(seed: 6)
    for _ in 0..<3000 { try Self.checkReadBack(&random) }
  }

  static func checkReadBack(_ random: inout SeededGenerator, _ comment: Comment? = nil) throws {
    let json = random.json(depth: 4)
    let text = YAML.serialize(json)
    #expect(try YAML.parseSingle(text).isNumericallyEqual(to: json), comment ?? "\(text)")
    // What was read is written the same way.
    let again = try YAML.serialize(YAML.parseSingle(text))
    #expect(try YAML.parseSingle(again) == YAML.parseSingle(text), comment)
  }

  @Test func severalDocuments() throws {
    let documents: [JSON] = [["a": 1], [1, 2], .null]
    #expect(YAML.serialize(documents) == "a: 1\n---\n- 1\n- 2\n---\nnull\n")
    #expect(try YAML.parse(YAML.serialize(documents)) == documents)
  }

  @Test func numbers() throws {
    for (text, expected) in [
      ("1.0", "1"), ("1e3", "1000"), ("1e21", "1e+21"), ("0.1", "0.1"), ("1E-7", "1e-07"),
      ("100000000000000000000", "1e+20"),
      ("-0.0", "-0"), ("12345678.5", "1.23456785e+07"), ("18446744073709551615", "18446744073709551615"),
      ("0.0001", "0.0001"),
      ("12345678901", "12345678901"), ("1e-300", "1e-300"),
    ] {
      #expect(try YAML.serialize(JSON(parsing: text)) == expected + "\n")
    }
  }
}

/// The vectors that pin both directions; byte-exact where that is cheap.
@Suite struct YAMLVectorTests {
  @Test func vectors() throws {
    let path = "gotemplate/yaml-json.json"
    guard let file = Vectors.file(path) else {
      print(Vectors.skipMessage(path))
      return
    }
    let report = SuiteReport("yaml-json")
    for test in try JSON(parsing: file.read()).arrayValue ?? [] {
      let input = test["input"]?.stringValue ?? ""
      let output = test["output"]?.stringValue
      report.run(test["name"]?.stringValue ?? "?") {
        if test["direction"] == "json-to-yaml" {
          let text = try YAML.serialize(JSON(parsing: input))
          return text == output ? nil : "wrote \(text.debugDescription), not \((output ?? "").debugDescription)"
        }
        do {
          let value = try YAML.parseFirst(input, options: .init(duplicateKeys: .lastWins))
          guard let output else { return "read \(value), expected an error" }
          let expected = try JSON(parsing: output)
          return value == expected ? nil : "read \(value), not \(expected)"
        } catch {
          return output == nil ? nil : "\(error)"
        }
      }
    }
    report.finish()
    #expect(report.failures == [])
    #expect(report.passed == 187)
  }
}
