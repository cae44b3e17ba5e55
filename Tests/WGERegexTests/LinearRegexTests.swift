import Testing

@testable import WGERegex

/// What Go's regexp package answers, recorded.
@Suite struct LinearRegexTests {
  private func offsets(_ pattern: String, _ text: String) throws -> [Int]? {
    try LinearRegex(pattern).firstMatch(in: text)?.offsets
  }

  @Test(arguments: [
    ("a|ab", "ab", [0, 1]), ("ab|a", "ab", [0, 2]), ("a.*?c", "abcabc", [0, 3]), ("(a*)*", "b", [0, 0, 0, 0]),
    ("(a*)+", "b", [0, 0, 0, 0]), ("(a|b)*", "abx", [0, 2, 1, 2]), ("(?:(a)|b)*", "ab", [0, 2, 0, 1]),
    ("x*", "", [0, 0]), (#"\bfoo\b"#, "a foo b", [2, 5]), ("(?i)k", "\u{212A}", [0, 3]), ("[^a]", "é", [0, 2]),
    ("(?m)^b$", "a\nb\nc", [2, 3]), ("a{2,3}", "aaaa", [0, 3]), ("a{2,3}?", "aaaa", [0, 2]),
    ("a{,2}", "a{,2}", [0, 5]),
    (#"\Qa.b\E+"#, "xa.bb", [1, 5]), (#"\x{e9}\x41\101"#, "éAA", [0, 4]), (#"\pL+"#, "1é2", [1, 3]),
    (#"[[:^alpha:]]+"#, "ab12c", [2, 4]), ("(a+)(b+)", "aabbb", [0, 5, 0, 2, 2, 5]), ("(?U)a+", "aaa", [0, 1]),
    ("(?U)a+?", "aaa", [0, 3]), ("(?s).", "\n", [0, 1]), (#"\p{Greek}"#, "aβ", [1, 3]), (#"\P{^Lu}"#, "aB", [1, 2]),
    ("()|a", "a", [0, 0, 0, 0]), ("(?:a|())b", "b", [0, 1, 0, 0]), (#"\z"#, "ab", [2, 2]), ("$", "a\n", [2, 2]),
  ])
  func firstMatch(_ pattern: String, _ text: String, _ expected: [Int]) throws {
    #expect(try offsets(pattern, text) == expected)
    #expect(try LinearRegex(pattern).isMatch(text))
    // The other matcher must agree.
    let regex = try LinearRegex(pattern)
    var machine = PikeMachine(regex.program)
    var copy = text
    let found = copy.withUTF8 { machine.match(RegexInput(bytes: $0), from: 0, isAnchoredHere: false) }
    #expect(found)
    #expect(machine.slots == expected)
  }

  @Test(arguments: [
    ("[", "missing closing ]: `[`"), ("a(?=b)", "invalid or unsupported Perl syntax: `(?=`"),
    (#"(a)\1"#, #"invalid escape sequence: `\1`"#), ("a{1001}", "invalid repeat count: `{1001}`"),
    ("a**", "invalid nested repetition operator: `**`"), ("*a", "missing argument to repetition operator: `*`"),
    ("(a", "missing closing ): `(a`"), ("a)", "unexpected ): `a)`"),
    ("a\\", "trailing backslash at end of expression: ``"),
    ("[b-a]", "invalid character class range: `b-a`"), ("(?P<n", "invalid named capture: `(?P<n`"),
    (#"\pX"#, #"invalid character class range: `\pX`"#), ("(?P<a-b>x)", "invalid named capture: `(?P<a-b>`"),
    ("(a{100}){100}", "invalid repeat count: `{100}`"), ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
    ("a{2,1}", "invalid repeat count: `{2,1}`"), (#"\8"#, #"invalid escape sequence: `\8`"#),
    ("x(?i", "invalid or unsupported Perl syntax: `(?i`"),
  ])
  func refuses(_ pattern: String, _ message: String) {
    let error = #expect(throws: LinearRegexError.self) { try LinearRegex(pattern) }
    #expect(error?.description == "error parsing regexp: " + message)
  }

  @Test func replaces() throws {
    #expect(try LinearRegex("a(x*)b").replacingMatches(in: "-ab-axxb-", with: "${1}W") == "-W-xxW-")
    #expect(try LinearRegex("a(x*)b").replacingMatches(in: "-ab-axxb-", with: "$1W") == "---")
    #expect(try LinearRegex("x*").replacingMatches(in: "abc", with: "-") == "-a-b-c-")
    #expect(try LinearRegex("(?P<n>x+)").replacingMatches(in: "axxb", with: "<${n}$$>") == "a<xx$>b")
    #expect(try LinearRegex("a*").replacingMatches(in: "baaac", with: "x") == "xbxcx")
  }

  @Test func hostilePatternsTakeLinearTime() throws {
    let text = String(repeating: "a", count: 50_000)
    for pattern in ["(a*)*b", "(a|a)*b", "(.*)(.*)(.*)(.*)(.*)[^a]", "(?:a?){20}a{20}b", "(x+x+)+y"] {
      #expect(try LinearRegex(pattern).firstMatch(in: text) == nil)
      #expect(try !LinearRegex(pattern).isMatch(text))
    }
  }

  @Test func deepPatternsAreRefused() {
    let deep = String(repeating: "(", count: 100_000) + String(repeating: ")", count: 100_000)
    #expect(throws: LinearRegexError.self) { try LinearRegex(deep) }
  }

  @Test func sizeTellsTheCostOfACharacter() throws {
    #expect(try LinearRegex("a").size < 10)
    #expect(try LinearRegex("[ab]{500}").size > 500)
    #expect(try LinearRegex(String(repeating: "(a)", count: 50)).size > 500)
  }

  @Test func threadsWithTooManyGroupsAreRefused() throws {
    #expect(throws: LinearRegexError.self) { try LinearRegex(String(repeating: "()", count: 1_000)) }
    #expect(try LinearRegex(String(repeating: "(a)", count: 200)).groupCount == 200)
  }

  @Test func hugeClassesAreRefused() throws {
    let many = String(repeating: #"\pL"#, count: 20_000)
    #expect(throws: LinearRegexError.self) { try LinearRegex("(?i)[" + many + "]") }
    // One after another they are one class that is shared.
    #expect(try LinearRegex("(?i)" + many).size > 20_000)
    #expect(try LinearRegex(#"(?i)[\pL\d]+"#).firstMatch(in: "-aB3é")?.offsets == [1, 6])
    // Folding and negation make different classes of one name.
    #expect(try LinearRegex(#"^\p{Lu}(?i)\p{Lu}\P{Lu}$"#).isMatch("Aa1"))
    #expect(try !LinearRegex(#"^\p{Lu}(?i)\p{Lu}\P{Lu}$"#).isMatch("aa1"))
    #expect(throws: LinearRegexError.self) { try LinearRegex(String(repeating: "a", count: 300_000)) }
  }

  @Test func matchesOneByOne() throws {
    let regex = try LinearRegex("a(b)?")
    let text = Array("abaxab".utf8)
    var offsets: [[Int]] = []
    text.withUnsafeBufferPointer { buffer in
      regex.forEachMatch(in: buffer, limit: 2) { match, work in
        offsets.append(match.offsets)
        #expect(work > 0)
      }
      regex.forEachMatch(in: buffer, keepsGroups: false) { match, _ in offsets.append(match.offsets) }
      #expect(regex.matches(in: buffer).count == 3)
      #expect(regex.split(buffer, limit: 2) == [0..<0, 2..<6])
    }
    #expect(offsets == [[0, 2, 1, 2], [2, 3, -1, -1], [0, 2], [2, 3], [4, 6]])
  }
}
