/// Who is worked on first when there is more work than workers.
public struct Priority: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Greater goes first.
  public var rawValue: Int

  /// A priority between or beyond the named ones.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// -100: work that nobody waits for: the objects of the first list, periodic resyncs.
  public static let low = Priority(rawValue: -100)
  /// 0: changes.
  public static let normal = Priority(rawValue: 0)
  /// 100: somebody is looking at the screen.
  public static let high = Priority(rawValue: 100)

  /// Less goes later.
  public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }

  /// The number.
  public var description: String { "\(rawValue)" }
}
