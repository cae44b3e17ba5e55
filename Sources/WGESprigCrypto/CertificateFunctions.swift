internal import Crypto
internal import SwiftASN1
internal import WGECore
internal import WGEGoTemplate
internal import X509

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What the certificate functions give: an object with the fields `Cert` and `Key`, both PEM.
final class IssuedCertificate: TemplateObject, Sendable {
  let certificate: String
  let key: String

  init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }

  var goTypeName: String { "sprig.certificate" }
  var goString: String { "{\(certificate) \(key)}" }

  func field(named name: String) -> GoValue? {
    switch name {
    case "Cert": .string(certificate)
    case "Key": .string(key)
    default: nil
    }
  }
}

/// `genPrivateKey`, `genCA`, `genSelfSignedCert`, `genSignedCert`, their twins with a key, and `buildCustomCert`.
enum CertificateFunctions {
  /// What a new RSA key counts for in the account of a render: finding its primes takes so much time.
  private static let price = 16 << 20
  private static let authority = TemplateFunction.Parameter.object("sprig.certificate")

  static let all: [TemplateFunction] = [
    TemplateFunction("genPrivateKey", .string) { context, arguments in
      .string(try privateKey(context, type: arguments[0].stringValue ?? ""))
    },
    TemplateFunction("buildCustomCert", .string, .string) { try custom($0, $1) },
    TemplateFunction("genCA", .string, .int) { context, arguments in
      try issue(context, try Request(arguments, days: 1, isAuthority: true), key: try newKey(context))
    },
    TemplateFunction("genCAWithKey", .string, .int, .string) { context, arguments in
      let request = try Request(arguments, days: 1, isAuthority: true)
      return try issue(context, request, key: try givenKey(context, arguments[2]))
    },
    TemplateFunction("genSelfSignedCert", .string, .list, .list, .int) { context, arguments in
      try issue(context, try Request(arguments, ips: 1, names: 2, days: 3), key: try newKey(context))
    },
    TemplateFunction("genSelfSignedCertWithKey", .string, .list, .list, .int, .string) { context, arguments in
      let request = try Request(arguments, ips: 1, names: 2, days: 3)
      return try issue(context, request, key: try givenKey(context, arguments[4]))
    },
    TemplateFunction("genSignedCert", .string, .list, .list, .int, authority) { context, arguments in
      let request = try Request(arguments, ips: 1, names: 2, days: 3)
      return try issue(context, request, key: try newKey(context), by: arguments[4])
    },
    TemplateFunction("genSignedCertWithKey", .string, .list, .list, .int, authority, .string) { context, arguments in
      let request = try Request(arguments, ips: 1, names: 2, days: 3)
      return try issue(context, request, key: try givenKey(context, arguments[5]), by: arguments[4])
    },
  ]

  // MARK: Keys

  private static func newKey(_ context: RenderContext) throws -> PrivateKeyText {
    try context.charge(price)
    return try .rsa(bits: 2_048)
  }

  private static func givenKey(_ context: RenderContext, _ pem: GoValue) throws -> PrivateKeyText {
    let text = pem.stringValue ?? ""
    try context.charge(text.utf8.count * 4 + 1 << 20)
    do { return try PrivateKeyText(pem: text) } catch { throw TemplateFunctionError("parsing private key: \(error)") }
  }

  private static func privateKey(_ context: RenderContext, type: String) throws -> String {
    switch type {
    case "", "rsa":
      try context.charge(price * 4)
      return try PrivateKeyText.rsa(bits: 4_096).pem
    case "ecdsa": return PrivateKeyText.p256(P256.Signing.PrivateKey()).pem
    case "ed25519": return PrivateKeyText.ed25519(Curve25519.Signing.PrivateKey()).pem
    case "dsa": throw TemplateFunctionError("DSA keys are not supported; use rsa, ecdsa or ed25519")
    default: return "Unknown type \(type)"
    }
  }

  // MARK: Certificates

  private struct Request {
    let commonName: String
    var names: [GeneralName] = []
    let days: Int
    var isAuthority = false

