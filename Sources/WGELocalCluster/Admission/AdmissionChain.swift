internal import Synchronization
internal import WGECore

/// The webhooks and policies that are in force, compiled once and again after a configuration changed.
final class AdmissionChain: Sendable {
  struct Configured: Sendable {
    var mutating: [Webhook] = []
    var validating: [Webhook] = []
    var policies: [BoundPolicy] = []

    var isEmpty: Bool { mutating.isEmpty && validating.isEmpty && policies.isEmpty }
  }

  static let group = "admissionregistration.k8s.io"
  private static let mutatingConfigurations = "mutatingwebhookconfigurations.\(group)"
  private static let validatingConfigurations = "validatingwebhookconfigurations.\(group)"
  private static let policies = "validatingadmissionpolicies.\(group)"
  private static let bindings = "validatingadmissionpolicybindings.\(group)"

  private let store: Store
  private let compiled = Mutex<Configured?>(nil)

  init(store: Store) { self.store = store }

  /// Forgets what was compiled when the change concerns it.
  func changed(_ resource: String) {
    if resource.hasSuffix(Self.group) { compiled.withLock { $0 = nil } }
  }

  var configured: Configured {
    if let known = compiled.withLock({ $0 }) { return known }
    let made = Configured(
      mutating: webhooks(Self.mutatingConfigurations, isMutating: true),
      validating: webhooks(Self.validatingConfigurations, isMutating: false),
      policies: BoundPolicy.all(
        policies: store.read(Self.policies).objects.values().map(\.json),
        bindings: store.read(Self.bindings).objects.values().map(\.json)))
    compiled.withLock { $0 = made }
    return made
  }

  /// In the order of their configurations' names.
  private func webhooks(_ resource: String, isMutating: Bool) -> [Webhook] {
    store.read(resource).objects.values().flatMap { stored in
      let name = stored.metadata["name"]?.stringValue ?? ""
      return (stored.json["webhooks"]?.arrayValue ?? []).enumerated().map {
        Webhook($0.element, configuration: name, index: $0.offset, isMutating: isMutating)
      }
    }
  }
}

/// Runs a request past the webhooks and policies in force.
/// Source: k8s.io/apiserver, admission/plugin/webhook: generic, mutating and validating dispatchers.
struct AdmissionRun: Sendable {
  let cluster: Cluster
  let effects: Effects

  /// Whether anything is in force for such a request: most requests end here.
  private func configured(for attributes: AdmissionAttributes) -> AdmissionChain.Configured? {
    // Whoever locks themselves out must be able to take the lock away.
    if attributes.resource.group == AdmissionChain.group { return nil }
    let configured = cluster.admission.configured
    return configured.isEmpty ? nil : configured
  }

  // MARK: Mutating

  /// The object as the mutating webhooks leave it.
  /// - Parameter decode: reads and defaults what a patch has made of the object.
  func mutate(_ attributes: AdmissionAttributes, _ decode: (JSON) throws(APIStatus) -> JSON) throws(APIStatus) -> JSON?
  {
    guard let configured = configured(for: attributes), !configured.mutating.isEmpty else { return attributes.object }
    var current = attributes
    /// Webhooks that want to see what others changed after them, with how often anything had changed then.
    var reinvocable: [(webhook: Webhook, changes: Int)] = []
    var changes = 0
    for webhook in configured.mutating {
      guard let resource = try match(webhook, current) else { continue }
      if try call(webhook, &current, as: resource, round: 0, decode) { changes += 1 }
      if webhook.isReinvoked { reinvocable.append((webhook, changes)) }
    }
    for (webhook, seen) in reinvocable where seen < changes {
      guard let resource = try match(webhook, current) else { continue }
      _ = try call(webhook, &current, as: resource, round: 1, decode)
    }
    return current.object
  }

