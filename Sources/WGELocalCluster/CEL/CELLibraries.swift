internal import WGECore

/// Kubernetes' libraries: quantities, URLs, addresses, networks, semantic versions, named formats.
enum CELLibraries {
  /// Functions that read a text; nil for names that are none of these.
  static func parse(_ name: String, _ text: String, _ arguments: [CELValue]) throws(CELError) -> CELValue? {
    var normalizes = false
    if case .bool(let flag)? = arguments.first { normalizes = flag }
    switch name {
    case "isURL": return .bool(CELURL(text) != nil)
    case "url":
      guard let url = CELURL(text) else {
        throw CELError(
          "URL parse error during conversion from string: parse \(FieldError.quote(text)): invalid URI for request")
      }
      return .url(url)
    case "isQuantity": return .bool((try? Quantity(parsing: text)) != nil)
    case "quantity":
      do { return .quantity(try Quantity(parsing: text)) } catch { throw CELError(error.description) }
    case "isIP": return .bool(CELAddress(text) != nil)
    case "ip":
      guard let address = CELAddress(text) else {
        throw CELError(
          "IP Address \(FieldError.quote(text)) parse error during conversion from string: ParseAddr(\(FieldError.quote(text))): unable to parse IP"
        )
      }
      return .ip(address)
    case "ip.isCanonical":
      guard let address = CELAddress(text) else {
        throw CELError(
          "IP Address \(FieldError.quote(text)) parse error during conversion from string: ParseAddr(\(FieldError.quote(text))): unable to parse IP"
        )
      }
      return .bool(address.text == text)
    case "isCIDR": return .bool(CELNetwork(text) != nil)
    case "cidr": return .cidr(try network(text))
    case "isSemver": return .bool(CELVersion(text, normalizing: normalizes) != nil)
    case "semver":
      guard let version = CELVersion(text, normalizing: normalizes) else {
        throw CELError("semver parse error: invalid semantic version \(FieldError.quote(text))")
      }
      return .semver(version)
    case "format.named":
      return .optional(CELFormat(rawValue: text).map(CELValue.format))
    case "strings.quote": return .string(FieldError.quote(text))
    default: return nil
    }
  }

  private static func network(_ text: String) throws(CELError) -> CELNetwork {
    guard let network = CELNetwork(text) else {
      throw CELError(
        "network address parse error during conversion from string: netip.ParsePrefix(\(FieldError.quote(text))): no '/'"
      )
    }
    return network
  }

  static func call(_ name: String, _ value: CELValue, _ arguments: [CELValue]) throws(CELError) -> CELValue {
    func refused() -> CELError { CELFunctions.overload(name, [value] + arguments) }
    switch value {
    case .quantity(let quantity): return try self.quantity(name, quantity, arguments)
    case .url(let url):
      switch name {
      case "getScheme": return .string(url.scheme)
      case "getHost": return .string(url.host)
      case "getHostname": return .string(url.hostname)
      case "getPort": return .string(url.port)
      case "getEscapedPath": return .string(url.path)
      case "getQuery": return .map(url.parameters.map { (.string($0.key), .list($0.values.map(CELValue.string))) })
      default: throw refused()
      }
    case .ip(let address):
      switch name {
      case "family": return .int(address.family)
      case "isUnspecified": return .bool(address.isUnspecified)
      case "isLoopback": return .bool(address.isLoopback)
      case "isLinkLocalMulticast": return .bool(address.isLinkLocalMulticast)
      case "isLinkLocalUnicast": return .bool(address.isLinkLocalUnicast)
      case "isGlobalUnicast": return .bool(address.isGlobalUnicast)
      default: throw refused()
      }
    case .cidr(let cidr):
      switch (name, arguments.first) {
      case ("ip", nil): return .ip(cidr.address)
      case ("prefixLength", nil): return .int(Int64(cidr.length))
      case ("masked", nil): return .cidr(cidr.masked)
      case ("containsIP", .ip(let address)?): return .bool(cidr.contains(address))
      case ("containsIP", .string(let text)?):
        guard case .ip(let address)? = try parse("ip", text, []) else { throw refused() }
        return .bool(cidr.contains(address))
      case ("containsCIDR", .cidr(let other)?): return .bool(cidr.contains(other))
      case ("containsCIDR", .string(let text)?): return .bool(cidr.contains(try network(text)))
      default: throw refused()
      }
    case .semver(let version):
      switch (name, arguments.first) {
      case ("major", nil): return .int(Int64(clamping: version.numbers[0]))
      case ("minor", nil): return .int(Int64(clamping: version.numbers[1]))
      case ("patch", nil): return .int(Int64(clamping: version.numbers[2]))
      case ("compareTo", .semver(let other)?): return .int(Int64(version.compare(other)))
      case ("isGreaterThan", .semver(let other)?): return .bool(version.compare(other) > 0)
      case ("isLessThan", .semver(let other)?): return .bool(version.compare(other) < 0)
      default: throw refused()
      }
    case .format(let format):
      guard name == "validate", case .string(let text)? = arguments.first else { throw refused() }
      let problems = format.problems(text)
      return .optional(problems.isEmpty ? nil : .list(problems.map(CELValue.string)))
    default: throw refused()
    }
  }

  private static func quantity(_ name: String, _ quantity: Quantity, _ arguments: [CELValue]) throws(CELError)
    -> CELValue
  {
    let unit: Int128 = 1_000_000_000
    switch (name, arguments.first) {
    case ("sign", nil): return .int(quantity.nanos == 0 ? 0 : quantity.nanos < 0 ? -1 : 1)
    case ("isInteger", nil): return .bool(quantity.nanos % unit == 0 && Int64(exactly: quantity.nanos / unit) != nil)
    case ("asInteger", nil):
      guard quantity.nanos % unit == 0, let exact = Int64(exactly: quantity.nanos / unit) else {
        throw CELError("cannot convert value to integer")
      }
      return .int(exact)
    case ("asApproximateFloat", nil): return .double(Double(quantity.nanos) / 1e9)
    case ("add", let other?), ("sub", let other?):
      let operand: Quantity
      switch other {
      case .quantity(let value): operand = value
      case .int(let value): operand = Quantity(value)
      default: throw CELFunctions.overload(name, [.quantity(quantity), other])
      }
      guard let result = name == "add" ? quantity.adding(operand) : quantity.subtracting(operand) else {
        throw CELError("quantity overflow")
      }
      return .quantity(result)
    case ("isGreaterThan", .quantity(let other)?): return .bool(other < quantity)
    case ("isLessThan", .quantity(let other)?): return .bool(quantity < other)
    case ("compareTo", .quantity(let other)?): return .int(quantity < other ? -1 : quantity == other ? 0 : 1)
    default: throw CELFunctions.overload(name, [.quantity(quantity)] + arguments)
    }
  }
}