    init(
      _ arguments: TemplateArguments, ips: Int? = nil, names: Int? = nil, days: Int, isAuthority: Bool = false
    ) throws {
      commonName = arguments[0].stringValue ?? ""
      self.isAuthority = isAuthority
      self.days = arguments[days].intValue ?? 0
      let addresses = try (ips.flatMap { arguments[$0].listElements } ?? []).map { value -> GeneralName in
        guard let text = value.stringValue else {
          throw TemplateFunctionError("error parsing ip: \(value.plainText) is not a string")
        }
        guard let bytes = IPText.bytes(text) else { throw TemplateFunctionError("error parsing ip: \(text)") }
        return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
      }
      // Go writes names before addresses.
      self.names =
        try (names.flatMap { arguments[$0].listElements } ?? []).map { value -> GeneralName in
          guard let text = value.stringValue else {
            throw TemplateFunctionError("error processing alternate dns name: \(value.plainText) is not a string")
          }
          guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw TemplateFunctionError(
              "error creating certificate: x509: \"\(text)\" cannot be encoded as an IA5String")
          }
          return .dnsName(text)
        } + addresses
    }
  }

  private static func issue(
    _ context: RenderContext, _ request: Request, key: PrivateKeyText, by authority: GoValue? = nil
  ) throws -> GoValue {
    let subject = try DistinguishedName { CommonName(request.commonName) }
    var issuer = subject
    var signer = key
    var issuerKeyIdentifier: ArraySlice<UInt8>?
    if case .host(let object)? = authority, let parent = object as? IssuedCertificate {
      let certificate = try parsed(parent.certificate)
      issuer = certificate.subject
      do { signer = try PrivateKeyText(pem: parent.key) } catch {
        throw TemplateFunctionError("error parsing private key: \(error)")
      }
      if issuer != subject { issuerKeyIdentifier = (try? certificate.extensions.subjectKeyIdentifier)?.keyIdentifier }
    }
    var extensions: [Certificate.Extension] = [
      try Certificate.Extension(
        KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: request.isAuthority), critical: true),
      try Certificate.Extension(ExtendedKeyUsage([.serverAuth, .clientAuth]), critical: false),
      try Certificate.Extension(
        request.isAuthority ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority,
        critical: true),
    ]
    if request.isAuthority {
      extensions.append(
        try Certificate.Extension(SubjectKeyIdentifier(hash: key.signing.publicKey), critical: false))
    }
    if let issuerKeyIdentifier {
      extensions.append(
        try Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: issuerKeyIdentifier), critical: false))
    }
    if !request.names.isEmpty {
      extensions.append(
        try Certificate.Extension(
          SubjectAlternativeNames(request.names), critical: request.commonName.isEmpty))
    }
    let now = context.environment.wallClock.now()
    let (length, overflow) = Int64(request.days).multipliedReportingOverflow(by: 86_400)
    let (end, overflowsToo) = now.seconds.addingReportingOverflow(length)
    // X.509 writes years with four digits.
    guard !overflow, !overflowsToo, (-62_167_219_200...253_402_300_799).contains(end) else {
      throw TemplateFunctionError("error creating certificate: x509: \(request.days) days reach out of the calendar")
    }
    let certificate = try Certificate(
      version: .v3, serialNumber: serialNumber(context), publicKey: key.signing.publicKey,
      notValidBefore: Date(timeIntervalSince1970: TimeInterval(now.seconds)),
      notValidAfter: Date(timeIntervalSince1970: TimeInterval(end)), issuer: issuer, subject: subject,
      signatureAlgorithm: signer.algorithm, extensions: Certificate.Extensions(extensions),
      issuerPrivateKey: signer.signing)
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    let pem = PEMBlock(type: "CERTIFICATE", bytes: serializer.serializedBytes).text
    return .host(IssuedCertificate(certificate: pem, key: key.pem))
  }

  /// 128 random bits, not negative and not zero.
  private static func serialNumber(_ context: RenderContext) -> Certificate.SerialNumber {
    var bytes = context.environment.randomBytes(16)
    if bytes.allSatisfy({ $0 == 0 }) { bytes = [1] }
    return Certificate.SerialNumber(bytes: [0] + bytes)
  }

  private static func parsed(_ pem: String) throws -> Certificate {
    guard let block = PEMBlock(pem) else { throw TemplateFunctionError("unable to decode certificate") }
    do { return try Certificate(derEncoded: block.bytes) } catch {
      throw TemplateFunctionError("error parsing certificate: decodedCert.Bytes: \(error)")
    }
  }

  private static func custom(_ context: RenderContext, _ arguments: TemplateArguments) throws -> GoValue {
    let texts = [arguments[0].stringBytes ?? [], arguments[1].stringBytes ?? []]
    try context.charge((texts[0].count + texts[1].count) * 4)
    guard let certificate = try? Base64.bytes(of: texts[0]) else {
      throw TemplateFunctionError("unable to decode base64 certificate")
    }
    guard let key = try? Base64.bytes(of: texts[1]) else {
      throw TemplateFunctionError("unable to decode base64 private key")
    }
    let issued = IssuedCertificate(
      certificate: String(decoding: certificate, as: UTF8.self), key: String(decoding: key, as: UTF8.self))
    _ = try parsed(issued.certificate)
    do { _ = try PrivateKeyText(pem: issued.key) } catch {
      throw TemplateFunctionError("error parsing private key: \(error)")
    }
    return .host(issued)
  }
}

/// IP addresses as Go's net.ParseIP reads them.
enum IPText {
  /// 4 or 16 bytes; nil for what is no address.
  static func bytes(_ text: String) -> [UInt8]? {
    var four = [UInt8](repeating: 0, count: 4)
    if inet_pton(AF_INET, text, &four) == 1 { return four }
    var sixteen = [UInt8](repeating: 0, count: 16)
    guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
    // An IPv4 address in IPv6 form is written with 4 bytes.
    let mapped = sixteen[..<10].allSatisfy { $0 == 0 } && sixteen[10] == 0xFF && sixteen[11] == 0xFF
    return mapped ? Array(sixteen[12...]) : sixteen
  }
}
