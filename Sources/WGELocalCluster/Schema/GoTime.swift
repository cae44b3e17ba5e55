/// What Go's time parser says of a text that is no RFC 3339 time.
enum GoTime {
  private static let layout: [(element: String, digits: Int)] = [
    ("2006", 4), ("-", 0), ("01", 2), ("-", 0), ("02", 2), ("T", 0), ("15", 2), (":", 0), ("04", 2), (":", 0),
    ("05", 2),
  ]

  static func complaint(about text: String, _ scalar: TypeSchema.Scalar) -> String {
    let seconds = scalar == .time ? "05" : "05.000000"
    let shape = "2006-01-02T15:04:\(seconds)Z07:00"
    var rest = text[...]
    for (element, digits) in layout {
      let matches: Bool
      if digits > 0 {
        let number = rest.prefix(digits)
        matches = number.count == digits && number.allSatisfy { $0.isASCII && $0.isNumber }
        if matches { rest = rest.dropFirst(digits) }
      } else {
        matches = rest.hasPrefix(element)
        if matches { rest = rest.dropFirst() }
      }
      if !matches { return complaint(text, shape, rest, element) }
    }
    if rest.hasPrefix(".") { rest = rest.dropFirst().drop { $0.isASCII && $0.isNumber } }
    if rest.isEmpty || !(rest.hasPrefix("Z") || rest.hasPrefix("+") || rest.hasPrefix("-")) {
      return complaint(text, shape, rest, "Z07:00")
    }
    if rest.hasPrefix("Z"), rest.count > 1 {
      return "parsing time \(FieldError.quote(text)): extra text: \(FieldError.quote(String(rest.dropFirst())))"
    }
    return "parsing time \(FieldError.quote(text)): day out of range"
  }

  private static func complaint(_ text: String, _ shape: String, _ rest: Substring, _ element: String) -> String {
    "parsing time \(FieldError.quote(text)) as \(FieldError.quote(shape)): cannot parse \(FieldError.quote(String(rest))) as \(FieldError.quote(element))"
  }
}
