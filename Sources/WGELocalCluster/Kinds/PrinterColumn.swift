internal import WGECore

/// A column of a kind's Table form.
struct PrinterColumn: Sendable {
  enum Content: Sendable {
    case name
    case age
    /// A JSON path below the object, as CRDs write it (`.spec.replicas`).
    case path(String)
    /// Computed from the object.
    case computed(@Sendable (JSON, PrintClock) -> JSON)
  }

  var name: String
  var type: String
  var format = ""
  var description = ""
  /// 0 is always shown, higher only with `-o wide`.
  var priority = 0
  var content: Content

  static let nameColumn = PrinterColumn(
    name: "Name", type: "string", format: "name",
    description: "Name must be unique within a namespace.", content: .name)
  static let ageColumn = PrinterColumn(
    name: "Age", type: "string", description: "Time since the object was created.", content: .age)

  /// What kinds without columns of their own show.
  static let plain = [
    nameColumn,
    PrinterColumn(
      name: "Created At", type: "date", description: "When the object was created.",
      content: .path(".metadata.creationTimestamp")),
  ]

  /// The age of custom resources, whose type says that it is a date.
  static let customAge = PrinterColumn(
    name: "Age", type: "date", description: ageColumn.description, content: .age)

  static func named(_ columns: PrinterColumn...) -> [PrinterColumn] { [nameColumn] + columns + [ageColumn] }

  static func text(
    _ name: String, wide: Bool = false, type: String = "string", format: String = "",
    _ value: @escaping @Sendable (JSON) -> String?
  )
    -> PrinterColumn
  {
    PrinterColumn(
      name: name, type: type, format: format, priority: wide ? 1 : 0,
      content: .computed { json, _ in .string(value(json) ?? "<none>") }
    )
  }

  /// - Parameter type: some kinds call a column of numbers a string.
  static func integer(
    _ name: String, wide: Bool = false, type: String = "integer", _ value: @escaping @Sendable (JSON) -> Int64?
  )
    -> PrinterColumn
  {
    PrinterColumn(
      name: name, type: type, priority: wide ? 1 : 0,
      content: .computed { json, _ in .number(.int(value(json) ?? 0)) })
  }
}

/// The time that ages are counted from.
struct PrintClock: Sendable {
  var now: Timestamp

  /// `5s`, `3m20s`, `4h`, `12d`: how long ago, as kubectl shows it.
  func age(of timestamp: JSON?) -> String {
    guard let text = timestamp?.stringValue, let time = try? Timestamp(parsing: text) else { return "<unknown>" }
    return Self.human(max(0, now.seconds - time.seconds))
  }

  static func human(_ seconds: Int64) -> String {
    if seconds < 120 { return "\(seconds)s" }
    let minutes = seconds / 60
    if minutes < 10 { return join(minutes, "m", seconds % 60, "s") }
    if minutes < 180 { return "\(minutes)m" }
    let hours = minutes / 60
    if hours < 8 { return join(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    let days = hours / 24
    if hours < 192 { return join(days, "d", hours % 24, "h") }
    if days < 730 { return "\(days)d" }
    let years = days / 365
    return days < 2920 ? join(years, "y", days % 365, "d") : "\(years)y"
  }

  private static func join(_ big: Int64, _ bigUnit: String, _ small: Int64, _ smallUnit: String) -> String {
    small == 0 ? "\(big)\(bigUnit)" : "\(big)\(bigUnit)\(small)\(smallUnit)"
  }
}
