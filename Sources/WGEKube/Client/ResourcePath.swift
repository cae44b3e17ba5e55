internal import WGECore

/// Builds the path of a resource, an object or a subresource.
///
/// Problem: names come from outside, and a name must never change which resource is addressed.
/// Percent-encoding alone does not do: API servers split the decoded path, so `a%2Fb` is two
/// segments to them, and some proxies resolve `%2E%2E`. Idea: what no Kubernetes name can hold
/// (`/`, `%`, `.` and `..` alone, control characters, nothing at all) is refused before anything
/// is sent; all the rest is encoded to RFC 3986 unreserved characters.
enum ResourcePath {
  /// `/api/v1`, `/apis/apps/v1`.
  static func root(_ resource: ResourceType) throws -> String {
    let version = try segment(resource.version, what: "version of \(resource.kind)")
    if resource.group.isEmpty { return "/api/" + version }
    return "/apis/" + (try segment(resource.group, what: "group of \(resource.kind)")) + "/" + version
  }

  /// The path of a resource in a namespace, or, with nil, across all of them.
  static func collection(_ resource: ResourceType, namespace: String?) throws -> String {
    var path = try root(resource)
    if resource.isNamespaced, let namespace {
      path += "/namespaces/" + (try segment(namespace, what: "namespace"))
    }
    return path + "/" + (try segment(resource.plural, what: "plural of \(resource.kind)"))
  }

  /// The path of one object. A namespaced resource needs a namespace.
  static func object(
    _ resource: ResourceType, namespace: String?, name: String, subresource: Subresource? = nil
  ) throws -> String {
    if resource.isNamespaced, namespace == nil {
      throw KubeError.request(
        "\(resource.kind) \(name) needs a namespace: \(resource.groupResource) live in namespaces")
    }
    var path = try collection(resource, namespace: namespace)
    path += "/" + (try segment(name, what: "name of \(resource.kind)"))
    if let subresource { path += "/" + (try segment(subresource.rawValue, what: "subresource")) }
    return path
  }

  /// One encoded segment.
  /// - Throws: ``KubeError/request(_:)`` for text that cannot be one.
  static func segment(_ text: String, what: String) throws -> String {
    if text.isEmpty { throw KubeError.request("the \(what) is empty") }
    if text == "." || text == ".." { throw KubeError.request("the \(what) may not be '\(text)'") }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "/"), UInt8(ascii: "%"):
        throw KubeError.request("the \(what) may not contain '\(Character(UnicodeScalar(byte)))'")
      case 0..<0x20, 0x7F:
        throw KubeError.request("the \(what) may not contain control characters")
      default: break
      }
    }
    return percentEncoded(text)
  }

  /// Every byte but RFC 3986 unreserved ones as `%XX`.
  static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        result.append(byte)
      default:
        result.append(UInt8(ascii: "%"))
        result.append(digits[Int(byte >> 4)])
        result.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
