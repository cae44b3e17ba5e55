internal import Foundation

/// Certificates and keys that openssl makes for one test.
public struct TestKeys: Sendable {
  /// Where they lie.
  public let directory: String

  /// An authority `ca`, a server `server` for `localhost` and 127.0.0.1, a client `client`, both
  /// signed by it, a server `expired`, and an authority `other` that signed nobody.
  ///
  /// Without openssl it says so and does not call the body.
  /// - Parameter names: what the certificates are for, as openssl's `subjectAltName` lists them.
  public static func with(
    names: String = "DNS:localhost,DNS:inside.example,IP:127.0.0.1", _ body: (TestKeys) async throws -> Void
  ) async throws {
    guard Tool.areThere("openssl") else { return }
    try await withTemporaryDirectory { directory in
      let keys = TestKeys(directory: directory)
      let new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
      for name in ["ca", "other"] {
        try await keys.openssl(
          ["req", "-x509"] + new + [
            "-keyout", "\(name).key", "-out", "\(name).pem", "-subj", "/CN=test \(name)", "-days", "2",
          ])
      }
      try Data("subjectAltName=\(names)\nbasicConstraints=CA:FALSE\n".utf8)
        .write(to: URL(fileURLWithPath: directory + "/names"))
      for name in ["server", "client", "expired"] {
        try await keys.openssl(
          ["req"] + new + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"])
        try await keys.openssl([
          "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
          "\(name).pem", "-days", name == "expired" ? "-1" : "2", "-extfile", "names",
        ])
      }
      try await body(keys)
    }
  }

  /// The path of one file.
  public func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// What one file holds.
  public func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  private func openssl(_ arguments: [String]) async throws {
    try await Tool.run("openssl", arguments, in: directory)
  }
}
