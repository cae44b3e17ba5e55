internal import WGECore

/// A list as the server sent it: one page, or all pages put together.
public struct KubeList<Object: Sendable>: Sendable {
  /// The objects, in the server's order.
  public var items: [Object]
  /// The state that the list shows; a watch goes on from here.
  public var resourceVersion: String
  /// Present when there are more pages.
  public var continueToken: String?
  /// How many objects follow in later pages, when the server knows.
  public var remainingItemCount: Int64?
  /// True for a page that begins the list anew, since the earlier pages had expired: drop what
  /// was gathered from them. See ``ListPages``.
  public var restartsList: Bool
  /// True for pages of another state than the earlier ones, and for lists that hold such pages. See
  /// ``ExpiredListPolicy/continueInconsistently``.
  public var isInconsistent = false

  /// With these values; the properties say what they mean.
  public init(
    items: [Object], resourceVersion: String = "", continueToken: String? = nil, remainingItemCount: Int64? = nil,
    restartsList: Bool = false
  ) {
    self.items = items
    self.resourceVersion = resourceVersion
    self.continueToken = continueToken
    self.remainingItemCount = remainingItemCount
    self.restartsList = restartsList
  }

  /// The same list with another form of its objects.
  public func map<New: Sendable>(_ transform: (Object) throws -> New) rethrows -> KubeList<New> {
    var list = KubeList<New>(
      items: try items.map(transform), resourceVersion: resourceVersion, continueToken: continueToken,
      remainingItemCount: remainingItemCount, restartsList: restartsList)
    list.isInconsistent = isInconsistent
    return list
  }
}

extension KubeList: Equatable where Object: Equatable {}
extension KubeList: Hashable where Object: Hashable {}

extension KubeList where Object == DynamicObject {
  /// Reads a list. Items mostly come without `apiVersion` and `kind`; they get the resource's.
  /// - Throws: ``KubeError/decoding(what:problem:)``.
  init(_ json: JSON, resource: ResourceType) throws {
    let what = "list of \(resource.groupResource)"
    guard case .object(let members) = json else {
      throw KubeError.decoding(what: what, problem: "expected an object, found \(json.typeName)")
    }
    let kind = members["kind"]?.stringValue ?? ""
    guard kind.hasSuffix("List") else {
      throw KubeError.decoding(what: what, problem: "expected a kind that ends in List, found \"\(kind.prefix(64))\"")
    }
    let elements: [JSON]
    switch members["items"] {
    case .array(let array)?: elements = array
    // Go servers spell an empty list as null.
    case .null?, nil: elements = []
    case let other?: throw KubeError.decoding(what: what, problem: "items: expected an array, found \(other.typeName)")
    }
    var items: [DynamicObject] = []
    items.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      guard var object = DynamicObject(element) else {
        throw KubeError.decoding(what: what, problem: "items[\(index)]: expected an object, found \(element.typeName)")
      }
      object.completeTypeMeta(resource)
      items.append(object)
    }
    let metadata = members["metadata"]
    self.init(
      items: items, resourceVersion: metadata?["resourceVersion"]?.stringValue ?? "",
      continueToken: metadata?["continue"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
      remainingItemCount: metadata?["remainingItemCount"]?.intValue)
  }
}

extension DynamicObject {
  /// Fills in `apiVersion` and `kind` where they are missing.
  mutating func completeTypeMeta(_ resource: ResourceType) {
    if apiVersion.isEmpty { self["apiVersion"] = .string(resource.apiVersion) }
    if kind.isEmpty { self["kind"] = .string(resource.kind) }
  }
}
