internal import Crypto
internal import WGEGoFormat

/// `providers.aws.sign_req`: requests signed as AWS's Signature Version 4 defines it.
let requestSigningBuiltins: [Builtin] = [
  Builtin("providers.aws.sign_req", 3, tier: 3) { context, o throws(BuiltinFailure) in
    let request = try o.object(0)
    guard case .object(let configuration) = o[1] else {
      throw .type("operand 1 must be object but got \(o[1].typeName)")
    }
    try RequestSignature.require(
      ["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"], in: configuration,
      missing: "operand 2 missing required AWS config parameters(s)",
      invalid: "operand 2 invalid values for required AWS config parameters(s)")
    guard case .number(let time) = o[2] else { throw .type("operand 1 must be number but got \(o[2].typeName)") }
    guard let nanoseconds = RequestSignature.timestamp(time) else {
      throw .type("operand 3 could not convert time_ns value into a unix timestamp")
    }
    let unknown = RegoSet(request.keys).subtracting(RegoSet(RequestSignature.allowed.map { .string($0) }))
    if unknown.count > 0 { throw .type("operand 1 invalid request parameters(s): \(RegoValue.set(unknown).text)") }
    try RequestSignature.require(
      ["method", "url"], in: request, missing: "operand 1 missing required request parameters(s)", invalid: nil)
    var headers = RegoObject.empty
    if let written = request["headers"] {
      guard case .object(let object) = written else {
        throw .type("operand 0 must be object but got \(written.typeName)")
      }
      headers = object
    }
    try RequestSignature.require(
      ["method", "url"], in: request, missing: nil,
      invalid: "operand 1 invalid values for required request parameters(s)")
    let body = try RequestSignature.body(request, context)
    var unsigned = false
    if let flag = configuration["disable_payload_signing"] {
      guard case .bool(let value) = flag else {
        throw .type("operand 2 invalid value for 'disable_payload_signing' in AWS config")
      }
      unsigned = value
    }
    let signature = RequestSignature(
      configuration: configuration, nanoseconds: nanoseconds, method: request["method"]?.plainText ?? "",
      url: try RequestSignature.URLParts(request["url"]?.plainText ?? ""),
      payload: unsigned ? "UNSIGNED-PAYLOAD" : Encodings.hex(Array(SHA256.hash(data: body))))
    return .object(request.setting("headers", .object(signature.headers(headers))))
  }
]

private struct RequestSignature {
  let configuration: RegoObject
  let nanoseconds: Int64
  let method: String
  let url: URLParts
  let payload: String

  /// The members that `http.send` knows.
  static let allowed = [
    "method", "url", "body", "enable_redirect", "force_json_decode", "force_yaml_decode", "headers", "raw_body",
    "tls_use_system_certs", "tls_ca_cert", "tls_ca_cert_file", "tls_ca_cert_env_variable", "tls_client_cert",
    "tls_client_cert_file", "tls_client_cert_env_variable", "tls_client_key", "tls_client_key_file",
    "tls_client_key_env_variable", "tls_insecure_skip_verify", "tls_server_name", "timeout", "cache", "force_cache",
    "force_cache_duration_seconds", "raise_error", "caching_mode", "max_retry_attempts", "cache_ignored_headers",
  ]

  /// A whole number of 64 bits, written without fraction or exponent.
  static func timestamp(_ number: RegoNumber) -> Int64? {
    guard number.text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return number.exactInt.map { Int64($0) }
  }

  static func require(
    _ names: [String], in object: RegoObject, missing: String?, invalid: String?
  ) throws(BuiltinFailure) {
    let absent = names.filter { object[$0] == nil }
    if let missing, !absent.isEmpty {
      throw .type("\(missing): \(RegoValue.set(RegoSet(absent.map { .string($0) })).text)")
    }
    let wrong = names.filter { object[$0].map { $0.typeName != "string" } ?? false }
    if let invalid, !wrong.isEmpty {
      throw .type("\(invalid): \(RegoValue.set(RegoSet(wrong.map { .string($0) })).text)")
    }
  }

  static func body(_ request: RegoObject, _ context: BuiltinContext) throws(BuiltinFailure) -> [UInt8] {
    if let raw = request["raw_body"] {
      if case .string(let text) = raw { return Array(text.utf8) }
      return []
    }
    guard let body = request["body"] else { return [] }
    let text = Encodings.json(body)
    try context.reserve(bytes: text.utf8.count)
    return Array(text.utf8)
  }

  /// What a signature covers of a URL: its text between the scheme and the fragment.
  struct URLParts {
    var host = ""
    var path = ""
    var query = ""

