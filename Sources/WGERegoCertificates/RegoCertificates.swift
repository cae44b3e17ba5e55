public import WGERego

/// The `crypto.x509` builtins and those for private keys, for hosts that want them: they need more of cryptography
/// than the engine itself.
///
/// ```swift
/// RegoCompiler(options: .init(hostBuiltins: RegoCertificates.builtins))
/// ```
///
/// Certificates and keys are read as DER or PEM and shown in the fields of Go's `crypto/x509`. Curves are P-256, P-384
/// and P-521; signatures of SHA-1 and MD5 are never trusted. Policy constraints and mappings are not read.
public enum RegoCertificates {
  /// All of them.
  public static let builtins: [RegoBuiltin] = [
    RegoBuiltin("crypto.x509.parse_certificates", arity: 1) { operands in
      .array(RegoArray(try certificates(try text(operands, 0)).map { $0.value(withStrings: true) }))
    },
    RegoBuiltin("crypto.x509.parse_and_verify_certificates", arity: 1) { nanoseconds, operands in
      verified(
        try text(operands, 0), .init(now: nanoseconds / 1_000_000_000), withStrings: true)
    },
    RegoBuiltin("crypto.x509.parse_and_verify_certificates_with_options", arity: 2) { nanoseconds, operands in
      let input = try text(operands, 0)
      guard operands.count == 2, case .object(let given) = operands[1] else {
        throw CertificateError("operand 2 must be object but got \(operands[1].typeName)")
      }
      guard (try? certificates(input)) != nil else { return [false, []] }
      return verified(input, try options(given, nanoseconds), withStrings: false)
    },
    RegoBuiltin("crypto.x509.parse_certificate_request", arity: 1) { operands in
      let input = try text(operands, 0)
      let plain =
        input.hasPrefix("-----BEGIN CERTIFICATE REQUEST-----") ? Array(input.utf8) : try PEM.decode(input)
      if let block = PEM.blocks(String(decoding: plain, as: UTF8.self)).first {
        guard block.type == "CERTIFICATE REQUEST" else {
          throw CertificateError("invalid PEM-encoded certificate signing request")
        }
        return try CertificateRequest(block.bytes).value
      }
      return try CertificateRequest(plain).value
    },
    RegoBuiltin("crypto.x509.parse_keypair", arity: 2) { operands in
      try keyPair(certificate: try text(operands, 0), key: try text(operands, 1))
    },
    RegoBuiltin("crypto.x509.parse_rsa_private_key", arity: 1) { operands in
      var input = try text(operands, 0)
      if input.isEmpty { throw CertificateError("input PEM data was empty") }
      if !input.hasPrefix("-----BEGIN") { input = String(decoding: try PEM.decode(input), as: UTF8.self) }
      return try PrivateKey.parseAll(input).first?.webKey ?? .null
    },
    RegoBuiltin("crypto.parse_private_keys", arity: 1) { operands in
      let input = try text(operands, 0)
      if input.isEmpty { return .null }
      return .array(RegoArray(try PrivateKey.parseAll(input).map(\.value)))
    },
  ]

  private static func text(_ operands: [RegoValue], _ index: Int) throws -> String {
    guard index < operands.count, case .string(let text) = operands[index] else {
      throw CertificateError(
        "operand \(index + 1) must be string but got \(index < operands.count ? operands[index].typeName : "nothing")")
    }
    return text
  }

  /// PEM, PEM in base64, or DER in base64.
  private static func certificates(_ input: String) throws -> [Certificate] {
    var text = input
    if !text.hasPrefix("-----BEGIN") {
      let bytes = try PEM.decode(text)
      text = String(decoding: bytes, as: UTF8.self)
      if !text.hasPrefix("-----BEGIN") { return try Certificate.parseAll(bytes) }
    }
    var bytes: [UInt8] = []
    for block in PEM.blocks(text) {
      guard block.type == "CERTIFICATE" else {
        throw CertificateError("PEM block type is '\(block.type)', expected CERTIFICATE")
      }
      bytes += block.bytes
    }
    return try Certificate.parseAll(bytes)
  }

  private static func verified(
    _ input: String, _ options: CertificateChain.Options, withStrings: Bool
  ) -> RegoValue {
    guard let certificates = try? certificates(input), let chain = CertificateChain.verify(certificates, options) else {
      return [false, []]
    }
    return [true, .array(RegoArray(chain.map { $0.value(withStrings: withStrings) }))]
  }

