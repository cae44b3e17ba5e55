internal import HTTPTypes
internal import WGECore
internal import WGEKube

/// What a request asks for, read from its method, path and query alone.
///
/// The same reading serves routing and authorization, so that what is allowed is what is done.
/// Source: k8s.io/apiserver, endpoints/request RequestInfo.
struct RequestInfo: Sendable {
  var path = ""
  var method: HTTPRequest.Method = .get
  /// The API verb: get, list, watch, create, update, patch, delete, deletecollection; for paths
  /// that are no resources the lower-case method.
  var verb = ""
  var isResource = false
  var group = ""
  var version = ""
  var namespace = ""
  var plural = ""
  var name = ""
  var subresource = ""
  /// Further path segments below the subresource, as in `services/x/proxy/a/b`.
  var rest: [String] = []
  /// The path uses the retired `/watch/` form.
  var isWatchPath = false

  init(_ request: KubeRequest, query: QueryOptions) throws(APIStatus) {
    path = request.path
    method = request.method
    verb = request.method.rawValue.lowercased()
    guard var segments = Self.segments(of: request.path) else { throw .pageNotFound }
    guard let first = segments.first, first == "api" || first == "apis" else { return }
    let prefixLength = first == "api" ? 2 : 3
    guard segments.count > prefixLength else { return }
    if first == "apis" { group = segments[1] }
    version = segments[prefixLength - 1]
    segments.removeFirst(prefixLength)
    isResource = true
    if segments.first == "watch" {
      isWatchPath = true
      segments.removeFirst()
    }
    if segments.first == "namespaces", segments.count > 1 {
      namespace = segments[1]
      if segments.count > 2, segments[2] != "status", segments[2] != "finalize" {
        segments.removeFirst(2)
      }
    }
    if segments.isEmpty {
      isResource = false
      return
    }
    plural = segments[0]
    name = segments.count > 1 ? segments[1] : ""
    subresource = segments.count > 2 ? segments[2] : ""
    rest = Array(segments.dropFirst(3))
    setVerb(query)
  }

  private mutating func setVerb(_ query: QueryOptions) {
    switch method {
    case .post: verb = "create"
    case .put: verb = "update"
    case .patch: verb = "patch"
    case .delete: verb = name.isEmpty ? "deletecollection" : "delete"
    case .get, .head:
      verb = name.isEmpty ? "list" : "get"
      if isWatchPath || (query.isWatch && name.isEmpty) {
        verb = "watch"
      }
      // A list of one name is authorized, and watched, as that one object.
      if name.isEmpty, verb != "get", let only = query.onlyName { name = only }
    default: verb = method.rawValue.lowercased()
    }
  }

  /// The decoded segments of a path; nil for paths that could mean something else further on.
  static func segments(of path: String) -> [String]? {
    guard path.hasPrefix("/"), path.utf8.count <= 8192 else { return nil }
    var result: [String] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let decoded = percentDecoded(part) else { return nil }
      if decoded == "." || decoded == ".." || decoded.utf8.contains(UInt8(ascii: "/")) || decoded.utf8.contains(0) {
        return nil
      }
      result.append(decoded)
    }
    if result.last == "" { result.removeLast() }
    if result.contains("") { return nil }
    return result
  }

  static func percentDecoded(_ text: Substring) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = iterator.next().flatMap(hex), let low = iterator.next().flatMap(hex) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
