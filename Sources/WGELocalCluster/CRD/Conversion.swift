internal import WGECore

/// Turns custom objects from one version into another, asking the definition's webhook where it has one.
///
/// Problem: objects are presented in the middle of synchronous code, while lists are written and watches
/// encoded; a webhook answers when it likes.
///
/// Idea: a stored object keeps what it looks like in other versions, as it keeps other encodings. Whoever
/// is about to present objects has them prepared first: those that lack the form are put to the webhook,
/// and the request stops and runs again as for admission (see ``Effects``). Presenting then finds the form.
///
/// Invariant: nothing stops after a commit. What a write answers with is converted before it is stored,
/// and given the revision afterwards.
struct Conversion: Sendable {
  let effects: Effects

  /// Objects and bytes of one question, so that its answer stays within what is read of one.
  private static let maximumObjects = 250
  private static let maximumBytes = 512 * 1024

  /// Sees to it that these objects can be presented as the resource's version.
  func prepare(_ objects: [StoredObject], _ resource: Resource) throws(APIStatus) {
    guard let custom = resource.custom, let webhook = custom.webhook else { return }
    let missing = objects.filter { !$0.hasForm(custom.form(resource.apiVersion)) }
    var isWaiting = false
    var start = 0
    while start < missing.count {
      var end = start
      var bytes = 0
      while end < missing.count, end - start < Self.maximumObjects, end == start || bytes < Self.maximumBytes {
        bytes += missing[end].bytes.count
        end += 1
      }
      let batch = missing[start..<end]
      start = end
      do throws(APIStatus) {
        let converted = try convert(batch.map(\.json), to: resource.apiVersion, webhook)
        for (object, json) in zip(batch, converted) {
          object.keep(Presentation.finish(json, custom).serialized(), as: custom.form(resource.apiVersion))
        }
      } catch {
        // The other questions are asked at the same time.
        guard error.isSuspended else { throw error }
        isWaiting = true
      }
    }
    if isWaiting { throw .suspended }
  }

  /// The same for objects that are only looked for where a webhook converts.
  func prepare(_ resource: Resource, _ objects: () -> [StoredObject]) throws(APIStatus) {
    if resource.custom?.webhook != nil { try prepare(objects(), resource) }
  }

  /// Prepares objects outside of a request.
  /// - Returns: why they cannot be presented; nil when they can.
  static func prepare(_ objects: [StoredObject], _ resource: Resource, _ cluster: Cluster) async -> APIStatus? {
    let effects = Effects()
    for _ in 0..<APIServer.maximumStops {
      do throws(APIStatus) {
        try Conversion(effects: effects).prepare(objects, resource)
        return nil
      } catch {
        guard error.isSuspended else { return error }
      }
      await cluster.webhooks.ask(effects.takeOpen(), effects)
      if Task.isCancelled { break }
    }
    return .internalError("the objects could not be converted")
  }

  /// The storage form of an object of this version.
  func store(_ json: JSON, _ resource: Resource) throws(APIStatus) -> JSON {
    guard let custom = resource.custom, let webhook = custom.webhook else { return Presentation.store(json, resource) }
    return try convert([json], to: custom.storageAPIVersion, webhook)[0]
  }

  /// What the storage form will look like in this version once it is stored; nil where that can be told
  /// afterwards.
  func preview(_ state: JSON, _ resource: Resource) throws(APIStatus) -> JSON? {
    guard let custom = resource.custom, let webhook = custom.webhook else { return nil }
    return Presentation.finish(try convert([state], to: resource.apiVersion, webhook)[0], custom)
  }

  /// Lets an object that was stored just now be presented as it was foreseen.
  func complete(_ stored: StoredObject, _ preview: JSON?, _ resource: Resource) -> StoredObject {
    guard var json = preview, let custom = resource.custom else { return stored }
    json.setValue(stored.metadata["resourceVersion"], at: ["metadata", "resourceVersion"])
    stored.keep(json.serialized(), as: custom.form(resource.apiVersion))
    return stored
  }

  /// The same objects in another version, in their order. Those that are in it already are not asked for.
  private func convert(_ objects: [JSON], to desired: String, _ webhook: ConversionWebhook) throws(APIStatus) -> [JSON]
  {
    let indices = objects.indices.filter { objects[$0]["apiVersion"]?.stringValue != desired }
    if indices.isEmpty { return objects }
    let originals = indices.map { objects[$0] }
    let key = "conversion \(webhook.definition) \(desired) \(JSON.array(originals.map(Self.withoutTimes)))"
    let uid = AdmissionRun.uid(of: key)
    var result = objects
    var isWaiting = false
    do throws(ConversionFailure) {
      let call = try webhook.call(originals, desired: desired, uid: uid)
      switch effects.answer(to: Effects.Question(key: key, call: call), key: key) {
      case nil: isWaiting = true
      case .failure(let failure)?:
        throw ConversionFailure(
          "conversion webhook for \(ConversionWebhook.kind(originals[0])) failed: \(failure.problem)")
      case .success(let review)?:
        let converted = try webhook.objects(review, of: originals, desired: desired, uid: uid)
        for (index, json) in zip(indices, converted) { result[index] = json }
      }
    } catch {
      throw APIStatus(500, "", error.problem)
    }
    if isWaiting { throw .suspended }
    return result
  }

  /// What does not change when the pipeline runs again a second later. Metadata is not taken from an answer.
  private static func withoutTimes(_ json: JSON) -> JSON {
    var copy = json
    copy.setValue(nil, at: ["metadata", "managedFields"])
    if copy.value(at: ["metadata", "deletionTimestamp"]) != nil {
      copy.setValue(true, at: ["metadata", "deletionTimestamp"])
    }
    return copy
  }
}
