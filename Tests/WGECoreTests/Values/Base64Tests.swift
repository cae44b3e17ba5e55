import Testing
import WGECore

@Suite struct Base64Tests {
  @Test func encodesAndDecodes() {
    for (plain, text) in [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ] {
      #expect(Base64.encode(Array(plain.utf8)) == text)
      #expect(Base64.decode(text) == Array(plain.utf8))
    }
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
  }

  @Test(arguments: ["Zg", "Zg=", "Z===", "Zg==Zg==", "=Zg=", "Zm 9v", "Zm9v=", "Zm9_", "====", "Z"])
  func refusesWhatIsNotBase64(_ text: String) { #expect(Base64.decode(text) == nil) }

  @Test func skipsLineBreaksAlone() {
    #expect(Base64.decode("Zm9v\r\nYmFy\n") == Array("foobar".utf8))
    #expect(Base64.decode("Zm9v\tYmFy") == nil)
  }

  @Test func readsSecrets() {
    let secret = DynamicObject(
      ["kind": "Secret", "data": ["a": "Zm9v", "b": "", "c": "%", "d": "/w==", "e": 5]] as JSONObject)
    #expect(secret.secretText("a")?.reveal() == "foo")
    #expect(secret.secretDatum("b") == .absent && secret.secretDatum("missing") == .absent)
    #expect(secret.secretDatum("c") == .malformed)
    #expect(secret.secretText("d") == nil && secret.secretData("d")?.reveal() == [0xFF])
    #expect(secret.secretDatum("e") == .absent)
  }
}
