/// What one key of a Secret (or of another object with base64 under `data`) holds.
public enum SecretDatum: Sendable, Hashable {
  /// The key is missing, or its value is empty, which counts as missing.
  case absent
  /// The value is not base64.
  case malformed
  /// The bytes.
  case bytes(Secret<[UInt8]>)
}

extension DynamicObject {
  /// Decodes a key of a Secret's `data`.
  public func secretDatum(_ key: String) -> SecretDatum {
    guard let encoded = members["data"]?[key]?.stringValue, !encoded.isEmpty else { return .absent }
    guard let bytes = Base64.decode(encoded) else { return .malformed }
    return bytes.isEmpty ? .absent : .bytes(Secret(bytes))
  }

  /// The bytes under a key of a Secret's `data`; nil when they are missing, empty or not base64.
  public func secretData(_ key: String) -> Secret<[UInt8]>? {
    if case .bytes(let bytes) = secretDatum(key) { bytes } else { nil }
  }

  /// The text under a key of a Secret's `data`; nil when it is missing, empty, not base64 or not UTF-8.
  public func secretText(_ key: String) -> Secret<String>? {
    guard let bytes = secretData(key), let text = String(validating: bytes.reveal(), as: UTF8.self) else { return nil }
    return Secret(text)
  }
}
