/// Reads schedules as upstream's cron library does, to say what is wrong with one.
/// Source: the behaviour of github.com/robfig/cron/v3, standard parser.
enum CronSchedule {
  private struct Bounds {
    var low: UInt
    var high: UInt
    var names: [String] = []
    /// The number of the first name.
    var firstName: UInt = 0
  }

  private struct Problem: Error {
    let text: String
  }

  private static let fields = [
    Bounds(low: 0, high: 59), Bounds(low: 0, high: 23), Bounds(low: 1, high: 31),
    Bounds(
      low: 1, high: 12,
      names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstName: 1),
    Bounds(low: 0, high: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
  ]

  private static let descriptors = [
    "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
  ]

  /// What is wrong with a schedule; nil when nothing is.
  static func problem(_ schedule: String) -> String? {
    var text = schedule
    if text.hasPrefix("TZ=") || text.hasPrefix("CRON_TZ=") {
      guard let space = text.firstIndex(of: " ") else { return "invalid schedule" }
      text = String(text[space...].drop { $0 == " " })
    }
    if text.hasPrefix("@") {
      if descriptors.contains(text) { return nil }
      guard text.hasPrefix("@every ") else { return "unrecognized descriptor: \(text)" }
      let length = String(text.dropFirst(7))
      return CELConversions.duration(length) == nil
        ? "failed to parse duration \(text): time: invalid duration \(FieldError.quote(length))" : nil
    }
    let parts = text.split { $0.isWhitespace }.map(String.init)
    guard parts.count == fields.count else {
      return "expected exactly 5 fields, found \(parts.count): [\(parts.joined(separator: " "))]"
    }
    do {
      for (part, bounds) in zip(parts, fields) {
        for range in part.split(separator: ",") { try check(String(range), bounds) }
      }
      return nil
    } catch { return (error as? Problem)?.text ?? "\(error)" }
  }

  private static func check(_ range: String, _ bounds: Bounds) throws {
    let steps = range.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let ends = (steps.first ?? "").split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    var (start, end) = (bounds.low, bounds.high)
    let first = ends.first ?? ""
    if first != "*", first != "?" {
      start = try number(first, bounds)
      switch ends.count {
      case 1: end = start
      case 2: end = try number(ends[1], bounds)
      default: throw Problem(text: "too many hyphens: \(range)")
      }
    }
    var step: UInt = 1
    switch steps.count {
    case 1: break
    case 2:
      step = try integer(steps[1])
      if ends.count == 1 { end = bounds.high }
    default: throw Problem(text: "too many slashes: \(range)")
    }
    if start < bounds.low {
      throw Problem(text: "beginning of range (\(start)) below minimum (\(bounds.low)): \(range)")
    }
    if end > bounds.high { throw Problem(text: "end of range (\(end)) above maximum (\(bounds.high)): \(range)") }
    if start > end { throw Problem(text: "beginning of range (\(start)) beyond end of range (\(end)): \(range)") }
    if step == 0 { throw Problem(text: "step of range should be a positive number: \(range)") }
  }

  private static func number(_ text: String, _ bounds: Bounds) throws -> UInt {
    if let index = bounds.names.firstIndex(of: text.lowercased()) { return bounds.firstName + UInt(index) }
    return try integer(text)
  }

  private static func integer(_ text: String) throws -> UInt {
    guard let value = Int(text), text.utf8.allSatisfy({ $0 != UInt8(ascii: "_") }) else {
      let isLong = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
      let problem = isLong ? "value out of range" : "invalid syntax"
      throw Problem(
        text: "failed to parse int from \(text): strconv.Atoi: parsing \(FieldError.quote(text)): \(problem)")
    }
    if value < 0 { throw Problem(text: "negative number (\(value)) not allowed: \(text)") }
    return UInt(value)
  }
}
