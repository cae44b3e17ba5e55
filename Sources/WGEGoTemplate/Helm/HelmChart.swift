public import WGECore

/// A chart whose templates can be rendered: one chart without its dependencies.
///
/// ```swift
/// let chart = HelmChart(metadata: ["name": "shop", "version": "1.0.0"], values: ["replicas": 2], templates: [
///   "templates/deployment.yaml": "replicas: {{ .Values.replicas }}"
/// ])
/// try chart.render(release: HelmRelease(name: "shop", namespace: "apps"))
/// ```
public struct HelmChart: Sendable {
  /// `Chart.yaml`: `name`, `version`, `appVersion` and so on.
  public var metadata: JSON
  /// The default values.
  public var values: JSON
  /// Texts by path within the chart, `templates/...`. Files whose name begins with `_` only define.
  public var templates: [String: String]
  /// What `.Files` gives, by path within the chart.
  public var files: [String: [UInt8]]

  /// A chart.
  public init(metadata: JSON, values: JSON, templates: [String: String], files: [String: [UInt8]] = [:]) {
    self.metadata = metadata
    self.values = values
    self.templates = templates
    self.files = files
  }

  /// Renders every template that is not a partial; texts by path with the chart's name in front.
  ///
  /// - Parameters:
  ///   - overrides: merged over the chart's values; null removes a key.
  ///   - release: what `.Release` gives.
  ///   - capabilities: what `.Capabilities` gives.
  ///   - functions: what templates can call. Default Helm's, with a `lookup` that finds nothing.
  ///   - limits: for each template.
  ///   - environment: the clock and the random generator.
  /// - Throws: ``TemplateError`` for the first template that fails.
  public func render(
    values overrides: JSON = .object([:]), release: HelmRelease, capabilities: HelmCapabilities = HelmCapabilities(),
    functions: FunctionSet = .helm(), limits: RenderLimits = RenderLimits(),
    environment: RenderEnvironment = RenderEnvironment()
  ) throws(TemplateError) -> [String: String] {
    var options = TemplateOptions(functions: functions)
    options.missingKey = .zero
    options.limits = limits
    var set = TemplateSet(options: options)
    let name = metadata["name"]?.stringValue ?? "chart"
    for (path, text) in templates.sorted(by: { ByteOrder.less($0.key, $1.key) }) {
      try set.parse(text, name: "\(name)/\(path)")
    }
    let merged = Self.merge(overrides, over: values)
    var rendered: [String: String] = [:]
    for path in templates.keys.sorted() {
      let file = path.split(separator: "/").last ?? ""
      if file.hasPrefix("_") || file == "NOTES.txt" { continue }
      let data = data(merged, name, path, release, capabilities)
      let bytes = try set.renderBytes("\(name)/\(path)", data, numbers: .json, environment: environment)
      // As Helm does, which renders missing values as nothing.
      let text = TextOperations.replace(bytes, Array("<no value>".utf8), [])
      rendered["\(name)/\(path)"] = String(decoding: text, as: UTF8.self)
    }
    return rendered
  }

  /// Maps merge; anything else replaces; null removes.
  static func merge(_ overrides: JSON, over values: JSON) -> JSON {
    guard case .object(let changes) = overrides, case .object(var result) = values else { return overrides }
    for member in changes {
      if case .null = member.value {
        result[member.key] = nil
      } else if let old = result[member.key] {
        result[member.key] = merge(member.value, over: old)
      } else {
        result[member.key] = member.value
      }
    }
    return .object(result)
  }

  private func data(
    _ values: JSON, _ name: String, _ path: String, _ release: HelmRelease, _ capabilities: HelmCapabilities
  ) -> GoValue {
    // Fields of Chart.yaml have Go's names in templates.
    var chart: [(String, GoValue)] = [("IsRoot", .bool(true))]
    for member in metadata.objectValue ?? [:] {
      let field = member.key == "apiVersion" ? "APIVersion" : member.key.prefix(1).uppercased() + member.key.dropFirst()
      chart.append((String(field), GoValue(member.value, numbers: .json)))
    }
    return .map(
      GoMap([
        ("Values", GoValue(values, numbers: .json)), ("Chart", .map(GoMap(chart))), ("Release", release.value),
        ("Capabilities", capabilities.value), ("Files", .host(HelmFiles(files))), ("Subcharts", .map(GoMap())),
        (
          "Template",
          .map(GoMap([("Name", .string("\(name)/\(path)")), ("BasePath", .string("\(name)/templates"))]))
        ),
      ]))
  }
}

/// What `.Release` gives.
public struct HelmRelease: Sendable {
  /// The release's name.
  public var name: String
  /// The namespace that it is installed into.
  public var namespace: String
  /// 1 for an installation.
  public var revision = 1
  /// False when an existing release is upgraded.
  public var isInstall = true

  /// The first installation of a release.
  public init(name: String, namespace: String) {
    self.name = name
    self.namespace = namespace
  }

