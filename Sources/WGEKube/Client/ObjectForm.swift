internal import WGECore

/// How much of each object an answer holds.
public enum ObjectForm: Sendable, Hashable {
  /// The whole object.
  case full
  /// `apiVersion`, `kind` and `metadata` alone (`PartialObjectMetadata`): a small part of the bytes
  /// and of the memory, for whoever needs only names, labels or owners. Servers that do not know
  /// the form send whole objects, of which the rest is dropped here.
  case metadata

  private static let plain = "application/json"

  private static func partial(_ kind: String) -> String {
    "\(plain);as=\(kind);g=meta.k8s.io;v=v1,\(plain)"
  }

  /// What to accept where one object is the answer, or the object of a watch event.
  var acceptsObject: String { self == .full ? Self.plain : Self.partial("PartialObjectMetadata") }

  /// What to accept where a list is the answer.
  var acceptsList: String { self == .full ? Self.plain : Self.partial("PartialObjectMetadataList") }

  /// The object as the caller asked for it: partial ones say of themselves what they are a part of.
  func shaped(_ object: DynamicObject, _ resource: ResourceType) -> DynamicObject {
    guard self == .metadata else { return object }
    var members = JSONObject()
    // A whole object keeps its own word on its type, which a partial one does not have.
    let isPartial = object.kind == "PartialObjectMetadata" || object.kind.isEmpty
    members["apiVersion"] = .string(isPartial ? resource.apiVersion : object.apiVersion)
    members["kind"] = .string(isPartial ? resource.kind : object.kind)
    members["metadata"] = object["metadata"] ?? [:]
    return DynamicObject(members)
  }
}
