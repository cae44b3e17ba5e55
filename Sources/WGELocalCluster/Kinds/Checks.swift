internal import WGECore

/// The questions that many kinds ask of their fields, with upstream's answers.
/// Source: k8s.io/apimachinery, api/validation and util/validation; k8s.io/kubernetes, apis/core/validation.
enum Checks {
  static let portRange = "must be between 1 and 65535, inclusive"
  static let nonNegativeDetail = "must be greater than or equal to 0"

  /// The numbers at these fields, where given, are not below zero.
  static func nonNegative(_ json: JSON, _ field: String, _ names: String...) -> [FieldError] {
    nonNegative(json, field, names)
  }

  static func nonNegative(_ json: JSON, _ field: String, _ names: [String]) -> [FieldError] {
    names.flatMap { name -> [FieldError] in
      guard let value = json[name]?.intValue, value < 0 else { return [] }
      return [.invalid(join(field, name), .number(.int(value)), nonNegativeDetail)]
    }
  }

  /// A word of a closed set. An absent value is passed over unless it is required.
  static func oneOf(_ value: JSON?, _ field: String, _ words: [String], required: Bool = false) -> [FieldError] {
    guard let value, value.stringValue?.isEmpty == false else { return required ? [.required(field)] : [] }
    return words.contains(value.stringValue ?? "") ? [] : [.notSupported(field, value, words)]
  }

  static func required(_ json: JSON, _ field: String, _ names: String...) -> [FieldError] {
    names.compactMap { (json[$0]?.stringValue ?? "").isEmpty ? .required(join(field, $0)) : nil }
  }

  static func label(_ name: String, _ field: String) -> [FieldError] {
    NameValidation.dns1123Label(name).map { .invalid(field, name, $0) }
  }

  static func subdomain(_ name: String, _ field: String) -> [FieldError] {
    NameValidation.dns1123Subdomain(name).map { .invalid(field, name, $0) }
  }

  static func port(_ value: JSON?, _ field: String) -> [FieldError] {
    let number = value?.intValue ?? 0
    return (1...65535).contains(number) ? [] : [.invalid(field, .number(.int(number)), portRange)]
  }

  /// A port by number, or by the name that a container gives it.
  static func portOrName(_ value: JSON?, _ field: String) -> [FieldError] {
    if case .string(let name)? = value { return portName(name).map { .invalid(field, name, $0) } }
    return port(value, field)
  }

