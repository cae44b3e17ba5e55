internal import WGECore
public import WGERego

/// The `io.jwt` builtins, for hosts that want them: they need more of cryptography than the engine itself.
///
/// ```swift
/// RegoCompiler(options: .init(hostBuiltins: RegoTokens.builtins))
/// ```
public enum RegoTokens {
  /// All of them.
  public static let builtins: [RegoBuiltin] =
    verifiers + [
      RegoBuiltin("io.jwt.decode", arity: 1) { operands in
        var token = try Token(try text(operands, 0))
        // A token inside a token is what counts.
        while token.isNested {
          guard let inner = token.payload.stringValue else { break }
          token = try Token(inner)
        }
        return .array(RegoArray([RegoValue(token.header), RegoValue(token.payload), .string(hex(token.signature))]))
      },
      RegoBuiltin("io.jwt.decode_verify", arity: 2) { nanoseconds, operands in
        let constraints = try TokenConstraints(operands.count > 1 ? operands[1] : .null, now: nanoseconds)
        return try constraints.decode(try text(operands, 0))
      },
      RegoBuiltin("io.jwt.encode_sign", arity: 3) { operands in
        .string(
          try TokenSigner.sign(header: compact(operands[0]), payload: compact(operands[1]), key: compact(operands[2])))
      },
      RegoBuiltin("io.jwt.encode_sign_raw", arity: 3) { operands in
        .string(
          try TokenSigner.sign(
            header: try text(operands, 0), payload: try text(operands, 1), key: try text(operands, 2)))
      },
    ]

  private static let verifiers: [RegoBuiltin] = TokenAlgorithm.allCases.map { algorithm in
    RegoBuiltin("io.jwt.verify_" + algorithm.rawValue.lowercased(), arity: 2) { operands in
      let token = try Token(try text(operands, 0))
      let key = try text(operands, 1)
      let keys = algorithm.isSymmetric ? [TokenKey.secret(Array(key.utf8))] : try TokenKey.parse(key)
      return .bool(keys.contains { algorithm.verifies(token, with: $0) })
    }
  }

  static func text(_ operands: [RegoValue], _ index: Int) throws -> String {
    guard index < operands.count, case .string(let text) = operands[index] else {
      throw TokenError(
        "operand \(index + 1) must be string but got \(index < operands.count ? operands[index].typeName : "nothing")")
    }
    return text
  }

  private static func compact(_ value: RegoValue) -> String { String(decoding: value.json.serialized(), as: UTF8.self) }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// What is wrong with a token or a key. Shows neither.
struct TokenError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
