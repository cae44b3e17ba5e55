internal import Crypto
internal import FoundationEssentials
public import WGECore

/// What signs commits.
public protocol CommitSigner: Sendable {
  /// An armored signature of a commit's text, for its `gpgsig` header.
  /// - Throws: ``GitHostError``.
  func armoredSignature(of commit: [UInt8]) throws(GitHostError) -> String
}

/// Signs commits by an Ed25519 key in ssh's way, as `git commit -S` does under `gpg.format=ssh`.
///
/// The form is OpenSSH's PROTOCOL.sshsig: namespace `git`, SHA-512.
public struct SSHCommitSigner: CommitSigner {
  private let key: Secret<[UInt8]>
  private let publicKey: [UInt8]

  /// - Parameter privateKey: an unencrypted Ed25519 key in OpenSSH form, as `ssh-keygen -t ed25519` writes it.
  /// - Throws: `validation` for what is none, `unsupported` for a key with a passphrase or of another kind.
  public init(privateKey: Secret<String>) throws(GitHostError) {
    let seed = try Self.seed(inOpenSSHKey: privateKey.reveal())
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { throw Self.noKey }
    self.key = Secret(seed)
    publicKey = SSHBytes.string("ssh-ed25519") + SSHBytes.string([UInt8](key.publicKey.rawRepresentation))
  }

  /// The public half as it stands in an `allowed_signers` file or a host's settings: `ssh-ed25519 AAAA…`.
  public var publicKeyText: String { "ssh-ed25519 " + Data(publicKey).base64EncodedString() }

  /// See ``CommitSigner/armoredSignature(of:)``.
  public func armoredSignature(of commit: [UInt8]) throws(GitHostError) -> String {
    let magic = Array("SSHSIG".utf8)
    let context = SSHBytes.string("git") + SSHBytes.string("") + SSHBytes.string("sha512")
    let message = magic + context + SSHBytes.string([UInt8](SHA512.hash(data: commit)))
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: key.reveal()),
      let signature = try? key.signature(for: message)
    else { throw Self.noKey }
    let blob =
      magic + SSHBytes.number(1) + SSHBytes.string(publicKey) + context
      + SSHBytes.string(SSHBytes.string("ssh-ed25519") + SSHBytes.string([UInt8](signature)))
    let text = Array(Data(blob).base64EncodedString().utf8)
    var lines = ["-----BEGIN SSH SIGNATURE-----"]
    for start in stride(from: 0, to: text.count, by: 70) {
      lines.append(String(decoding: text[start..<min(start + 70, text.count)], as: UTF8.self))
    }
    return (lines + ["-----END SSH SIGNATURE-----"]).joined(separator: "\n")
  }

  private static let noKey = GitHostError.validation(
    field: "privateKey", "the signing key is no Ed25519 key in OpenSSH form",
    remedy: "make one with ssh-keygen -t ed25519")

  /// The 32 bytes that an Ed25519 key is made of (OpenSSH's PROTOCOL.key).
  private static func seed(inOpenSSHKey text: String) throws(GitHostError) -> [UInt8] {
    guard let begin = text.firstRange(of: "-----BEGIN OPENSSH PRIVATE KEY-----"),
      let end = text.firstRange(of: "-----END OPENSSH PRIVATE KEY-----"), begin.upperBound <= end.lowerBound,
      let data = Data(base64Encoded: String(text[begin.upperBound..<end.lowerBound].filter { !$0.isWhitespace }))
    else { throw noKey }
    let magic = Array("openssh-key-v1\0".utf8)
    guard data.starts(with: magic) else { throw noKey }
    var outer = SSHBytes([UInt8](data.dropFirst(magic.count)))
    guard let cipher = outer.string(), outer.string() != nil, outer.string() != nil, outer.number() == 1,
      outer.string() != nil, let secret = outer.string()
    else { throw noKey }
    guard cipher.elementsEqual("none".utf8) else {
      throw GitHostError(
        .unsupported, "the signing key has a passphrase", remedy: "give a key without one", field: "privateKey")
    }
    var inner = SSHBytes(secret)
    guard let check = inner.number(), check == inner.number(), let kind = inner.string() else { throw noKey }
    guard kind.elementsEqual("ssh-ed25519".utf8) else {
      throw GitHostError(
        .unsupported, "the signing key is of a kind other than Ed25519", remedy: "make one with ssh-keygen -t ed25519",
        field: "privateKey")
    }
    guard let half = inner.string(), half.count == 32, let both = inner.string(), both.count == 64,
      both.suffix(32).elementsEqual(half)
    else { throw noKey }
    return Array(both.prefix(32))
  }
}
