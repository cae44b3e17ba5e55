internal import HTTPTypes
public import WGECore

/// How many replicas an object wants and has, in the form that is the same for all kinds that can
/// be scaled (`autoscaling/v1 Scale`).
public struct Scale: Sendable, Hashable {
  /// Which object.
  public var key: ObjectKey
  /// The object's state.
  public var resourceVersion: String
  /// What is wanted.
  public var desiredReplicas: Int
  /// What there is.
  public var currentReplicas: Int
  /// The pods that are counted, `app=web`; empty when the kind does not say.
  public var selector: String

  /// With these values; the properties say what they mean.
  public init(
    key: ObjectKey, resourceVersion: String = "", desiredReplicas: Int, currentReplicas: Int = 0, selector: String = ""
  ) {
    self.key = key
    self.resourceVersion = resourceVersion
    self.desiredReplicas = desiredReplicas
    self.currentReplicas = currentReplicas
    self.selector = selector
  }

  init(_ object: DynamicObject, what: String) throws {
    guard object.kind == "Scale" else {
      throw KubeError.decoding(what: what, problem: "expected a Scale, found \"\(object.kind.prefix(64))\"")
    }
    func count(_ part: String) -> Int { object[part]?["replicas"]?.intValue.map { Int(clamping: $0) } ?? 0 }
    self.init(
      key: object.key, resourceVersion: object.resourceVersion ?? "", desiredReplicas: count("spec"),
      currentReplicas: count("status"), selector: object["status"]?["selector"]?.stringValue ?? "")
  }
}

extension KubeClient {
  /// How many replicas an object wants and has.
  public func scale(_ resource: ResourceType, _ key: ObjectKey) async throws -> Scale {
    try Scale(try await get(resource, key, subresource: .scale), what: "scale of \(resource.kind) \(key)")
  }

  /// Changes how many replicas an object wants and nothing else, whatever others write meanwhile.
  ///
  /// - Parameter resourceVersion: Change only this state of the object, a conflict otherwise; nil
  ///   for any.
  @discardableResult
  public func setScale(
    _ resource: ResourceType, _ key: ObjectKey, replicas: Int, resourceVersion: String? = nil,
    options: WriteOptions = WriteOptions()
  ) async throws -> Scale {
    var change: JSON = ["spec": ["replicas": .number(.int(Int64(replicas)))]]
    if let resourceVersion { change["metadata"] = ["resourceVersion": .string(resourceVersion)] }
    return try Scale(
      try await patch(resource, key, .merge(change), subresource: .scale, options: options),
      what: "scale of \(resource.kind) \(key)")
  }
}