  /// True when the webhook changed the object.
  private func call(
    _ webhook: Webhook, _ attributes: inout AdmissionAttributes, as resource: Resource, round: Int,
    _ decode: (JSON) throws(APIStatus) -> JSON
  ) throws(APIStatus) -> Bool {
    let verdict: AdmissionReview.Verdict
    do throws(APIStatus) {
      guard let given = try ask(webhook, attributes, as: resource, round: round) else { throw .suspended }
      verdict = given
    } catch {
      if webhook.ignoresFailure, error.isCallFailure { return false }
      throw error
    }
    for warning in verdict.warnings { effects.warn(warning) }
    if !verdict.allowed { throw AdmissionReview.refusal(webhook.name, verdict.result) }
    guard let bytes = verdict.patch else { return false }
    let patch: JSONPatch
    do { patch = try JSONPatch(JSON(parsing: bytes)) } catch {
      if webhook.ignoresFailure { return false }
      throw .callFailure(webhook.name, "received undecodable patch in webhook response: \(error)")
    }
    guard let object = attributes.object else {
      throw .internalError(
        "admission webhook \(FieldError.quote(webhook.name)) attempted to modify the object, which is not supported for this operation"
      )
    }
    var changed: JSON
    do {
      changed = try patch.apply(
        to: AdmissionReview.convert(object, attributes, resource) ?? object,
        limits: .init(operations: Defaults.maximumPatchOperations, depth: Defaults.maximumDepth))
    } catch {
      throw .internalError("\(error)")
    }
    if resource !== attributes.resource, attributes.kind == nil {
      changed = Presentation.present(Presentation.store(changed, resource), attributes.resource)
    }
    let decoded = try decode(changed)
    let differs = decoded != object
    attributes.object = decoded
    return differs
  }

  // MARK: Validating

  func validate(_ attributes: AdmissionAttributes) throws(APIStatus) {
    guard let configured = configured(for: attributes) else { return }
    for policy in configured.policies { try policy.check(attributes, cluster, effects) }
    var verdicts: [(Webhook, Result<AdmissionReview.Verdict, APIStatus>)] = []
    var isWaiting = false
    // All are asked before any is waited for, so that they work at the same time.
    for webhook in configured.validating {
      guard let resource = try match(webhook, attributes) else { continue }
      do throws(APIStatus) {
        if let verdict = try ask(webhook, attributes, as: resource, round: 0) {
          verdicts.append((webhook, .success(verdict)))
        } else {
          isWaiting = true
        }
      } catch {
        verdicts.append((webhook, .failure(error)))
      }
    }
    if isWaiting { throw .suspended }
    for (webhook, result) in verdicts {
      switch result {
      case .failure(let status):
        if !(webhook.ignoresFailure && status.isCallFailure) { throw status }
      case .success(let verdict):
        for warning in verdict.warnings { effects.warn(warning) }
        if !verdict.allowed { throw AdmissionReview.refusal(webhook.name, verdict.result) }
      }
    }
  }

  // MARK: Both

  /// The resource as which a webhook wants to see the request; nil when it does not.
  private func match(_ webhook: Webhook, _ attributes: AdmissionAttributes) throws(APIStatus) -> Resource? {
    guard AdmissionSelectors.matches(webhook.namespaceSelector, namespaceOf: attributes, cluster),
      AdmissionSelectors.matches(webhook.objectSelector, objectOf: attributes),
      let resource = AdmissionRule.match(
        webhook.rules, attributes, equivalent: webhook.matchesEquivalent, cluster.registry)
    else { return nil }
    if webhook.conditions.isEmpty { return resource }
    let values = AdmissionSelectors.variables(attributes, as: resource)
    var failures: [String] = []
    for condition in webhook.conditions {
      do throws(CELError) { if try !condition.holds(values) { return nil } } catch {
        failures.append("expression '\(condition.text)' resulted in error: \(error)")
      }
    }
    if failures.isEmpty { return resource }
    if webhook.ignoresFailure { return nil }
    let failure = failures.count == 1 ? failures[0] : "[\(failures.joined(separator: ", "))]"
    throw .forbidden(attributes.resource, attributes.name, failure)
  }

