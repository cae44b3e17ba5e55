internal import WGECore

/// One REST resource at one version: all that the pipeline needs to know to serve it.
///
/// Built-in resources come from the tables in Kinds/, custom ones from their definitions; the
/// pipeline does not tell them apart except through this type.
final class Resource: Sendable {
  let group: String
  let version: String
  let kind: String
  let plural: String
  let singular: String
  let shortNames: [String]
  let categories: [String]
  let isNamespaced: Bool
  let verbs: [String]
  /// Where objects are kept: versions, and groups that share objects, name the same place.
  let storageName: String
  let subresources: [Subresource]
  let schema: TypeSchema
  let behaviour: Behaviour
  let columns: [PrinterColumn]
  /// The definition's version, for custom resources.
  let custom: CustomVersion?

  init(
    group: String, version: String, kind: String, plural: String, singular: String? = nil, shortNames: [String] = [],
    categories: [String] = [], isNamespaced: Bool, verbs: [String] = Resource.allVerbs, storageName: String? = nil,
    subresources: [Subresource] = [], schema: TypeSchema, behaviour: Behaviour = Behaviour(),
    columns: [PrinterColumn] = PrinterColumn.plain, custom: CustomVersion? = nil
  ) {
    self.group = group
    self.version = version
    self.kind = kind
    self.plural = plural
    self.singular = singular ?? kind.lowercased()
    self.shortNames = shortNames
    self.categories = categories
    self.isNamespaced = isNamespaced
    self.verbs = verbs
    self.storageName = storageName ?? (group.isEmpty ? plural : "\(plural).\(group)")
    self.subresources = subresources
    self.schema = schema
    self.behaviour = behaviour
    self.columns = columns
    self.custom = custom
  }

  static let allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  /// `deployments.apps`, as messages name it.
  var groupResource: String { group.isEmpty ? plural : "\(plural).\(group)" }
  var listKind: String { custom?.listKind ?? "\(kind)List" }
  var isCustom: Bool { custom != nil }
  /// Tables show what every object has, and no more.
  var hasPlainColumns: Bool { !isCustom && columns.map(\.name) == PrinterColumn.plain.map(\.name) }

  /// Kinds that are replaced only by who names the version that is replaced.
  private static let replacedByVersion: Set<String> = [
    "apiservices.apiregistration.k8s.io", "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io",
    "csistoragecapacities.storage.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
    "leases.coordination.k8s.io", "mutatingadmissionpolicies.admissionregistration.k8s.io",
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io", "poddisruptionbudgets.policy",
    "runtimeclasses.node.k8s.io", "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io", "volumeattachments.storage.k8s.io",
  ]

  /// What a client should be told of an object that it writes and that is accepted all the same.
  func warnings(_ json: JSON, old: JSON?) -> [String] {
    (behaviour.warnings?(json) ?? []) + (isCustom ? [] : PodWarnings.warnings(json, old: old, self))
  }

  /// An update must say which version it replaces.
  var needsVersionOnUpdate: Bool { isCustom || Self.replacedByVersion.contains(storageName) }

  func subresource(_ name: String) -> Subresource? { subresources.first { $0.name == name } }
  var hasStatus: Bool { subresource("status") != nil }

  /// Where a real server would keep the object, as its storage errors say.
  func registryKey(_ key: String) -> String {
    let place =
      switch storageName {
      case "services", "endpoints": "services/\(plural == "services" ? "specs" : plural)"
      case "nodes": "minions"
      default: plural
      }
    return isCustom ? "/\(group)/\(plural)/\(key)" : "/registry/\(place)/\(key)"
  }

  func storageKey(namespace: String, name: String) -> String { isNamespaced ? "\(namespace)/\(name)" : name }
}

/// A part of an object that is served at a path of its own.
struct Subresource: Sendable {
  enum Role: Sendable {
    /// Reads and writes `status` alone.
    case status
    /// Reads and writes the replica count in the form of autoscaling/v1 Scale.
    case scale(ScalePaths)
    /// Creates a short-lived credential of a service account.
    case token
    /// Deletes a pod by way of the Eviction kind.
    case eviction
    /// Ends a namespace's content before it goes.
    case finalize
    /// Writes the conditions that approve or deny a signing request.
    case approval
    /// Gives a pod its node.
    case binding
    /// Adds containers to a pod for debugging.
    case ephemeralContainers
    /// Changes the resources of a pod's containers.
    case resize
    /// Reads the output of a container.
    case log
    /// Talks to what runs, of which there is nothing.
    case connect
  }

  var name: String
  var kind: String
  var role: Role
  var verbs: [String]
}

/// Where the numbers of a Scale live in the object.
struct ScalePaths: Sendable {
  var specReplicas: [String]
  var statusReplicas: [String]
  /// The path of a selector: a string, or a LabelSelector that is shown as a string.
  var selector: [String]?
}

/// What a kind adds to the common pipeline, stage by stage. Every stage is optional and pure.
struct Behaviour: Sendable {
  /// How names must look.
  var name: NameRule = .subdomain
  /// Counts changes of the desired state in `metadata.generation`.
  var hasGeneration = false
  /// Changes of annotations count as changes of the desired state, as Deployments have it.
  var countsAnnotations = false
  /// What of the metadata a write of the status changes too.
  var statusMetadata = StatusMetadata.all
  /// Creates by name on PUT, as upstream does for a few kinds.
  var allowsCreateOnUpdate = false
  /// Fills in what the client left out; runs after decoding, on every write and on patches.
  var applyDefaults: (@Sendable (inout JSON) -> Void)?
  /// Sets what only the server decides, before an object is created.
  var prepareForCreate: (@Sendable (inout JSON) -> Void)?
  /// Restores or computes what clients cannot change, before an object is replaced.
  var prepareForUpdate: (@Sendable (inout JSON, _ old: JSON) -> Void)?
  /// Writes into a new object who made it.
  var stamp: (@Sendable (inout JSON, UserInfo) -> Void)?
  /// What a client should be told of an object that is accepted all the same.
  var warnings: (@Sendable (JSON) -> [String])?
  var validate: (@Sendable (JSON) -> [FieldError])?
  var validateUpdate: (@Sendable (JSON, _ old: JSON) -> [FieldError])?
  /// Looks at an object whose status is written.
  var validateStatus: (@Sendable (JSON, _ old: JSON) -> [FieldError])?
  /// Fields besides name and namespace that field selectors may use, with their values.
  var selectableFields: [SelectableField] = []
}

/// A field that field selectors may name.
struct SelectableField: Sendable {
  var name: String
  var value: @Sendable (JSON) -> String
}

/// What of an object's metadata a write of its status changes too.
enum StatusMetadata: Sendable {
  case all, allButLabels, none
}
