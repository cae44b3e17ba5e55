internal import WGECore

/// What a request asks of admission: the operation, and the object before and after.
struct AdmissionAttributes: Sendable {
  enum Operation: String, Sendable {
    case create = "CREATE"
    case update = "UPDATE"
    case delete = "DELETE"
    case connect = "CONNECT"
  }

  var operation: Operation
  /// The resource that the request names.
  var resource: Resource
  var subresource = ""
  /// The kind of `object`, where it is another than the resource's: `autoscaling/v1 Scale`.
  var kind: (group: String, version: String, kind: String)?
  var name = ""
  var namespace = ""
  var object: JSON?
  var oldObject: JSON?
  var isDryRun = false
  var user: UserInfo
  /// `metav1.CreateOptions` and its like.
  var options: JSON = [:]
}

/// One webhook of a configuration.
struct Webhook: Sendable {
  let configuration: String
  let index: Int
  let name: String
  let isMutating: Bool
  let rules: [AdmissionRule]
  let ignoresFailure: Bool
  let matchesEquivalent: Bool
  let namespaceSelector: LabelSelector
  let objectSelector: LabelSelector
  let conditions: [AdmissionCondition]
  let target: LocalCluster.WebhookCall.Target
  let authorities: [UInt8]
  let timeout: Duration
  let sideEffects: String
  let isReinvoked: Bool
  let reviewVersions: [String]

  init(_ json: JSON, configuration: String, index: Int, isMutating: Bool) {
    self.configuration = configuration
    self.index = index
    self.isMutating = isMutating
    name = json["name"]?.stringValue ?? ""
    rules = (json["rules"]?.arrayValue ?? []).map(AdmissionRule.init)
    ignoresFailure = json["failurePolicy"]?.stringValue == "Ignore"
    matchesEquivalent = json["matchPolicy"]?.stringValue != "Exact"
    namespaceSelector = LabelSelector(json["namespaceSelector"] ?? [:])
    objectSelector = LabelSelector(json["objectSelector"] ?? [:])
    conditions = (json["matchConditions"]?.arrayValue ?? []).map {
      AdmissionCondition(name: $0["name"]?.stringValue ?? "", $0["expression"]?.stringValue ?? "", variables: [])
    }
    let client = json["clientConfig"] ?? [:]
    target = LocalCluster.WebhookCall.Target(client)
    authorities = (client["caBundle"]?.stringValue).flatMap { Base64.decode($0) } ?? []
    timeout = .seconds(min(30, max(1, json["timeoutSeconds"]?.intValue ?? 10)))
    sideEffects = json["sideEffects"]?.stringValue ?? ""
    isReinvoked = json["reinvocationPolicy"]?.stringValue == "IfNeeded"
    reviewVersions = (json["admissionReviewVersions"]?.arrayValue ?? []).compactMap(\.stringValue)
  }

  /// Tells webhooks of all configurations apart.
  var id: String { "\(configuration)/\(name)/\(index)" }
}

/// Which requests a webhook or a policy is asked about.
/// Source: k8s.io/apiserver, admission/plugin/webhook/predicates/rules.
struct AdmissionRule: Sendable {
  let operations: [String]
  let groups: [String]
  let versions: [String]
  let resources: [String]
  let resourceNames: [String]
  let scope: String

  init(_ json: JSON) {
    func strings(_ field: String) -> [String] { (json[field]?.arrayValue ?? []).compactMap(\.stringValue) }
    operations = strings("operations")
    groups = strings("apiGroups")
    versions = strings("apiVersions")
    resources = strings("resources")
    resourceNames = strings("resourceNames")
    scope = json["scope"]?.stringValue ?? "*"
  }

  func matches(_ attributes: AdmissionAttributes, _ resource: Resource) -> Bool {
    guard operations.contains("*") || operations.contains(attributes.operation.rawValue) else { return false }
    switch scope {
    case "Namespaced": if !resource.isNamespaced { return false }
    case "Cluster": if resource.isNamespaced { return false }
    default: break
    }
    guard groups.contains("*") || groups.contains(resource.group),
      versions.contains("*") || versions.contains(resource.version),
      resourceNames.isEmpty || resourceNames.contains(attributes.name)
    else { return false }
    return resources.contains { wanted in
      let parts = wanted.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      let subresource = parts.count > 1 ? parts[1] : ""
      return (parts[0] == "*" || parts[0] == resource.plural)
        && (subresource == "*" || subresource == attributes.subresource)
    }
  }

  /// The resource as which one of the rules covers the request: itself, or, when equivalents count,
  /// another version or group of the same objects.
  static func match(
    _ rules: [AdmissionRule], _ attributes: AdmissionAttributes, equivalent: Bool, _ registry: Registry
  ) -> Resource? {
    if rules.contains(where: { $0.matches(attributes, attributes.resource) }) { return attributes.resource }
    guard equivalent else { return nil }
    let others = registry.equivalents(of: attributes.resource)
    for rule in rules { if let other = others.first(where: { rule.matches(attributes, $0) }) { return other } }
    return nil
  }
}

extension Registry {
  /// The other resources that serve the same objects.
  func equivalents(of resource: Resource) -> [Resource] {
    byVersion.keys.sorted().flatMap { byVersion[$0] ?? [] }.filter {
      // Where a webhook converts, requests are matched as they come.
      $0.storageName == resource.storageName && $0 !== resource && $0.custom?.webhook == nil
    }
  }
}

/// One CEL expression over a request, compiled when its configuration was read.
struct AdmissionCondition: Sendable {
  let name: String
  let text: String
  private let compiled: Result<CELExpression, CELCompileError>

  static let variables = ["object", "oldObject", "request"]

  init(name: String, _ text: String, variables: [String]) {
    self.name = name
    self.text = text
    do throws(CELCompileError) {
      compiled = .success(try CELChecker.compile(text, variables: Self.variables + variables))
    } catch {
      compiled = .failure(error)
    }
  }

  func evaluate(_ values: [String: CELValue]) throws(CELError) -> CELValue {
    var evaluator = CELEvaluator(variables: values)
    do { return try evaluator.evaluate(try compiled.get()) } catch let error as CELError { throw error } catch {
      throw CELError("\(error)")
    }
  }

  func holds(_ values: [String: CELValue]) throws(CELError) -> Bool {
    guard case .bool(let value) = try evaluate(values) else { throw CELError("the expression is no boolean") }
    return value
  }

  /// What is wrong with an expression before it runs.
  static func problem(_ text: String, variables: [String] = []) -> String? {
    do throws(CELCompileError) {
      _ = try CELChecker.compile(text, variables: Self.variables + variables)
      return nil
    } catch {
      return "compilation failed: \(error.description)"
    }
  }
}