  private static let usages = [
    "KeyUsageAny": 0, "KeyUsageServerAuth": 1, "KeyUsageClientAuth": 2, "KeyUsageCodeSigning": 3,
    "KeyUsageEmailProtection": 4, "KeyUsageIPSECEndSystem": 5, "KeyUsageIPSECTunnel": 6, "KeyUsageIPSECUser": 7,
    "KeyUsageTimeStamping": 8, "KeyUsageOCSPSigning": 9, "KeyUsageMicrosoftServerGatedCrypto": 10,
    "KeyUsageNetscapeServerGatedCrypto": 11, "KeyUsageMicrosoftCommercialCodeSigning": 12,
    "KeyUsageMicrosoftKernelCodeSigning": 13,
  ]

  private static func options(_ given: RegoObject, _ nanoseconds: Int64) throws -> CertificateChain.Options {
    var options = CertificateChain.Options(now: nanoseconds / 1_000_000_000)
    for (key, value) in given.pairs {
      guard case .string(let name) = key else { continue }
      switch (name, value) {
      case ("DNSName", .string(let text)): options.name = text
      case ("DNSName", _): throw CertificateError("'DNSName' should be a string")
      case ("CurrentTime", .number(let number)):
        guard let time = number.exactInt else {
          throw CertificateError("'CurrentTime' should be a valid int64 number")
        }
        options.now = Int64(time) / 1_000_000_000
      case ("CurrentTime", _): throw CertificateError("'CurrentTime' should be a number")
      case ("MaxConstraintComparisons", .number(let number)):
        // Constraints are compared in a bounded number of steps as it is.
        if number.exactInt == nil { throw CertificateError("'MaxConstraintComparisons' should be a valid number") }
      case ("MaxConstraintComparisons", _):
        throw CertificateError("'MaxConstraintComparisons' should be a number")
      case ("KeyUsages", .array(let list)): options.usages = try usages(list.values)
      case ("KeyUsages", .set(let set)): options.usages = try usages(set.elements)
      case ("KeyUsages", _): throw CertificateError("'KeyUsages' should be an Array or Set")
      default: throw CertificateError("invalid key option")
      }
    }
    return options
  }

  private static func usages(_ names: [RegoValue]) throws -> [Int] {
    let texts = names.compactMap { value -> String? in if case .string(let text) = value { text } else { nil } }
    let unknown = texts.filter { usages[$0] == nil }
    if !unknown.isEmpty {
      throw CertificateError("invalid entries for 'KeyUsages' found: [\(unknown.joined(separator: " "))]")
    }
    return texts.compactMap { usages[$0] }
  }

  private static func keyPair(certificate: String, key: String) throws -> RegoValue {
    func blocks(_ text: String, _ type: String) throws -> [PEM.Block] {
      if text.hasPrefix("-----BEGIN ") { return PEM.blocks(text) }
      let bytes = try PEM.decode(text)
      let plain = String(decoding: bytes, as: UTF8.self)
      return plain.hasPrefix("-----BEGIN ") ? PEM.blocks(plain) : [PEM.Block(type: type, bytes: bytes)]
    }
    let chain = try blocks(certificate, "CERTIFICATE").filter { $0.type == "CERTIFICATE" }
    guard let first = chain.first else {
      throw CertificateError("tls: failed to find any PEM data in certificate input")
    }
    guard let leaf = try Certificate.parseAll(first.bytes).first else {
      throw CertificateError("x509: malformed certificate")
    }
    let keyBlock = try blocks(key, "PRIVATE KEY").first {
      $0.type == "PRIVATE KEY" || $0.type.hasSuffix(" PRIVATE KEY")
    }
    guard let keyBlock, let privateKey = try PrivateKey.parse(keyBlock) else {
      throw CertificateError("tls: failed to find any PEM data in key input")
    }
    guard privateKey.matches(leaf.key) else {
      throw CertificateError("tls: private key does not match public key")
    }
    return [
      "Certificate": .array(RegoArray(chain.map { .base64($0.bytes) })), "PrivateKey": privateKey.value,
      "SupportedSignatureAlgorithms": .null, "OCSPStaple": .null, "SignedCertificateTimestamps": .null,
      "Leaf": leaf.value(withStrings: false),
    ]
  }
}
