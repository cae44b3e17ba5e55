public import WGECore

/// What was seen of the application in one target.
public struct TargetObservation: Sendable, Hashable {
  /// Why a target could not be read, which also names the event.
  public enum Failure: Sendable, Hashable {
    /// The cluster is unknown, not ready or does not answer.
    case cluster(String)
    /// The cluster answers, the application object cannot be read.
    case application(String)

    /// The text for `status.environments.<name>.targets[].error`.
    public var message: String {
      switch self {
      case .cluster(let message), .application(let message): message
      }
    }
  }

  /// The revision that runs; empty when unknown.
  public var revision: String
  /// Ready, with its present specification.
  public var ready: Bool
  /// Set when the target could not be read.
  public var failure: Failure?
  /// Read, but not as it should be: ready without a revision.
  public var problem: String?

  /// An observation from its parts.
  public init(revision: String = "", ready: Bool = false, failure: Failure? = nil, problem: String? = nil) {
    self.revision = revision
    self.ready = ready
    self.failure = failure
    self.problem = problem
  }

  /// A ready application at a revision.
  public static func ready(_ revision: String) -> TargetObservation {
    TargetObservation(revision: revision, ready: true)
  }

  /// An application at a revision that is not ready (yet).
  public static func unready(_ revision: String = "") -> TargetObservation {
    TargetObservation(revision: revision, ready: false)
  }

  /// A target whose cluster cannot be reached.
  public static func unreachable(_ message: String) -> TargetObservation {
    TargetObservation(failure: .cluster(message))
  }
}

extension TargetObservation {
  /// What an application object says of itself.
  ///
  /// Ready means: condition `Ready` is `True` for the generation that the object has now, and a
  /// revision is known. The revision is, for a HelmRelease, the chart version of its newest deployed
  /// release, and else `status.lastAppliedRevision`; a revision that was only attempted never counts.
  public init(application object: DynamicObject) {
    let status = object["status"] ?? .null
    let revision = Self.revision(of: object, status: status)
    let ready = Self.isReady(object, status: status)
    if ready, revision.isEmpty {
      self.init(problem: "unable to find .status.lastAppliedRevision in ready target object")
    } else {
      self.init(revision: revision, ready: ready)
    }
  }

  private static func revision(of object: DynamicObject, status: JSON) -> String {
    let applied = status["lastAppliedRevision"]?.stringValue ?? ""
    guard object.kind == "HelmRelease", object.apiVersion.hasPrefix("helm.toolkit.fluxcd.io/") else { return applied }
    let deployed = status["history"]?.arrayValue?.first { $0["status"]?.stringValue == "deployed" }
    let version = deployed?["chartVersion"]?.stringValue ?? ""
    let found = version.isEmpty ? applied : version
    let fromOCI =
      object.value(at: ["spec", "chartRef", "kind"])?.stringValue == "OCIRepository"
      || !(status["lastAttemptedRevisionDigest"]?.stringValue ?? "").isEmpty
    return fromOCI ? withoutDigestSuffix(found) : found
  }

  /// Flux appends `+` and twelve digits of the artifact's digest to versions that it takes from an
  /// OCIRepository; charts and markers do not carry them.
  private static func withoutDigestSuffix(_ version: String) -> String {
    guard let plus = version.lastIndex(of: "+") else { return version }
    let suffix = version[version.index(after: plus)...].utf8
    let isHex = suffix.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
    return suffix.count == 12 && isHex ? String(version[..<plus]) : version
  }

  private static func isReady(_ object: DynamicObject, status: JSON) -> Bool {
    guard
      let condition = status["conditions"]?.arrayValue?.first(where: { $0["type"]?.stringValue == "Ready" }),
      condition["status"]?.stringValue == "True"
    else { return false }
    guard let generation = object.generation else { return true }
    let observed = [status["observedGeneration"]?.intValue, condition["observedGeneration"]?.intValue]
    return observed.allSatisfy { $0.map { $0 >= generation } ?? true }
  }
}
