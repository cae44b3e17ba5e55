import Testing
import WGECore

@Suite struct SecretTests {
  @Test func neverShows() {
    struct Credentials { var token: Secret<String> }
    let secret = Secret("hunter2")
    var dumped = ""
    dump(Credentials(token: secret), to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), "\(Credentials(token: secret))", "\([secret])", dumped] {
      #expect(!text.contains("hunter2"))
    }
    #expect(secret.reveal() == "hunter2")
    #expect(secret.map(\.count).reveal() == 7)
    #expect(secret == Secret("hunter2"))
  }
}
