import Testing
import WGECore
import WGEGoTemplate
import WGESprigCrypto

@Suite struct PasswordTests {
  private func render(_ text: String) throws -> String {
    try Template(text, name: "t", options: TemplateOptions(functions: .sprig().merging(.sprigCrypto())))
      .render(.object([:]))
  }

  /// From Sprig's own documentation and implementation, which Go gives too.
  @Test(arguments: [
    (#"1 "long" "password" "user" "example.com""#, #"ZedaFaxcZaso9*"#),
    (#"2 "maximum" "password" "user" "example.com""#, #"O8-6Bwz1*I5XVPPq)@H!"#),
    (#"1 "medium" "password" "user" "example.com""#, #"ZedJuz8$"#),
    (#"1 "basic" "password" "user" "example.com""#, #"pIS54PLs"#),
    (#"1 "short" "password" "user" "example.com""#, #"Zed5"#),
    (#"1 "pin" "password" "user" "example.com""#, #"6685"#),
    (#"1 "none" "password" "user" "example.com""#, "cannot find password template none"),
  ])
  func derivesPasswords(_ arguments: String, _ expected: String) throws {
    #expect(try render("{{derivePassword \(arguments)}}") == expected)
  }

  @Test func hashesPasswords() throws {
    #expect(try render(#"{{htpasswd "me" "pw" "sha"}}"#) == "me:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=")
    #expect(
      try render(#"{{bcrypt (repeat 73 "x")}}"#)
        == "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes")
    let hash = try render(#"{{bcrypt "pw"}}"#)
    #expect(hash.count == 60 && hash.hasPrefix("$2a$10$"))
    #expect(try render(#"{{bcrypt "pw"}}"#) != hash)
    #expect(throws: TemplateError.self) { try render(#"{{bcrypt "a\x00b"}}"#) }
  }

  @Test func encryptsTexts() throws {
    for count in [1, 15, 16, 17, 1_000] {
      #expect(
        try render(#"{{repeat \#(count) "é" | encryptAES "key" | decryptAES "key"}}"#)
          == String(repeating: "é", count: count))
    }
    #expect(
      try render(#"{{encryptAES (repeat 40 "k") "a" | decryptAES (repeat 32 "k")}}"#) == "a")
    for text in ["AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "!"] {
      #expect(throws: TemplateError.self) { try render(#"{{decryptAES "k" "\#(text)"}}"#) }
    }
  }

  /// Each is dear, so a loop of them must end at a limit.
  @Test(arguments: [#"bcrypt "a""#, #"derivePassword 1 "pin" "p" "u" "s""#, #"genCA "a" 1"#])
  func areAccountedFor(_ call: String) throws {
    var options = TemplateOptions(functions: .sprigCrypto())
    options.limits.memory = 20 << 20
    let template = try Template("{{range 100}}{{\(call)}}{{end}}", options: options)
    let error = #expect(throws: TemplateError.self) { try template.render(.null) }
    if case .limit(.memory, _)? = error { return }
    Issue.record("\(error.map { "\($0)" } ?? "no error")")
  }
}