  var value: GoValue {
    .map(
      GoMap([
        ("Name", .string(name)), ("Namespace", .string(namespace)), ("Revision", .int(revision)),
        ("IsInstall", .bool(isInstall)), ("IsUpgrade", .bool(!isInstall)), ("Service", .string("Helm")),
      ]))
  }
}

/// What `.Capabilities` gives.
public struct HelmCapabilities: Sendable {
  /// `v1.33.0`
  public var kubeVersion = "v1.33.0"
  /// What `.Capabilities.APIVersions.Has` knows: `apps/v1`, `apps/v1/Deployment`.
  public var apiVersions: Set<String> = ["v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "policy/v1"]

  /// A recent cluster with the built-in groups.
  public init() {}

  var value: GoValue {
    let parts = kubeVersion.drop { $0 == "v" }.split(separator: ".")
    let version = HelmObject(
      "*chartutil.KubeVersion", text: kubeVersion,
      fields: [
        "Version": kubeVersion, "GitVersion": kubeVersion, "Major": parts.first.map(String.init) ?? "",
        "Minor": parts.count > 1 ? String(parts[1]) : "",
      ])
    return .map(GoMap([("KubeVersion", .host(version)), ("APIVersions", .host(HelmVersions(apiVersions)))]))
  }
}

/// An object with text fields.
final class HelmObject: TemplateObject, Sendable {
  let goTypeName: String
  let goString: String
  private let fields: [String: String]

  init(_ type: String, text: String, fields: [String: String]) {
    goTypeName = type
    goString = text
    self.fields = fields
  }

  func field(named name: String) -> GoValue? { fields[name].map { .string($0) } }
}

final class HelmVersions: TemplateObject, Sendable {
  private let versions: Set<String>
  var goTypeName: String { "chartutil.VersionSet" }
  var goString: String { "[" + versions.sorted().joined(separator: " ") + "]" }

  init(_ versions: Set<String>) { self.versions = versions }

  func method(named name: String) -> TemplateFunction? {
    guard name == "Has" else { return nil }
    let versions = versions
    return TemplateFunction(name, .string) { .bool(versions.contains(Sprig.string($1[0]))) }
  }
}

/// What `.Files` gives.
final class HelmFiles: TemplateObject, Sendable {
  private let files: [String: [UInt8]]
  var goTypeName: String { "engine.files" }
  var goKind: String { "map" }
  var goString: String { "map[" + files.keys.sorted().map { "\($0):…" }.joined(separator: " ") + "]" }

  init(_ files: [String: [UInt8]]) { self.files = files }

  func method(named name: String) -> TemplateFunction? {
    let files = files
    switch name {
    case "Get": return TemplateFunction(name, .string) { .text(files[Sprig.string($1[0])] ?? []) }
    case "GetBytes":
      return TemplateFunction(name, .string) { _, arguments in
        let bytes = files[Sprig.string(arguments[0])] ?? []
        return .list(GoList(bytes.map { .integer(GoInteger(bits: UInt64($0), kind: .uint8)) }, of: .uint8))
      }
    case "Lines":
      return TemplateFunction(name, .string) { context, arguments in
        guard var bytes = files[Sprig.string(arguments[0])] else { return Sprig.strings([]) }
        try context.charge(bytes.count * 2)
        if bytes.last == 0x0A { bytes.removeLast() }
        return Sprig.strings(TextOperations.split(bytes, [0x0A]))
      }
    case "Glob":
      return TemplateFunction(name, .string) { _, arguments in
        let pattern = Sprig.string(arguments[0])
        return .host(HelmFiles(files.filter { Self.matches(pattern, $0.key) }))
      }
    case "AsConfig":
      return TemplateFunction(name) { _, _ in
        .string(Self.yaml(files.map { (Self.base($0.key), JSON.string(String(decoding: $0.value, as: UTF8.self))) }))
      }
    case "AsSecrets":
      return TemplateFunction(name) { _, _ in
        .string(Self.yaml(files.map { (Self.base($0.key), JSON.string(Base64.encode($0.value))) }))
      }
    default: return nil
    }
  }

  private static func base(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  private static func yaml(_ pairs: [(String, JSON)]) -> String {
    if pairs.isEmpty { return "" }
    let text = YAML.serialize(.object(JSONObject(pairs)))
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// `*` stays within a folder, `**` does not.
  private static func matches(_ pattern: String, _ path: String) -> Bool {
    let patterns = pattern.split(separator: "/", omittingEmptySubsequences: false)
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    // Which prefixes of the path's parts the pattern's parts read so far can stand for.
    var alive = [Bool](repeating: false, count: parts.count + 1)
    alive[0] = true
    for pattern in patterns {
      var next = [Bool](repeating: false, count: parts.count + 1)
      let scalars = pattern.unicodeScalars.map(\.value)
      for index in alive.indices where alive[index] {
        if pattern == "**" {
          for later in index...parts.count { next[later] = true }
        } else if index < parts.count {
          let text = parts[index].unicodeScalars.map(\.value)
          if Glob(scalars).prefixes(of: text).last == text.count { next[index + 1] = true }
        }
      }
      alive = next
    }
    return alive[parts.count]
  }
}