  /// What is wrong with an IANA service name.
  static func portName(_ name: String) -> [String] {
    var problems: [String] = []
    if name.utf8.count > 15 { problems.append("must be no more than 15 characters") }
    let allowed = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "-")
    }
    if !allowed { problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)") }
    if !name.utf8.contains(where: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) {
      problems.append("must contain at least one letter (a-z)")
    }
    if name.contains("--") { problems.append("must not contain consecutive hyphens") }
    if name.hasPrefix("-") || name.hasSuffix("-") { problems.append("must not begin or end with a hyphen") }
    return problems
  }

  static func labels(_ json: JSON?, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    for label in json?.objectValue ?? JSONObject() {
      errors += NameValidation.qualifiedName(label.key).map { .invalid(field, label.key, $0) }
      let value = label.value.stringValue ?? ""
      errors += NameValidation.labelValue(value).map { .invalid(field, value, $0) }
    }
    return errors
  }

  /// A `metav1.LabelSelector`.
  static func selector(_ json: JSON?, _ field: String) -> [FieldError] {
    guard let json, !json.isNull else { return [] }
    var errors: [FieldError] = []
    errors += labels(json["matchLabels"], "\(field).matchLabels")
    for (index, item) in (json["matchExpressions"]?.arrayValue ?? []).enumerated() {
      let path = "\(field).matchExpressions[\(index)]"
      let values = item["values"]?.arrayValue ?? []
      switch item["operator"]?.stringValue ?? "" {
      case "In", "NotIn":
        if values.isEmpty {
          errors.append(.required("\(path).values", "must be specified when `operator` is 'In' or 'NotIn'"))
        }
      case "Exists", "DoesNotExist":
        if !values.isEmpty {
          errors.append(
            .forbidden("\(path).values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
        }
      case let other: errors.append(.invalid("\(path).operator", other, "not a valid selector operator"))
      }
      let key = item["key"]?.stringValue ?? ""
      errors += NameValidation.qualifiedName(key).map { .invalid("\(path).key", key, $0) }
      for (inner, value) in values.enumerated() {
        let text = value.stringValue ?? ""
        errors += NameValidation.labelValue(text).map { .invalid("\(path).values[\(inner)]", text, $0) }
      }
    }
    return errors
  }

  /// A selector as messages show it.
  static func shown(selector: JSON?) -> RawText {
    RawText(selector.map { PatchedText().text($0, .reference("LabelSelector")) } ?? "null")
  }

  static func isEmptySelector(_ json: JSON?) -> Bool {
    (json?["matchLabels"]?.objectValue ?? JSONObject()).isEmpty && (json?["matchExpressions"]?.arrayValue ?? []).isEmpty
  }

  /// A number that is not negative, or a percentage.
  static func numberOrPercent(_ value: JSON?, _ field: String) -> [FieldError] {
    switch value {
    case .string(let text)?:
      let digits = text.dropLast()
      guard text.hasSuffix("%"), !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
        return [
          .invalid(
            field, text,
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
          )
        ]
      }
      return []
    case .number(let number)?:
      let value = number.int64 ?? 0
      return value < 0 ? [.invalid(field, .number(.int(value)), nonNegativeDetail)] : []
    default: return []
    }
  }

  /// The percentage, where the value is one.
  static func percent(_ value: JSON?) -> Int? {
    guard let text = value?.stringValue, text.hasSuffix("%") else { return nil }
    return Int(text.dropLast())
  }

  static func atMostHundredPercent(_ value: JSON?, _ field: String) -> [FieldError] {
    guard let percent = percent(value), percent > 100 else { return [] }
    return [.invalid(field, value ?? .null, "must not be greater than 100%")]
  }

  /// Zero as a number or as a percentage.
  static func isZero(_ value: JSON?) -> Bool {
    if let percent = percent(value) { return percent == 0 }
    return value?.intValue == 0
  }

  static func ip(_ text: String, _ field: String) -> [FieldError] {
    isIP(text) ? [] : [.invalid(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
  }

  static func isIP(_ text: String) -> Bool { isIPv4(text[...]) || isIPv6(text) }

  static func isIPv4(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        !part.isEmpty && part.utf8.count <= 3 && part.utf8.allSatisfy { (48...57).contains($0) }
          && (part.utf8.count == 1 || part.utf8.first != 48) && (Int(part) ?? 256) < 256
      }
  }

  static func isIPv6(_ text: String) -> Bool {
    guard text.contains(":"), text.utf8.count <= 45 else { return false }
    let halves = text.components(separatedBy: "::")
    guard halves.count <= 2 else { return false }
    var groups = 0
    for (number, half) in halves.enumerated() where !half.isEmpty {
      let parts = half.split(separator: ":", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() {
        if part.contains(".") {
          guard number == halves.count - 1, index == parts.count - 1, isIPv4(part) else { return false }
          groups += 2
        } else {
          guard !part.isEmpty, part.utf8.count <= 4, UInt16(part, radix: 16) != nil, part.first != "+" else {
            return false
          }
          groups += 1
        }
      }
    }
    return halves.count == 2 ? groups < 8 : groups == 8
  }

  static func isCIDR(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
      let length = Int(parts[1])
    else { return false }
    return isIPv4(parts[0]) ? length <= 32 : isIPv6(String(parts[0])) && length <= 128
  }

  static func cidr(_ text: String, _ field: String) -> [FieldError] {
    isCIDR(text) ? [] : [.invalid(field, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
  }

  static func join(_ field: String, _ name: String) -> String { field.isEmpty ? name : "\(field).\(name)" }
}

extension String {
  /// The pieces between occurrences of a separator.
  func components(separatedBy separator: String) -> [String] {
    guard !separator.isEmpty else { return [self] }
    var result: [String] = []
    var piece = ""
    var rest = self[...]
    while let first = rest.first {
      if rest.hasPrefix(separator) {
        result.append(piece)
        piece = ""
        rest = rest.dropFirst(separator.count)
      } else {
        piece.append(first)
        rest = rest.dropFirst()
      }
    }
    return result + [piece]
  }
}
