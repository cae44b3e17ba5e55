public import WGECore

/// Whom to trust, and who we are, on secure connections.
public struct TLSConfiguration: Sendable, Hashable {
  /// Whose signature makes a server's certificate good. Default: the system's authorities.
  public var trustRoots: TrustRoots
  /// The certificate shown to servers that ask for one. Default: none.
  public var clientIdentity: ClientIdentity?
  /// False accepts any certificate for any name, so anyone in between can read and change what is
  /// sent: for experiments only. Default true.
  public var verifiesServer: Bool
  /// The oldest protocol spoken. Default TLS 1.2.
  public var minimumVersion: Version
  /// The name asked for by SNI and looked for in the certificate, when it is not the URL's host
  /// (`tls-server-name` of kubeconfigs). The Host header still names the URL's host.
  public var serverName: String?

  /// A configuration; without arguments, what a browser would do.
  public init(
    trustRoots: TrustRoots = .system, clientIdentity: ClientIdentity? = nil, verifiesServer: Bool = true,
    minimumVersion: Version = .v1_2, serverName: String? = nil
  ) {
    self.trustRoots = trustRoots
    self.clientIdentity = clientIdentity
    self.verifiesServer = verifiesServer
    self.minimumVersion = minimumVersion
    self.serverName = serverName
  }

  /// Whose signatures are trusted.
  public enum TrustRoots: Sendable, Hashable {
    /// The authorities that libcurl was built to trust: on Debian, the package ca-certificates.
    case system
    /// These PEM certificates and no other.
    case pem([UInt8])
  }

  /// A client certificate with its key.
  public struct ClientIdentity: Sendable, Hashable {
    /// The certificate, then its intermediates, PEM.
    public var certificateChain: [UInt8]
    /// The unencrypted key, PEM.
    public var privateKey: Secret<[UInt8]>

    /// An identity of PEM texts.
    public init(certificateChain: [UInt8], privateKey: Secret<[UInt8]>) {
      self.certificateChain = certificateChain
      self.privateKey = privateKey
    }
  }

  /// A version of the TLS protocol.
  public enum Version: Sendable, Hashable {
    case v1_2
    case v1_3
  }
}

extension TLSConfiguration {
  /// Refuses at once what OpenSSL would refuse at the first connection, or worse, quietly ignore.
  func validate() throws(HTTPError) {
    if case .pem(let bytes) = trustRoots, !bytes.contains(text: "-----BEGIN") {
      throw HTTPError.tls(target: "TLS configuration", .trustRootsInvalid(detail: "no PEM block found"))
    }
    if let identity = clientIdentity {
      guard identity.certificateChain.contains(text: "-----BEGIN CERTIFICATE") else {
        throw HTTPError.tls(
          target: "TLS configuration", .clientIdentityInvalid(detail: "no PEM certificate in the certificate chain"))
      }
      guard identity.privateKey.reveal().contains(text: "PRIVATE KEY-----") else {
        throw HTTPError.tls(target: "TLS configuration", .clientIdentityInvalid(detail: "no PEM private key"))
      }
    }
    if let name = serverName {
      let allowed = name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: ":"):
          true
        default: false
        }
      }
      guard allowed, !name.isEmpty, name.utf8.count <= 253 else {
        throw .invalidRequest("the TLS server name must be a DNS name or an IP address")
      }
    }
  }
}

extension [UInt8] {
  fileprivate func contains(text: StaticString) -> Bool {
    text.withUTF8Buffer { needle in
      guard count >= needle.count else { return false }
      return withUnsafeBufferPointer { bytes in
        (0...(bytes.count - needle.count)).contains { start in
          bytes[start] == needle[0] && bytes[start..<(start + needle.count)].elementsEqual(needle)
        }
      }
    }
  }
}
