import Testing

@testable import WGECommandLine

@Suite struct TerminalTests {
  @Test("Columns are as wide as their widest cell, and nothing follows the last one")
  func columns() {
    let lines = Terminal(color: false, width: nil).lines([["NAME", "STATE"], ["a-long-name", "Ready"], ["b", ""]])
    #expect(lines == ["NAME          STATE", "a-long-name   Ready", "b             "])
  }

  @Test("On a screen the last column is cut at its edge; piped output is whole")
  func width() {
    let rows = [["NAME", "MESSAGE"], ["a", "one two three four"]]
    #expect(Terminal(color: false, width: 16).lines(rows)[1] == "a      one two …")
    #expect(Terminal(color: false, width: nil).lines(rows)[1] == "a      one two three four")
    // A screen narrower than the first column must not trap.
    #expect(Terminal(color: false, width: 2).lines(rows)[1] == "a      …")
  }

  @Test("States are coloured, and only where colour is wanted")
  func colour() {
    #expect(Terminal(color: false, width: nil).paint("Failed") == "Failed")
    #expect(Terminal(color: false, width: nil).heading("X") == "X")
  }

  @Test("What comes from a cluster cannot steer the terminal")
  func controlCharacters() {
    let lines = Terminal(color: false, width: nil).lines([["A"], ["x\u{1B}[2Jy\nz"]])
    #expect(lines[1] == "x [2Jy z")
  }

  @Test(
    "Path segments are encoded byte by byte",
    arguments: [("a/b", "a%2Fb"), ("ü?", "%C3%BC%3F"), ("a-b_c.d~e", "a-b_c.d~e")])
  func encoding(text: String, expected: String) {
    #expect(APIClient.encode(text) == expected)
  }
}
