internal import Crypto

/// Digests and message authentication codes.
private func digest(_ name: String, _ body: @escaping @Sendable ([UInt8]) -> [UInt8]) -> Builtin {
  Builtin(name, 1) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.work(text.utf8.count >> 4)
    return .string(Encodings.hex(body(Array(text.utf8))))
  }
}

private func code(_ name: String, _ body: @escaping @Sendable ([UInt8], SymmetricKey) -> [UInt8]) -> Builtin {
  Builtin(name, 2) { context, o throws(BuiltinFailure) in
    let (text, key) = (try o.string(0), try o.string(1))
    try context.work((text.utf8.count + key.utf8.count) >> 4)
    return .string(Encodings.hex(body(Array(text.utf8), SymmetricKey(data: Array(key.utf8)))))
  }
}

let digestBuiltins: [Builtin] = [
  digest("crypto.md5") { Array(Insecure.MD5.hash(data: $0)) },
  digest("crypto.sha1") { Array(Insecure.SHA1.hash(data: $0)) },
  digest("crypto.sha256") { Array(SHA256.hash(data: $0)) },
  code("crypto.hmac.md5") { Array(HMAC<Insecure.MD5>.authenticationCode(for: $0, using: $1)) },
  code("crypto.hmac.sha1") { Array(HMAC<Insecure.SHA1>.authenticationCode(for: $0, using: $1)) },
  code("crypto.hmac.sha256") { Array(HMAC<SHA256>.authenticationCode(for: $0, using: $1)) },
  code("crypto.hmac.sha512") { Array(HMAC<SHA512>.authenticationCode(for: $0, using: $1)) },
  Builtin("crypto.hmac.equal", 2) { _, o throws(BuiltinFailure) in
    let (a, b) = (Array(try o.string(0).utf8), Array(try o.string(1).utf8))
    // Constant time in the content.
    guard a.count == b.count else { return .bool(false) }
    return .bool(zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0)
  },
]
