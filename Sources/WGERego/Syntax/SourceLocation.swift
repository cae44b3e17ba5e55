/// Where something stands in a policy text.
public struct SourceLocation: Sendable, Hashable {
  /// The module's name as the host gave it; empty for queries.
  public var file: String
  /// Line, from 1.
  public var row: Int
  /// Column in bytes, from 1.
  public var column: Int
  /// Offset in bytes, from 0.
  public var offset: Int

  /// A place.
  public init(file: String, row: Int, column: Int, offset: Int) {
    self.file = file
    self.row = row
    self.column = column
    self.offset = offset
  }

  static let none = SourceLocation(file: "", row: 0, column: 0, offset: 0)
}

extension SourceLocation: CustomStringConvertible {
  /// `file:row`, as OPA writes places.
  public var description: String { file.isEmpty ? "\(row):\(column)" : "\(file):\(row)" }
}
