/// The fleet repository's first commit: everything that Flux brings into the three clusters.
///
/// One application, `shop`: dev on the management cluster, staging on leaf-eu, prod on both leaves.
enum Seed {
  static let pipeline = (namespace: "delivery", name: "shop")
  static let gitSecret = "fleet-git"
  static let firstVersion = "1.0.0"

  /// The file that a person edits to release a new version into dev.
  static let devRelease = "clusters/management/shop-dev.yaml"
  static let devConfig = "apps/shop/dev/config.yaml"

  /// Every file, by path.
  static func files(repositoryURL: String) -> [(path: String, text: String)] {
    [
      ("README.md", readme),
      ("clusters/management/access.yaml", access),
      ("clusters/management/fleet.yaml", fleet),
      ("clusters/management/pipeline.yaml", pipelineManifest(repositoryURL: repositoryURL)),
      (devRelease, target(namespace: "shop-dev", path: "apps/shop/dev", marker: nil)),
      ("clusters/leaf-eu/access.yaml", access),
      (
        "clusters/leaf-eu/shop-staging.yaml",
        target(namespace: "shop-staging", path: "apps/shop/staging", marker: "staging")
      ),
      ("clusters/leaf-eu/shop-prod.yaml", target(namespace: "shop-prod", path: "apps/shop/prod-eu", marker: "prod")),
      ("clusters/leaf-us/access.yaml", access),
      ("clusters/leaf-us/shop-prod.yaml", target(namespace: "shop-prod", path: "apps/shop/prod-us", marker: "prod")),
      (devConfig, config(region: "home", marker: nil)),
      ("apps/shop/staging/config.yaml", config(region: "eu", marker: "staging")),
      ("apps/shop/prod-eu/config.yaml", config(region: "eu", marker: "prod")),
      ("apps/shop/prod-us/config.yaml", config(region: "us", marker: "prod")),
    ]
  }

  /// What `flux bootstrap` would leave in a cluster: the repository, and the path that is this cluster's.
  static func bootstrap(cluster: String, repositoryURL: String, interval: String) -> String {
    """
    apiVersion: v1
    kind: Namespace
    metadata: {name: flux-system}
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: fleet, namespace: flux-system}
    spec:
      interval: \(interval)
      url: "\(repositoryURL)"
      ref: {branch: main}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: fleet, namespace: flux-system}
    spec:
      interval: 10m
      retryInterval: 5s
      path: ./clusters/\(cluster)
      prune: true
      sourceRef: {kind: GitRepository, name: fleet}
    """
  }

  private static func comment(_ environment: String?) -> String {
    environment.map { " # {\"$promotion\": \"\(pipeline.namespace):\(pipeline.name):\($0)\"}" } ?? ""
  }

  private static func target(namespace: String, path: String, marker: String?) -> String {
    """
    apiVersion: v1
    kind: Namespace
    metadata:
      name: \(namespace)
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: HelmRepository
    metadata:
      name: shop
      namespace: \(namespace)
    spec:
      interval: 10m
      url: https://charts.example.com/shop
    ---
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata:
      name: shop
      namespace: \(namespace)
    spec:
      interval: 10m
      chart:
        spec:
          chart: shop
          version: \(firstVersion)\(comment(marker))
          sourceRef:
            kind: HelmRepository
            name: shop
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: shop-config
      namespace: \(namespace)
    spec:
      interval: 10m
      retryInterval: 5s
      path: ./\(path)
      prune: true
      targetNamespace: \(namespace)
      sourceRef:
        kind: GitRepository
        name: fleet
        namespace: flux-system

    """
  }

  private static func config(region: String, marker: String?) -> String {
    """
    # The shop reads its version and its region from here.
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: shop-config
    data:
      region: \(region)
      version: "\(firstVersion)"\(comment(marker))

    """
  }

  private static func pipelineManifest(repositoryURL: String) -> String {
    """
    apiVersion: v1
    kind: Namespace
    metadata:
      name: delivery
    ---
    apiVersion: pipelines.weave.works/v1alpha1
    kind: Pipeline
    metadata:
      name: \(pipeline.name)
      namespace: \(pipeline.namespace)
    spec:
      appRef:
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        name: shop
      environments:
        - name: dev
          targets:
            - namespace: shop-dev
        - name: staging
          targets:
            - namespace: shop-staging
              clusterRef: {kind: GitopsCluster, name: leaf-eu, namespace: fleet}
        - name: prod
          promotion:
            manual: true
            strategy: &pull-request
              pull-request:
                type: local
                url: "\(repositoryURL)"
                baseBranch: main
                secretRef: {name: \(gitSecret)}
          targets:
            - namespace: shop-prod
              clusterRef: {kind: GitopsCluster, name: leaf-eu, namespace: fleet}
            - namespace: shop-prod
              clusterRef: {kind: GitopsCluster, name: leaf-us, namespace: fleet}
      promotion:
        strategy: *pull-request

    """
  }

  private static let fleet = """
    apiVersion: gitops.weave.works/v1alpha1
    kind: GitopsCluster
    metadata:
      name: leaf-eu
      namespace: fleet
      labels: {region: eu}
    spec:
      secretRef: {name: leaf-eu-kubeconfig}
    ---
    apiVersion: gitops.weave.works/v1alpha1
    kind: GitopsCluster
    metadata:
      name: leaf-us
      namespace: fleet
      labels: {region: us}
    spec:
      secretRef: {name: leaf-us-kubeconfig}

    """

  /// The console's account is a Kubernetes user like any other: what it may do is decided here.
  private static let access = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata:
      name: playground-admin
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    subjects:
      - {apiGroup: rbac.authorization.k8s.io, kind: User, name: admin}

    """

  private static let readme = """
    # Fleet
    What runs where. Flux applies `clusters/<name>` to each cluster; `apps` holds what the Kustomizations there point to.

    Release a new version of the shop into dev: change `version` of the HelmRelease in `clusters/management/shop-dev.yaml`
    (and in `apps/shop/dev/config.yaml`, which the shop reads) and push. The pipeline opens the pull requests for the other environments.

    """
}
