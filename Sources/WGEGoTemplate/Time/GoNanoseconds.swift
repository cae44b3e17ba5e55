/// Go's `time.Duration`.
public final class GoNanoseconds: TemplateObject, Sendable {
  /// Nanoseconds.
  public let value: Int64

  /// A duration in nanoseconds.
  public init(_ value: Int64) { self.value = value }

  /// `time.Duration`.
  public var goTypeName: String { "time.Duration" }
  /// It is an int64.
  public var goKind: String { "int64" }

  /// Equal lengths.
  public func isEqual(to other: any TemplateObject) -> Bool { (other as? GoNanoseconds)?.value == value }

  /// `1h1m40s`, `1.5s`, `500ms`, `0s`
  public var goString: String {
    if value == 0 { return "0s" }
    let magnitude = value.magnitude
    let sign = value < 0 ? "-" : ""
    if magnitude < 1_000 { return "\(sign)\(magnitude)ns" }
    if magnitude < 1_000_000 { return sign + Self.fraction(magnitude, 1_000) + "µs" }
    if magnitude < 1_000_000_000 { return sign + Self.fraction(magnitude, 1_000_000) + "ms" }
    let seconds = Self.fraction(magnitude % 60_000_000_000, 1_000_000_000) + "s"
    let minutes = magnitude / 60_000_000_000
    if minutes == 0 { return sign + seconds }
    if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
    return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
  }

  private static func fraction(_ value: UInt64, _ unit: UInt64) -> String {
    if value % unit == 0 { return "\(value / unit)" }
    var digits = String(value % unit)
    digits = String(repeating: "0", count: String(unit).utf8.count - 1 - digits.utf8.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(value / unit).\(digits)"
  }

  /// Hours and the like, as floats.
  public func method(named name: String) -> TemplateFunction? {
    let value = value
    let unit: Double
    switch name {
    case "Hours": unit = 3_600e9
    case "Minutes": unit = 60e9
    case "Seconds": unit = 1e9
    case "Milliseconds": return TemplateFunction(name) { _, _ in .int64(value / 1_000_000) }
    case "Nanoseconds": return TemplateFunction(name) { _, _ in .int64(value) }
    case "String":
      let text = goString
      return TemplateFunction(name) { _, _ in .string(text) }
    default: return nil
    }
    return TemplateFunction(name) { _, _ in .float(Double(value) / unit) }
  }

  /// `1h30m`, `-1.5h`, `300ms`; nil for anything else.
  static func parse(_ text: [UInt8]) -> GoNanoseconds? {
    var rest = text[...]
    let isNegative = rest.first == 0x2D
    if isNegative || rest.first == 0x2B { rest = rest.dropFirst() }
    if rest.elementsEqual([0x30]) { return GoNanoseconds(0) }
    guard !rest.isEmpty else { return nil }
    var total: UInt64 = 0
    while !rest.isEmpty {
      let whole = rest.prefix { $0 &- 0x30 < 10 }
      rest = rest.dropFirst(whole.count)
      var decimals: ArraySlice<UInt8> = []
      if rest.first == 0x2E {
        rest = rest.dropFirst()
        decimals = rest.prefix { $0 &- 0x30 < 10 }
        rest = rest.dropFirst(decimals.count)
      }
      if whole.isEmpty, decimals.isEmpty { return nil }
      let unitText = rest.prefix { $0 != 0x2E && $0 &- 0x30 >= 10 }
      rest = rest.dropFirst(unitText.count)
      let unit: UInt64
      switch String(decoding: unitText, as: UTF8.self) {
      case "ns": unit = 1
      case "us", "µs", "μs": unit = 1_000
      case "ms": unit = 1_000_000
      case "s": unit = 1_000_000_000
      case "m": unit = 60_000_000_000
      case "h": unit = 3_600_000_000_000
      default: return nil
      }
      guard let number = whole.isEmpty ? 0 : UInt64(String(decoding: whole, as: UTF8.self)) else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: unit)
      var fraction = 0.0
      if !decimals.isEmpty { fraction = Double("0." + String(decoding: decimals.prefix(18), as: UTF8.self)) ?? 0 }
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(fraction * Double(unit)))
      let (next, overflow3) = total.addingReportingOverflow(sum)
      if overflow || overflow2 || overflow3 || next > 1 << 63 { return nil }
      total = next
    }
    if isNegative { return GoNanoseconds(Int64(bitPattern: 0 &- total)) }
    return Int64(exactly: total).map(GoNanoseconds.init)
  }
}
