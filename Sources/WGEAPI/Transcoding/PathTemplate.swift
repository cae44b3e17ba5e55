/// A path with named segments, such as `/v1/pipelines/{name}`.
///
/// A request path matches segment by segment, as it was sent: empty segments, `.` and `..` match
/// nothing, so `//v1/featureflags` and `/v1/x/../featureflags` are not `/v1/featureflags`. A named
/// segment is percent-decoded once, after splitting, so an encoded slash stays part of the value.
public struct PathTemplate: Sendable, Hashable {
  /// One part between slashes.
  public enum Segment: Sendable, Hashable {
    /// Exactly this text.
    case literal(String)
    /// Any one segment, which becomes this field.
    case field(String)
  }

  /// The parts, in order.
  public let segments: [Segment]

  /// Parses a template; a segment in braces is a field.
  public init(_ text: String) {
    segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
      part.hasPrefix("{") && part.hasSuffix("}")
        ? .field(String(part.dropFirst().dropLast())) : .literal(String(part))
    }
  }

  /// The named segments of a path that matches, decoded; nil when it does not match.
  ///
  /// - Parameter path: the request's path as sent, without query.
  public func match(_ path: RequestPath) -> [String: String]? {
    guard path.segments.count == segments.count else { return nil }
    var values: [String: String] = [:]
    for (segment, sent) in zip(segments, path.segments) {
      switch segment {
      case .literal(let text): guard sent == text else { return nil }
      case .field(let name): values[name] = sent
      }
    }
    return values
  }
}

/// The path of a request, split and decoded, or refused.
public struct RequestPath: Sendable, Hashable {
  /// Longest path that is looked at, in bytes.
  public static let maximumLength = 4096

  /// Decoded segments, none of them empty, `.` or `..`, none with a control character.
  public let segments: [String]

  /// Nil when the path cannot be anything that is served.
  public init?(_ path: some StringProtocol) {
    let bytes = path.utf8
    guard bytes.first == UInt8(ascii: "/"), bytes.count <= Self.maximumLength else { return nil }
    var segments: [String] = []
    for part in bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let segment = PercentEncoding.decode(part), !segment.isEmpty, segment != ".", segment != "..",
        !segment.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
      else { return nil }
      segments.append(segment)
    }
    self.segments = segments
  }
}

/// Percent-encoding of RFC 3986.
public enum PercentEncoding {
  /// Decodes one segment or value; nil when an escape is broken or the result is not UTF-8.
  ///
  /// - Parameter plusIsSpace: as HTML forms and queries write it.
  public static func decode(_ bytes: some Sequence<UInt8>, plusIsSpace: Bool = false) -> String? {
    var out: [UInt8] = []
    var iterator = bytes.makeIterator()
    while let byte = iterator.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue) else {
          return nil
        }
        out.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace:
        out.append(UInt8(ascii: " "))
      default:
        out.append(byte)
      }
    }
    return String(validating: out, as: UTF8.self)
  }

  /// Encodes everything but unreserved characters, so that the result is one path segment or value.
  public static func encode(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        out.append(byte)
      default:
        out.append(UInt8(ascii: "%"))
        out.append(hexDigit(byte >> 4))
        out.append(hexDigit(byte & 15))
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The names and values of a query, in order; nil when an escape is broken.
  public static func decodeQuery(_ query: some StringProtocol) -> [(name: String, value: String)]? {
    var pairs: [(name: String, value: String)] = []
    for part in query.utf8.split(separator: UInt8(ascii: "&")) {
      let split = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decode(split[0], plusIsSpace: true),
        let value = split.count > 1 ? decode(split[1], plusIsSpace: true) : ""
      else { return nil }
      pairs.append((name, value))
    }
    return pairs
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "A")
  }
}
