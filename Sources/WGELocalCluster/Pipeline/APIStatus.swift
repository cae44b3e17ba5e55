internal import HTTPTypes
internal import WGECore

/// A refusal as the Kubernetes API words it: `metav1.Status` with its HTTP code.
///
/// Source of reasons, codes and sentences: k8s.io/apimachinery, api/errors.
struct APIStatus: Error, Sendable {
  struct Cause: Sendable, Hashable {
    var reason: String
    var message: String
    var field: String?

    var json: JSON {
      var result: JSON = ["message": .string(message)]
      if !reason.isEmpty { result["reason"] = .string(reason) }
      if let field { result["field"] = .string(field) }
      return result
    }
  }

  struct Details: Sendable {
    var name = ""
    var group = ""
    var kind = ""
    var uid = ""
    var causes: [Cause] = []
    var retryAfterSeconds: Int64 = 0

    var json: JSON {
      var result: JSON = [:]
      if !name.isEmpty { result["name"] = .string(name) }
      if !group.isEmpty { result["group"] = .string(group) }
      if !kind.isEmpty { result["kind"] = .string(kind) }
      if !uid.isEmpty { result["uid"] = .string(uid) }
      if !causes.isEmpty { result["causes"] = .array(causes.map(\.json)) }
      if retryAfterSeconds > 0 { result["retryAfterSeconds"] = .number(.int(retryAfterSeconds)) }
      return result
    }
  }

  var code: Int
  var reason: String
  var message: String
  var details: Details?
  /// From where a list may go on all the same.
  var continueToken: String?
  /// Answered as bare text instead of a Status object, as the real server's router does.
  var plainText = false
  /// Tells of a webhook that could not be asked, which its configuration may allow.
  var isCallFailure = false

  init(_ code: Int, _ reason: String, _ message: String, details: Details? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    self.details = details
  }

  var json: JSON {
    var result: JSON = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
      "code": .number(.int(Int64(code))),
    ]
    if !reason.isEmpty { result["reason"] = .string(reason) }
    if let details { result["details"] = details.json }
    if let continueToken { result["metadata"] = ["continue": .string(continueToken)] }
    return result
  }

  /// The Status of a successful deletion.
  static func deleted(_ resource: Resource, name: String, uid: String) -> JSON {
    [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
      "details": Details(name: name, group: resource.group, kind: resource.plural, uid: uid).json,
    ]
  }
}

extension APIStatus {
  static func notFound(_ groupResource: String, group: String, plural: String, name: String) -> APIStatus {
    APIStatus(
      404, "NotFound", "\(groupResource) \"\(name)\" not found",
      details: Details(name: name, group: group, kind: plural))
  }

  static func notFound(_ resource: Resource, _ name: String) -> APIStatus {
    notFound(resource.groupResource, group: resource.group, plural: resource.plural, name: name)
  }

  /// - Parameter isDeleting: the object that is in the way waits for its finalizers.
  static func alreadyExists(_ resource: Resource, _ name: String, isDeleting: Bool = false) -> APIStatus {
    APIStatus(
      409, "AlreadyExists",
      "\(isDeleting ? "object is being deleted: " : "")\(resource.groupResource) \"\(name)\" already exists",
      details: Details(name: name, group: resource.group, kind: resource.plural))
  }

  static func conflict(_ resource: Resource, _ name: String, _ why: String) -> APIStatus {
    APIStatus(
      409, "Conflict", "Operation cannot be fulfilled on \(resource.groupResource) \"\(name)\": \(why)",
      details: Details(name: name, group: resource.group, kind: resource.plural))
  }

  /// The object is not the one, or not in the state, that a deletion was meant for. Real servers name
  /// the kind here, not the resource.
  static func unmetPrecondition(_ resource: Resource, _ name: String, _ why: String) -> APIStatus {
    let kind = resource.group.isEmpty ? resource.kind : "\(resource.kind).\(resource.group)"
    return APIStatus(
      409, "Conflict", "Operation cannot be fulfilled on \(kind) \"\(name)\": \(why)",
      details: Details(name: name, group: resource.group, kind: resource.kind))
  }

  /// The optimistic lock failed.
  static func stale(_ resource: Resource, _ name: String) -> APIStatus {
    conflict(
      resource, name,
      "the object has been modified; please apply your changes to the latest version and try again")
  }

  static func badRequest(_ message: String) -> APIStatus { APIStatus(400, "BadRequest", message) }

  static func forbidden(_ resource: Resource, _ name: String, _ why: String) -> APIStatus {
    let subject = name.isEmpty ? resource.groupResource : "\(resource.groupResource) \"\(name)\""
    return APIStatus(
      403, "Forbidden", "\(subject) is forbidden: \(why)",
      details: Details(name: name, group: resource.group, kind: resource.plural))
  }

  static let unauthorized = APIStatus(401, "Unauthorized", "Unauthorized")

  static let resourceNotFound = APIStatus(
    404, "NotFound", "the server could not find the requested resource", details: Details())

  static let methodNotAllowed = APIStatus(
    405, "MethodNotAllowed", "the server does not allow this method on the requested resource", details: Details())

  static let pageNotFound: APIStatus = {
    var status = APIStatus(404, "NotFound", "404 page not found\n")
    status.plainText = true
    return status
  }()

  static let tooLarge = APIStatus(
    413, "RequestEntityTooLarge", "Request entity too large: limit is \(Defaults.maximumBody)")

  static func unsupportedMediaType(_ accepted: [String]) -> APIStatus {
    APIStatus(
      415, "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: \(accepted.joined(separator: ", "))"
    )
  }

  static func notAcceptable(_ offered: [String]) -> APIStatus {
    APIStatus(
      406, "NotAcceptable",
      "only the following media types are accepted: \(offered.joined(separator: ", "))")
  }

  static func expired(_ message: String) -> APIStatus { APIStatus(410, "Expired", message) }

  static func internalError(_ message: String) -> APIStatus {
    APIStatus(
      500, "InternalError", "Internal error occurred: \(message)",
      details: Details(causes: [Cause(reason: "", message: message)]))
  }

  static func invalid(kind: String, group: String, name: String, _ errors: [FieldError]) -> APIStatus {
    let subject = group.isEmpty ? kind : "\(kind).\(group)"
    var seen = Set<String>()
    let sentences = errors.map(\.sentence).filter { seen.insert($0).inserted }
    let message = sentences.count == 1 ? sentences[0] : "[\(sentences.joined(separator: ", "))]"
    return APIStatus(
      422, "Invalid", "\(subject) \"\(name)\" is invalid: \(message)",
      details: Details(name: name, group: group, kind: kind, causes: errors.map(\.cause)))
  }

  static func invalid(_ resource: Resource, _ name: String, _ errors: [FieldError]) -> APIStatus {
    // Objects that groups share are judged, and named, as those of the core group.
    let isCore = resource.storageName == resource.plural
    return invalid(kind: resource.kind, group: isCore ? "" : resource.group, name: name, errors)
  }

  /// Bad query options: `CreateOptions.meta.k8s.io "" is invalid: ...`.
  static func invalidOptions(_ kind: String, _ error: FieldError) -> APIStatus {
    invalid(kind: kind, group: "meta.k8s.io", name: "", [error])
  }
}
