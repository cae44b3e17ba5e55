import Testing
import WGECore

@testable import WGELocalFlux

@Suite struct ManifestBuilderTests {
  static func build(_ files: [String: String], path: String = "", targetNamespace: String? = nil) throws
    -> [DynamicObject]
  {
    try ManifestBuilder(files: files.map { GitSourceFile(path: $0.key, bytes: Array($0.value.utf8)) })
      .build(path: path, targetNamespace: targetNamespace)
  }

  static func map(_ name: String, namespace: String? = nil) -> String {
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \(name)\n" + (namespace.map { "  namespace: \($0)\n" } ?? "")
  }

  @Test("Without a kustomization.yaml all YAML below the path counts, in path order")
  func everyFile() throws {
    let files = [
      "a/2.yaml": Self.map("two"), "a/1.yml": Self.map("one"), "a/readme.md": "no", "b/3.yaml": Self.map("x"),
    ]
    #expect(try Self.build(files, path: "./a").map(\.name) == ["one", "two"])
    #expect(try Self.build(files, path: "/a/").map(\.name) == ["one", "two"])
    #expect(try Self.build(files).count == 3)
  }

  @Test("A kustomization.yaml names its resources, also outside its folder")
  func resources() throws {
    let files = [
      "base/x.yaml": Self.map("x"), "base/ignored.yaml": Self.map("ignored"),
      "base/kustomization.yaml": "resources: [x.yaml]",
      "prod/kustomization.yaml": "namespace: shop\nresources:\n- ../base\ncommonLabels: {tier: web}\n",
    ]
    let objects = try Self.build(files, path: "prod")
    #expect(objects.map(\.key) == [ObjectKey(namespace: "shop", name: "x")])
    #expect(objects.first?.labels == ["tier": "web"])
  }

  @Test("A folder below with a kustomization.yaml of its own is taken as that says, once")
  func nested() throws {
    let files = [
      "a/own.yaml": Self.map("own"), "a/sub/kustomization.yaml": "resources: [one.yaml]",
      "a/sub/one.yaml": Self.map("one"), "a/sub/two.yaml": Self.map("two"),
    ]
    #expect(try Self.build(files, path: "a").map(\.name) == ["own", "one"])
  }

  @Test("The target namespace replaces all, and leaves what has none alone")
  func targetNamespace() throws {
    let files = [
      "a.yaml": Self.map("a", namespace: "old") + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: prod}\n"
    ]
    let objects = try Self.build(files, targetNamespace: "new")
    #expect(objects.map(\.namespace) == ["new", nil])
  }

  @Test(
    "What cannot be built is refused with the file and the fix",
    arguments: [
      (["a.yaml": "kind: ConfigMap"], "", "a.yaml: document 1 is not a Kubernetes object"),
      (["a.yaml": ": : :\n- x"], "", "a.yaml"),
      (["a.yaml": map("x"), "b.yaml": map("x")], "", "ConfigMap x is defined twice"),
      (["kustomization.yaml": "patches: []\nresources: []"], "", "field patches is not supported"),
      (["kustomization.yaml": "resources: [https://example.com/x.yaml]"], "", "remote resources"),
      (["kustomization.yaml": "resources: [gone.yaml]"], "", "the source has no gone.yaml"),
      (["a/kustomization.yaml": "resources: [../../etc]"], "a", "leaves the source"),
      (["a.yaml": map("x")], "../up", "leaves the source"),
      (["a.yaml": map("x")], "missing", "has no folder missing"),
      (
        ["a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]"], "a", "nested deeper"
      ),
    ])
  func refused(files: [String: String], path: String, message: String) {
    #expect {
      try Self.build(files, path: path)
    } throws: { error in
      "\(error)".contains(message)
    }
  }

  @Test("Definitions and namespaces are applied first, the rest in its order")
  func order() throws {
    let kinds = ["ConfigMap", "Namespace", "ClusterRole", "CustomResourceDefinition", "Deployment"]
    let objects = kinds.compactMap { DynamicObject(["apiVersion": "v1", "kind": .string($0)]) }
    #expect(
      ApplyOrder.sorted(objects).map(\.kind)
        == ["Namespace", "CustomResourceDefinition", "ClusterRole", "ConfigMap", "Deployment"])
  }
}

@Suite struct InventoryTests {
  static func entry(_ name: String, namespace: String = "ns", kind: String = "ConfigMap") -> Inventory.Entry {
    Inventory.Entry(namespace: namespace, name: name, group: "", kind: kind, version: "v1")
  }

  @Test(
    "An entry survives its id",
    arguments: [
      Inventory.Entry(namespace: "ns", name: "a.b-c", group: "apps", kind: "Deployment", version: "v1"),
      Inventory.Entry(
        namespace: "", name: "system:node", group: "rbac.authorization.k8s.io", kind: "ClusterRole", version: "v1"),
      Inventory.Entry(namespace: "", name: "x", group: "", kind: "Namespace", version: "v1"),
    ])
  func roundTrip(entry: Inventory.Entry) {
    let status: JSON = ["inventory": Inventory([entry]).json]
    #expect(Inventory(status: status).entries == [entry])
  }

  @Test("Entries that cannot be read are left out, so that nothing unknown is ever pruned")
  func hostile() {
    let status: JSON = [
      "inventory": ["entries": [["id": "a_b", "v": "v1"], ["id": "____", "v": "v1"], ["v": "v1"], 3]]
    ]
    #expect(Inventory(status: status).entries.isEmpty)
  }

  @Test("Pruning removes what left the inventory")
  func subtracting() {
    let old = Inventory([Self.entry("a"), Self.entry("b")])
    #expect(old.subtracting(Inventory([Self.entry("b"), Self.entry("c")])) == [Self.entry("a")])
  }
}

@Suite struct HelmReleasePlanTests {
  static func release(version: String?, extra: JSON = [:]) -> DynamicObject {
    var spec: JSON = ["chart": ["spec": ["chart": "shop", "sourceRef": ["kind": "HelmRepository", "name": "shop"]]]]
    if let version { spec.setValue(.string(version), at: ["chart", "spec", "version"]) }
    for member in extra.objectValue ?? [:] { spec[member.key] = member.value }
    return DynamicObject(["kind": "HelmRelease", "metadata": ["name": "shop", "namespace": "prod"], "spec": spec])
  }

  @Test("Exact versions are simulated", arguments: ["1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3+build.5"])
  func exact(version: String) throws {
    let plan = try HelmReleasePlan(of: Self.release(version: version))
    #expect(plan.version == version)
    #expect(plan.helmChart == "prod/prod-shop")
  }

  @Test("Ranges need a chart repository and are refused", arguments: [nil, "*", ">=1.0.0", "1.x", "1.2", "~1.2.3", ""])
  func range(version: String?) {
    #expect(throws: KustomizationFailure.self) { try HelmReleasePlan(of: Self.release(version: version)) }
  }

  @Test("What would change the outcome and is not followed is refused by name")
  func refused() {
    #expect {
      try HelmReleasePlan(of: Self.release(version: "1.0.0", extra: ["kubeConfig": ["secretRef": ["name": "x"]]]))
    } throws: { "\($0)".contains("spec.kubeConfig") }
  }
}
