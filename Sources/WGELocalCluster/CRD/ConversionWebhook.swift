internal import WGECore

/// How a custom resource definition has its versions converted by a webhook.
/// Source: k8s.io/apiextensions-apiserver, pkg/apiserver/conversion.
struct ConversionWebhook: Sendable {
  let definition: String
  let target: LocalCluster.WebhookCall.Target
  let authorities: [UInt8]
  /// The version of the review that it is asked with; nil when it reads none that is written here.
  let reviewVersion: String?

  /// - Parameter spec: a definition's. Nil where versions differ by their name alone.
  init?(definition: String, spec: JSON) {
    guard spec["conversion"]?["strategy"]?.stringValue == "Webhook", let webhook = spec["conversion"]?["webhook"] else {
      return nil
    }
    self.definition = definition
    let client = webhook["clientConfig"] ?? [:]
    target = LocalCluster.WebhookCall.Target(client)
    authorities = (client["caBundle"]?.stringValue).flatMap { Base64.decode($0) } ?? []
    reviewVersion = (webhook["conversionReviewVersions"]?.arrayValue ?? []).compactMap(\.stringValue)
      .first { $0 == "v1" || $0 == "v1beta1" }
  }

  /// The question that asks for these objects in another version.
  func call(_ objects: [JSON], desired: String, uid: String) throws(ConversionFailure) -> LocalCluster.WebhookCall {
    guard let reviewVersion else { throw ConversionFailure("no supported conversion review versions") }
    return LocalCluster.WebhookCall(
      name: "conversion_webhook_for_\(definition)", target: target, authorities: authorities,
      body: [
        "kind": "ConversionReview", "apiVersion": .string("apiextensions.k8s.io/\(reviewVersion)"),
        "request": [
          "uid": .string(uid), "desiredAPIVersion": .string(desired), "objects": .array(objects),
        ],
      ], timeout: Defaults.conversionTimeout)
  }

  /// The objects of an answer, checked against those that were asked for.
  func objects(_ review: JSON, of originals: [JSON], desired: String, uid: String) throws(ConversionFailure) -> [JSON] {
    let kind = Self.kind(originals.first ?? [:])
    func failed(_ problem: String) -> ConversionFailure {
      ConversionFailure("conversion webhook for \(kind) failed: \(problem)")
    }
    guard let response = review["response"], case .object = response else { throw failed("no response provided") }
    if reviewVersion == "v1" {
      let apiVersion = review["apiVersion"]?.stringValue ?? ""
      if apiVersion != "apiextensions.k8s.io/v1" || review["kind"]?.stringValue != "ConversionReview" {
        throw failed(
          "expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got \(Self.kind(review))")
      }
      let given = response["uid"]?.stringValue ?? ""
      if given != uid {
        throw failed("expected response.uid=\(FieldError.quote(uid)), got \(FieldError.quote(given))")
      }
    }
    let status = response["result"]?["status"]?.stringValue ?? ""
    guard status == "Success" else {
      let message = response["result"]?["message"]?.stringValue ?? ""
      throw failed(message.isEmpty ? "response.result.status was '\(status)', not 'Success'" : message)
    }
    let converted = response["convertedObjects"]?.arrayValue ?? []
    guard converted.count == originals.count else {
      throw ConversionFailure(
        "conversion webhook for \(kind) returned \(converted.count) objects, expected \(originals.count)")
    }
    var result: [JSON] = []
    for (original, object) in zip(originals, converted) {
      result.append(try checked(object, original, desired))
    }
    return result
  }

  /// A webhook may change everything but what the object is, and of the metadata labels and annotations alone.
  private func checked(_ converted: JSON, _ original: JSON, _ desired: String) throws(ConversionFailure) -> JSON {
    let webhook = "conversion webhook for \(Self.kind(original))"
    guard case .object = converted else {
      throw ConversionFailure("\(webhook) failed: json: cannot unmarshal \(converted.typeName) into Go value")
    }
    func text(_ json: JSON, _ path: String...) -> String { json.value(at: path)?.stringValue ?? "" }
    let version = text(converted, "apiVersion")
    if version != desired {
      throw ConversionFailure(
        "\(webhook) returned invalid object at index 0: invalid groupVersion (expected \(desired), received \(version))"
      )
    }
    let kinds = (text(original, "kind"), text(converted, "kind"))
    if kinds.0 != kinds.1 {
      throw ConversionFailure(
        "\(webhook) returned invalid object at index 0: invalid kind (expected \(kinds.0), received \(kinds.1))")
    }
    for (field, word) in [("name", "name"), ("namespace", "namespace"), ("uid", "UID")] {
      let (before, after) = (text(original, "metadata", field), text(converted, "metadata", field))
      if before != after {
        throw ConversionFailure("\(webhook) returned invalid object: must have the same \(word): \(before) != \(after)")
      }
    }
    var result = converted
    do throws(ConversionFailure) { result["metadata"] = try Self.metadata(converted["metadata"], original) } catch {
      throw ConversionFailure("\(webhook) returned invalid metadata: \(error.problem)")
    }
    return result
  }

  private static func metadata(_ given: JSON?, _ original: JSON) throws(ConversionFailure) -> JSON {
    guard let given else { throw ConversionFailure("missing metadata in converted object") }
    guard case .object = given else {
      throw ConversionFailure("invalid metadata of type \(goType(given)) in converted object")
    }
    var metadata = original["metadata"] ?? [:]
    for field in ["labels", "annotations"] {
      guard let value = given[field], !value.isNull else {
        metadata[field] = nil
        continue
      }
      guard case .object(let members) = value else {
        throw ConversionFailure("invalid metadata.\(field) of type \(goType(value)) in converted object")
      }
      for member in members where member.value.stringValue == nil {
        throw ConversionFailure(
          "metadata.\(field)[\(member.key)] must be a string, but is \(goType(member.value)) in converted object")
      }
      if metadata[field] != value {
        let errors =
          field == "labels"
          ? MetadataRules.labelErrors(members) : MetadataRules.annotationErrors(members, "metadata.annotation")
        if !errors.isEmpty {
          let texts = errors.map(\.sentence)
          throw ConversionFailure(texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]")
        }
      }
      metadata[field] = value
    }
    return metadata
  }

  /// As Go prints a GroupVersionKind.
  static func kind(_ json: JSON) -> String {
    "\(json["apiVersion"]?.stringValue ?? ""), Kind=\(json["kind"]?.stringValue ?? "")"
  }

  private static func goType(_ json: JSON) -> String {
    switch json {
    case .null: "<nil>"
    case .bool: "bool"
    case .number(let number): number.int64 == nil ? "float64" : "int64"
    case .string: "string"
    case .array: "[]interface {}"
    case .object: "map[string]interface {}"
    }
  }
}

/// Why an object cannot be shown or stored in a version.
struct ConversionFailure: Error, Sendable {
  let problem: String
  init(_ problem: String) { self.problem = problem }
}
