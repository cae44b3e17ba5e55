#if Server
  import Crypto
  public import FoundationEssentials
  import SwiftASN1
  import X509

  /// A private certificate authority and the serving certificate that it signed, kept as PEM files in
  /// one folder so that kubeconfigs stay valid across restarts.
  ///
  /// Files: `ca.crt`, `ca.key`, `tls.crt`, `tls.key`; keys are readable by their owner only. What is
  /// missing, unreadable or within thirty days of its end is issued anew; a new authority also issues a
  /// new serving certificate.
  public struct ServingCertificates: Sendable {
    /// The authority's certificate: what a client must trust.
    public let authorityPEM: String
    /// The serving certificate, followed by the authority's.
    public let chainPEM: String
    /// The serving certificate's private key.
    let privateKeyPEM: String
    /// The authority's private key, with which client certificates are signed.
    let authorityKeyPEM: String

    /// Lifetime of what is issued: ten years for the authority, one for serving.
    static let authorityLifetime: TimeInterval = 10 * 365 * 86_400
    static let servingLifetime: TimeInterval = 365 * 86_400
    static let renewBefore: TimeInterval = 30 * 86_400

    /// Loads the certificates of a folder, issuing what is missing.
    /// - Parameters:
    ///   - directory: created with mode 0700 when absent.
    ///   - now: the current time.
    /// - Throws: ``LocalClusterServerError/certificates(_:)`` when the folder cannot be written.
    public static func load(from directory: URL, now: Date = Date()) throws -> ServingCertificates {
      do {
        try FileManager.default.createDirectory(
          at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if let stored = try? read(directory, now: now) { return stored }
        let issued = try issue(now: now)
        try write(issued.authority.pem, to: directory.appendingPathComponent("ca.crt"), mode: 0o644)
        try write(issued.authority.keyPEM, to: directory.appendingPathComponent("ca.key"), mode: 0o600)
        try write(issued.serving.pem, to: directory.appendingPathComponent("tls.crt"), mode: 0o644)
        try write(issued.serving.keyPEM, to: directory.appendingPathComponent("tls.key"), mode: 0o600)
        return ServingCertificates(
          authorityPEM: issued.authority.pem, chainPEM: issued.serving.pem + "\n" + issued.authority.pem,
          privateKeyPEM: issued.serving.keyPEM, authorityKeyPEM: issued.authority.keyPEM)
      } catch {
        throw LocalClusterServerError.certificates("\(directory.path): \(error)")
      }
    }

    /// Certificates that live in memory only.
    public static func ephemeral(now: Date = Date()) throws -> ServingCertificates {
      do {
        let issued = try issue(now: now)
        return ServingCertificates(
          authorityPEM: issued.authority.pem, chainPEM: issued.serving.pem + "\n" + issued.authority.pem,
          privateKeyPEM: issued.serving.keyPEM, authorityKeyPEM: issued.authority.keyPEM)
      } catch {
        throw LocalClusterServerError.certificates("\(error)")
      }
    }

    /// A client certificate for a user, signed by the authority: PEM of the certificate and of its key.
    /// - Parameters:
    ///   - user: the common name.
    ///   - groups: the organizations.
    ///   - lifetime: in seconds. Default one day.
    /// - Throws: ``LocalClusterServerError/certificates(_:)``.
    public func issueClient(
      user: String, groups: [String] = [], lifetime: TimeInterval = 86_400, now: Date = Date()
    ) throws -> (certificatePEM: String, keyPEM: String) {
      do {
        let authority = try Certificate(pemEncoded: authorityPEM)
        let authorityKey = try Certificate.PrivateKey(pemEncoded: authorityKeyPEM)
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let names =
          try groups.map {
            RelativeDistinguishedName([try .init(type: .RDNAttributeType.organizationName, utf8String: $0)])
          }
          + [RelativeDistinguishedName([try .init(type: .RDNAttributeType.commonName, utf8String: user)])]
        let certificate = try Certificate(
          version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
          notValidBefore: now.addingTimeInterval(-300), notValidAfter: now.addingTimeInterval(lifetime),
          issuer: authority.subject, subject: DistinguishedName(names),
          extensions: Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.clientAuth])
            AuthorityKeyIdentifier(
              keyIdentifier: SubjectKeyIdentifier(hash: authorityKey.publicKey).keyIdentifier)
          },
          issuerPrivateKey: authorityKey)
        return (try certificate.serializeAsPEM().pemString, try key.serializeAsPEM().pemString)
      } catch {
        throw LocalClusterServerError.certificates("\(error)")
      }
    }

    // MARK: Files

    private static func read(_ directory: URL, now: Date) throws -> ServingCertificates? {
      func text(_ name: String) throws -> String {
        try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
      }
      let authority = try Certificate(pemEncoded: text("ca.crt"))
      let serving = try Certificate(pemEncoded: text("tls.crt"))
      let key = try Certificate.PrivateKey(pemEncoded: text("tls.key"))
      let soonest = min(authority.notValidAfter, serving.notValidAfter)
      guard soonest > now.addingTimeInterval(renewBefore), serving.publicKey == key.publicKey,
        authority.publicKey.isValidSignature(serving.signature, for: serving)
      else { return nil }
      return ServingCertificates(
        authorityPEM: try text("ca.crt"), chainPEM: try text("tls.crt") + "\n" + text("ca.crt"),
        privateKeyPEM: try text("tls.key"), authorityKeyPEM: try text("ca.key"))
    }

    private static func write(_ text: String, to file: URL, mode: Int) throws {
      // The mode is set before the content arrives under its final name, so a key is never readable.
      let draft = file.appendingPathExtension("new")
      try? FileManager.default.removeItem(at: draft)
      guard
        FileManager.default.createFile(
          atPath: draft.path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
      else { throw CocoaError(.fileWriteUnknown) }
      _ = try? FileManager.default.removeItem(at: file)
      try FileManager.default.moveItem(at: draft, to: file)
    }

    // MARK: Issuing

    private struct Issued {
      let pem: String
      let keyPEM: String
    }

    private static func issue(now: Date) throws -> (authority: Issued, serving: Issued) {
      let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
      let authorityName = try DistinguishedName { CommonName("WGE local cluster authority") }
      let authority = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: authorityKey.publicKey,
        notValidBefore: now.addingTimeInterval(-300), notValidAfter: now.addingTimeInterval(authorityLifetime),
        issuer: authorityName, subject: authorityName,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
          Critical(KeyUsage(keyCertSign: true, cRLSign: true))
          SubjectKeyIdentifier(hash: authorityKey.publicKey)
        },
        issuerPrivateKey: authorityKey)

      let servingKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
      let serving = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: servingKey.publicKey,
        notValidBefore: now.addingTimeInterval(-300), notValidAfter: now.addingTimeInterval(servingLifetime),
        issuer: authorityName, subject: try DistinguishedName { CommonName("kube-apiserver") },
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: true))
          try ExtendedKeyUsage([.serverAuth])
          AuthorityKeyIdentifier(
            keyIdentifier: SubjectKeyIdentifier(hash: authorityKey.publicKey).keyIdentifier)
          SubjectAlternativeNames([
            .dnsName("localhost"), .dnsName("kubernetes"), .dnsName("kubernetes.default.svc"),
            .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
            .ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
          ])
        },
        issuerPrivateKey: authorityKey)
      return (
        Issued(
          pem: try authority.serializeAsPEM().pemString, keyPEM: try authorityKey.serializeAsPEM().pemString),
        Issued(pem: try serving.serializeAsPEM().pemString, keyPEM: try servingKey.serializeAsPEM().pemString)
      )
    }
  }
#endif
