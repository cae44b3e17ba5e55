internal import WGECore

/// One entry of `x-kubernetes-validations`.
struct ValidationRule: Sendable {
  var rule: String

  init(_ json: JSON) throws(APIStatus) {
    rule = json["rule"]?.stringValue ?? ""
    throw APIStatus(501, "NotImplemented", "x-kubernetes-validations are not supported by this server: \(rule)")
  }
}
