/// A value that must not be printed: a token, a password, a private key.
///
/// Its description, debug description and mirror show `<redacted>`; the value is reached only by
/// ``reveal()``, so every place that does can be found by searching for one word.
public struct Secret<Value: Sendable>: Sendable {
  private let value: Value

  /// Wraps a value.
  public init(_ value: Value) { self.value = value }

  /// The value itself. Call it where the value is used, not where it is passed on.
  public func reveal() -> Value { value }

  /// A secret made from this one.
  public func map<New: Sendable>(_ transform: (Value) throws -> New) rethrows -> Secret<New> {
    Secret<New>(try transform(value))
  }
}

extension Secret: Equatable where Value: Equatable {}
extension Secret: Hashable where Value: Hashable {}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// `<redacted>`.
  public var description: String { "<redacted>" }

  /// `<redacted>`.
  public var debugDescription: String { "<redacted>" }

  /// A mirror without children, so that `dump` shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
