public import WGECore

/// Definitions of the Flux kinds that LocalFlux reconciles, for clusters without Flux.
///
/// They type the fields that LocalFlux reads and keep all others, so any manifest that real Flux takes is
/// stored unchanged. On a cluster that has Flux, install Flux's own definitions instead.
public enum FluxCRDs {
  /// The definitions, ready to apply: GitRepository, HelmRepository, Kustomization, HelmRelease.
  /// - Throws: never for the text that ships; the error of the YAML reader otherwise.
  public static func objects() throws -> [DynamicObject] {
    try [gitRepository, helmRepository, kustomization, helmRelease].map { definition in
      guard let object = DynamicObject(try YAML.parseSingle(definition.yaml)) else {
        throw BuildError(description: "the definition of \(definition.kind) is not a mapping")
      }
      return object
    }
  }

  /// The identities that LocalFlux works with.
  public static let gitRepositories = gitRepository.resource
  /// `helmrepositories.source.toolkit.fluxcd.io`
  public static let helmRepositories = helmRepository.resource
  /// `kustomizations.kustomize.toolkit.fluxcd.io`
  public static let kustomizations = kustomization.resource
  /// `helmreleases.helm.toolkit.fluxcd.io`
  public static let helmReleases = helmRelease.resource

  private struct Definition {
    let group: String
    let version: String
    let kind: String
    let plural: String
    let shortName: String
    /// Printer columns, then the properties of spec, indented as a YAML flow of their own lines.
    let columns: String
    let required: String
    let properties: String

    var resource: ResourceType { ResourceType(group: group, version: version, kind: kind, plural: plural) }

    var yaml: String {
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata:
        name: \(plural).\(group)
        labels:
          app.kubernetes.io/part-of: flux
      spec:
        group: \(group)
        scope: Namespaced
        names: {kind: \(kind), listKind: \(kind)List, plural: \(plural), singular: \(kind.lowercased()), shortNames: [\(shortName)]}
        versions:
          - name: \(version)
            served: true
            storage: true
            subresources: {status: {}}
            additionalPrinterColumns: [\(columns)]
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  apiVersion: {type: string}
                  kind: {type: string}
                  metadata: {type: object}
                  spec:
                    type: object
                    x-kubernetes-preserve-unknown-fields: true
                    required: [\(required)]
                    properties: {\(properties)}
                  status:
                    type: object
                    x-kubernetes-preserve-unknown-fields: true
                    default: {observedGeneration: -1}
      """
    }
  }

  private static let conditionColumns = """
    {name: Age, type: date, jsonPath: .metadata.creationTimestamp}, \
    {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}, \
    {name: Status, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].message'}
    """

  private static let interval = #"{type: string, pattern: '^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$'}"#

  private static let gitRepository = Definition(
    group: "source.toolkit.fluxcd.io", version: "v1", kind: "GitRepository", plural: "gitrepositories",
    shortName: "gitrepo", columns: "{name: URL, type: string, jsonPath: .spec.url}, \(conditionColumns)",
    required: "url, interval",
    properties: "url: {type: string}, interval: \(interval), suspend: {type: boolean}")

  private static let helmRepository = Definition(
    group: "source.toolkit.fluxcd.io", version: "v1", kind: "HelmRepository", plural: "helmrepositories",
    shortName: "helmrepo", columns: "{name: URL, type: string, jsonPath: .spec.url}, \(conditionColumns)",
    required: "url",
    properties: "url: {type: string}, type: {type: string, enum: [default, oci]}, interval: \(interval)")

  private static let kustomization = Definition(
    group: "kustomize.toolkit.fluxcd.io", version: "v1", kind: "Kustomization", plural: "kustomizations",
    shortName: "ks", columns: conditionColumns, required: "interval, prune, sourceRef",
    properties: """
      interval: \(interval), path: {type: string}, prune: {type: boolean}, suspend: {type: boolean}, \
      targetNamespace: {type: string, minLength: 1, maxLength: 63}, \
      sourceRef: {type: object, required: [kind, name], x-kubernetes-preserve-unknown-fields: true, \
      properties: {kind: {type: string}, name: {type: string}, namespace: {type: string}}}
      """)

  private static let helmRelease = Definition(
    group: "helm.toolkit.fluxcd.io", version: "v2", kind: "HelmRelease", plural: "helmreleases", shortName: "hr",
    columns: conditionColumns, required: "interval",
    properties: """
      interval: \(interval), suspend: {type: boolean}, \
      chart: {type: object, x-kubernetes-preserve-unknown-fields: true, \
      properties: {spec: {type: object, required: [chart, sourceRef], x-kubernetes-preserve-unknown-fields: true, \
      properties: {chart: {type: string}, version: {type: string}}}}}
      """)
}
