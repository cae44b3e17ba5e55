internal import WGECore

/// The wire form of questions to webhooks and of their answers.
/// Source: k8s.io/api, admission/v1; k8s.io/apiserver, admission/plugin/webhook/request.
enum AdmissionReview {
  struct Verdict: Sendable {
    var allowed: Bool
    var result: JSON?
    var warnings: [String]
    var patch: [UInt8]?
  }

  /// The part of a review that policies and match conditions see too.
  static func request(_ attributes: AdmissionAttributes, as resource: Resource, uid: String) -> JSON {
    func kind(_ resource: Resource) -> JSON {
      let (group, version, name) = attributes.kind ?? (resource.group, resource.version, resource.kind)
      return ["group": .string(group), "version": .string(version), "kind": .string(name)]
    }
    func resourceJSON(_ resource: Resource) -> JSON {
      ["group": .string(resource.group), "version": .string(resource.version), "resource": .string(resource.plural)]
    }
    var request: JSON = [
      "uid": .string(uid), "kind": kind(resource), "resource": resourceJSON(resource),
      "requestKind": kind(attributes.resource), "requestResource": resourceJSON(attributes.resource),
      "operation": .string(attributes.operation.rawValue), "userInfo": attributes.user.json,
      "object": convert(attributes.object, attributes, resource) ?? .null,
      "oldObject": convert(attributes.oldObject, attributes, resource) ?? .null,
      "dryRun": .bool(attributes.isDryRun), "options": attributes.options,
    ]
    if !attributes.name.isEmpty { request["name"] = .string(attributes.name) }
    if !attributes.namespace.isEmpty { request["namespace"] = .string(attributes.namespace) }
    if !attributes.subresource.isEmpty {
      request["subResource"] = .string(attributes.subresource)
      request["requestSubResource"] = .string(attributes.subresource)
    }
    return request
  }

  /// The object as another version of its resource shows it.
  static func convert(_ json: JSON?, _ attributes: AdmissionAttributes, _ resource: Resource) -> JSON? {
    guard let json, resource !== attributes.resource, attributes.kind == nil else { return json }
    return Presentation.present(Presentation.store(json, attributes.resource), resource)
  }

  /// Reads an answer, or says what is wrong with it.
  static func verdict(_ json: JSON, uid: String, isMutating: Bool, version: String) throws(WebhookFailure) -> Verdict {
    guard let response = json["response"], case .object = response else {
      throw WebhookFailure(problem: "webhook response was absent")
    }
    if version == "v1" {
      let given = response["uid"]?.stringValue ?? ""
      if given != uid {
        throw WebhookFailure(
          problem: "expected response.uid=\(FieldError.quote(uid)), got \(FieldError.quote(given))")
      }
      let apiVersion = json["apiVersion"]?.stringValue ?? ""
      let kind = json["kind"]?.stringValue ?? ""
      if apiVersion != "admission.k8s.io/v1" || kind != "AdmissionReview" {
        throw WebhookFailure(
          problem:
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got \(apiVersion), Kind=\(kind)")
      }
    }
    let patchText = response["patch"]?.stringValue ?? ""
    let patchType = response["patchType"]?.stringValue
    if isMutating {
      if version == "v1", !patchText.isEmpty, patchType == nil {
        throw WebhookFailure(problem: "webhook returned response.patch but not response.patchType")
      }
      if version == "v1", patchText.isEmpty, patchType != nil {
        throw WebhookFailure(problem: "webhook returned response.patchType but not response.patch")
      }
      if let patchType, patchType != "JSONPatch", !patchText.isEmpty {
        throw WebhookFailure(problem: "unsupported patch type \(FieldError.quote(patchType))")
      }
    } else {
      if !patchText.isEmpty { throw WebhookFailure(problem: "validating webhook may not return response.patch") }
      if patchType != nil { throw WebhookFailure(problem: "validating webhook may not return response.patchType") }
    }
    var patch: [UInt8]?
    if !patchText.isEmpty {
      do { patch = try Base64.bytes(of: Array(patchText.utf8)) } catch {
        throw WebhookFailure(problem: "illegal base64 data at input byte \(error.offset)")
      }
    }
    return Verdict(
      allowed: response["allowed"]?.boolValue ?? false, result: response["status"],
      warnings: (response["warnings"]?.arrayValue ?? []).compactMap(\.stringValue), patch: patch)
  }

  /// The refusal of a webhook that said no.
  static func refusal(_ name: String, _ result: JSON?) -> APIStatus {
    let denied = "admission webhook \(FieldError.quote(name)) denied the request"
    let message = result?["message"]?.stringValue ?? ""
    let reason = result?["reason"]?.stringValue ?? ""
    let code = Int(result?["code"]?.intValue ?? 0)
    var status = APIStatus(
      code < 400 || code > 599 ? 400 : code, reason,
      message.isEmpty
        ? (reason.isEmpty ? "\(denied) without explanation" : "\(denied): \(reason)") : "\(denied): \(message)")
    if let details = result?["details"] {
      status.details = .init(
        name: details["name"]?.stringValue ?? "", group: details["group"]?.stringValue ?? "",
        kind: details["kind"]?.stringValue ?? "", uid: details["uid"]?.stringValue ?? "",
        causes: (details["causes"]?.arrayValue ?? []).map {
          .init(
            reason: $0["reason"]?.stringValue ?? "", message: $0["message"]?.stringValue ?? "",
            field: $0["field"]?.stringValue)
        })
    }
    return status
  }
}