    init(_ text: String) throws(BuiltinFailure) {
      if let bad = text.utf8.first(where: { $0 < 0x20 || $0 == 0x7F }) {
        throw .failed("parse \(GoQuote.quote(text)): net/url: invalid control character in URL (\(bad))")
      }
      var rest = text.utf8.prefix { $0 != UInt8(ascii: "#") }
      if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
        query = String(decoding: Array(rest[rest.index(after: mark)...]), as: UTF8.self)
        rest = rest[..<mark]
      }
      let whole = String(decoding: Array(rest), as: UTF8.self)
      var path = Substring(whole)
      if let scheme = whole.firstRange(of: "://") {
        let authority = whole[scheme.upperBound...]
        let slash = authority.firstIndex(of: "/") ?? authority.endIndex
        let named = authority[..<slash]
        host = String(named.lastIndex(of: "@").map { named[named.index(after: $0)...] } ?? named)
        path = authority[slash...]
      }
      self.path = try Self.escaped(String(path), of: text)
    }

    /// The path with its escapes as they are written, and the rest escaped where it has to be.
    private static func escaped(_ path: String, of url: String) throws(BuiltinFailure) -> String {
      let bytes = Array(path.utf8)
      var out = ""
      for (index, byte) in bytes.enumerated() {
        if byte == UInt8(ascii: "%") {
          let digits = bytes[index...].prefix(3).dropFirst()
          guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            let part = String(decoding: bytes[index...].prefix(3), as: UTF8.self)
            throw .failed("parse \(GoQuote.quote(url)): invalid URL escape \(GoQuote.quote(part))")
          }
          out += "%"
        } else if byte < 0x80, isPlain(byte) {
          out.unicodeScalars.append(UnicodeScalar(byte))
        } else {
          out += "%" + Encodings.hex([byte]).uppercased()
        }
      }
      return out
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
      byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39
        || "-_.~$&+,/:;=@!'()*[]".utf8.contains(byte)
    }
  }

  private func setting(_ name: String) -> String {
    if case .string(let text)? = configuration[name] { text } else { "" }
  }

  private func code(_ message: String, _ key: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: SymmetricKey(data: key)))
  }

  /// The request's headers with those of the signature.
  func headers(_ written: RegoObject) -> RegoObject {
    let civil = CivilTime(nanoseconds: nanoseconds, zone: .utc)
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    let year = String(civil.year)
    let day = String(repeating: "0", count: max(0, 4 - year.count)) + year + two(civil.month) + two(civil.day)
    let moment = day + "T" + two(civil.hour) + two(civil.minute) + two(civil.second) + "Z"
    let service = setting("aws_service")
    var own = ["host": url.host, "x-amz-date": moment]
    // Only these services want the digest of the content as a header.
    if service == "s3" || service == "glacier" { own["x-amz-content-sha256"] = payload }
    if !setting("aws_session_token").isEmpty { own["x-amz-security-token"] = setting("aws_session_token") }
    var signed = own
    for (key, value) in written.pairs {
      guard case .string(let name) = key else { continue }
      let lower = name.lowercased()
      // Proxies may change these.
      if ["authorization", "user-agent", "x-amzn-trace-id"].contains(lower) { continue }
      if case .string(let text) = value { signed[lower] = text } else { signed[lower] = "" }
    }
    let names = signed.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let lines = names.map { "\($0):\(signed[$0] ?? "")\n" }.joined()
    let list = names.joined(separator: ";")
    let canonical = "\(method)\n\(url.path)\n\(url.query)\n\(lines)\n\(list)\n\(payload)"
    let scope = "\(day)/\(setting("aws_region"))/\(service)/aws4_request"
    let digest = Encodings.hex(Array(SHA256.hash(data: Array(canonical.utf8))))
    var key = code(day, Array(("AWS4" + setting("aws_secret_access_key")).utf8))
    for part in [setting("aws_region"), service, "aws4_request"] { key = code(part, key) }
    let signature = Encodings.hex(code("AWS4-HMAC-SHA256\n\(moment)\n\(scope)\n\(digest)", key))
    let authorization =
      "AWS4-HMAC-SHA256 Credential=\(setting("aws_access_key"))/\(scope),SignedHeaders=\(list),Signature=\(signature)"
    var pairs = written.pairs.map { key, value -> (RegoValue, RegoValue) in
      if case .string = value { (key, value) } else { (key, "") }
    }
    pairs.append(("Authorization", .string(authorization)))
    for (name, value) in own { pairs.append((.string(name), .string(value))) }
    return RegoObject(pairs)
  }
}