  /// The webhook's verdict; nil when it has yet to be asked.
  private func ask(_ webhook: Webhook, _ attributes: AdmissionAttributes, as resource: Resource, round: Int)
    throws(APIStatus) -> AdmissionReview.Verdict?
  {
    if attributes.isDryRun, webhook.sideEffects != "None", webhook.sideEffects != "NoneOnDryRun" {
      throw .badRequest("admission webhook \(FieldError.quote(webhook.name)) does not support dry run")
    }
    guard let version = webhook.reviewVersions.first(where: { $0 == "v1" || $0 == "v1beta1" }) else {
      throw .callFailure(
        webhook.name,
        "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)")
    }
    var request = AdmissionReview.request(attributes, as: resource, uid: "")
    let key = "\(webhook.id) \(webhook.isMutating) \(round) \(Self.withoutTimes(request))"
    let uid = Self.uid(of: key)
    request["uid"] = .string(uid)
    let answer = effects.answer(
      to: Effects.Question(
        key: key,
        call: LocalCluster.WebhookCall(
          name: webhook.name, target: webhook.target, authorities: webhook.authorities,
          body: [
            "kind": "AdmissionReview", "apiVersion": .string("admission.k8s.io/\(version)"), "request": request,
          ], timeout: webhook.timeout)), key: key)
    switch answer {
    case nil: return nil
    case .failure(let failure)?:
      throw .callFailure(webhook.name, failure.sentence)
    case .success(let json)?:
      do throws(WebhookFailure) {
        return try AdmissionReview.verdict(json, uid: uid, isMutating: webhook.isMutating, version: version)
      } catch {
        throw .callFailure(webhook.name, "received invalid webhook response: \(error.problem)")
      }
    }
  }

  /// What does not change when the pipeline runs again a second later.
  private static func withoutTimes(_ request: JSON) -> JSON {
    var copy = request
    copy.setValue(nil, at: ["object", "metadata", "managedFields"])
    return copy
  }

  /// A uid that stays the same for one question, so that a run that is repeated recognises its answer.
  static func uid(of key: String) -> String {
    var hashes: [UInt64] = [14_695_981_039_346_656_037, 1_099_511_628_211]
    for byte in key.utf8 {
      for index in hashes.indices {
        hashes[index] = (hashes[index] ^ UInt64(byte)) &* 1_099_511_628_211 &+ UInt64(index)
      }
    }
    return Cluster.uid(high: hashes[0], low: hashes[1])
  }
}

extension APIStatus {
  /// A webhook that could not be asked, or whose answer could not be used.
  static func callFailure(_ webhook: String, _ problem: String) -> APIStatus {
    var status = APIStatus.internalError("failed calling webhook \(FieldError.quote(webhook)): \(problem)")
    status.isCallFailure = true
    return status
  }
}

/// Selectors of webhooks and policies, and what their expressions see.
enum AdmissionSelectors {
  static func matches(_ selection: LabelSelector, namespaceOf attributes: AdmissionAttributes, _ cluster: Cluster)
    -> Bool
  {
    let resource = attributes.resource
    if resource.storageName == "namespaces" {
      let object =
        attributes.operation == .delete || !attributes.subresource.isEmpty
        ? attributes.oldObject ?? attributes.object : attributes.object
      return selection.matches(object ?? [:])
    }
    guard resource.isNamespaced else { return true }
    return selection.matches(cluster.store.object("namespaces", attributes.namespace)?.json ?? [:])
  }

  static func matches(_ selection: LabelSelector, objectOf attributes: AdmissionAttributes) -> Bool {
    [attributes.object, attributes.oldObject].contains { object in object.map { selection.matches($0) } ?? false }
      || (attributes.object == nil && attributes.oldObject == nil && selection.matches([:]))
  }

  static func variables(_ attributes: AdmissionAttributes, as resource: Resource) -> [String: CELValue] {
    var request = AdmissionReview.request(attributes, as: resource, uid: "")
    for field in ["uid", "object", "oldObject"] { request[field] = nil }
    func value(_ json: JSON?) -> CELValue {
      AdmissionReview.convert(json, attributes, resource).map { CELValue($0, nil) } ?? .null
    }
    return [
      "object": value(attributes.object), "oldObject": value(attributes.oldObject), "request": CELValue(request, nil),
    ]
  }
}
