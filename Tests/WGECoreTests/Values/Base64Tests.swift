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

  /// Offsets as Go's `base64.StdEncoding.DecodeString` reports them.
  @Test(arguments: [
    ("Zg", 0), ("Zm9vZg", 4), ("Zm9v=", 4), ("Z===", 1), ("Zg=", 3), ("Zg=x", 2), ("Zg==Zg==", 4), ("Zm 9", 2),
    ("Zm8=Z", 4), ("Zm9\n", 1),
  ])
  func saysWhereATextStopsToBeBase64(_ text: String, _ offset: Int) {
    do {
      let bytes = try Base64.bytes(of: Array(text.utf8))
      Issue.record("decoded as \(bytes)")
    } catch { #expect(error.offset == offset) }
  }

  @Test func hasVariantsForTokens() {
    let bytes: [UInt8] = [0xFB, 0xEF, 0xFF, 0xFE]
    #expect(Base64.encode(bytes) == "++///g==")
    #expect(Base64.encode(bytes, as: .url) == "--___g" && Base64.encode(bytes, as: .paddedURL) == "--___g==")
    #expect(Base64.decode("--___g", as: .url) == bytes && Base64.decode("--___g==", as: .paddedURL) == bytes)
    #expect(Base64.decode("--___g==", as: .url) == nil && Base64.decode("--___g", as: .paddedURL) == nil)
    #expect(Base64.decode("++///g", as: .url) == nil && Base64.decode("_", as: .url) == nil)
    // Bits past the last byte, and line breaks, make other texts of the same bytes.
    #expect(Base64.decode("--___h", as: .url) == bytes && Base64.decodeCanonical("--___h", as: .url) == nil)
    #expect(Base64.decodeCanonical("--__\n_g", as: .url) == nil)
    #expect(Base64.decodeCanonical("--___g", as: .url) == bytes)
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
