import FoundationEssentials
import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite struct KubeconfigLoadTests {
  private func write(_ text: String, _ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func entry(_ name: String, _ server: String) -> String {
    "{clusters: [{name: \(name), cluster: {server: '\(server)', certificate-authority: ca.crt}}], "
      + "users: [{name: \(name), user: {token: t}}], contexts: [{name: \(name), context: {cluster: \(name), user: \(name)}}], "
      + "current-context: \(name)}"
  }

  @Test func mergesByKubectlsRules() throws {
    try withTemporaryDirectory { folder in
      try write(entry("a", "https://first"), "\(folder)/one/config")
      try write(
        "{clusters: [{name: a, cluster: {server: 'https://second', proxy-url: 'http://p'}}, {name: b, cluster: {server: 'https://b', certificate-authority: ca.crt}}], "
          + "contexts: [{name: b, context: {cluster: b, user: a}}], current-context: b}", "\(folder)/two/config")
      let list = "\(folder)/missing::\(folder)/one/config:\(folder)/two/config:\(folder)/one/config"
      let config = try Kubeconfig.load(environment: ["KUBECONFIG": list, "HOME": "/nowhere"])
      #expect(config.currentContext == "a")
      #expect(config.clusters.map(\.server) == ["https://first", "https://b"])
      // The first entry wins whole: nothing of the second is mixed in.
      #expect(config.clusters[0].proxyURL == nil)
      #expect(
        config.clusters.map(\.certificateAuthority) == [.file("\(folder)/one/ca.crt"), .file("\(folder)/two/ca.crt")])
      let b = try config.endpoint(context: "b")
      #expect(b.user?.name == "a" && b.source == "\(folder)/two/config")
    }
  }

  @Test func findsTheFile() throws {
    try withTemporaryDirectory { folder in
      #expect(try Kubeconfig.load(environment: ["HOME": folder]).isEmpty)
      #expect(try Kubeconfig.load(environment: [:]).isEmpty)
      #expect(try Kubeconfig.load(environment: ["KUBECONFIG": "\(folder)/none"]).isEmpty)
      try write(entry("home", "https://home"), "\(folder)/.kube/config")
      #expect(try Kubeconfig.load(environment: ["HOME": folder]).currentContext == "home")
      #expect(try Kubeconfig.load(environment: ["HOME": folder, "KUBECONFIG": ""]).currentContext == "home")
      #expect(try Kubeconfig.loadDefault(environment: ["HOME": folder]).currentContext == "home")
      #expect(throws: KubeError.self) { try Kubeconfig.load(file: "\(folder)/none") }
      #expect(throws: KubeError.self) { try Kubeconfig.load(file: folder) }
      #expect(throws: KubeError.self) { try Kubeconfig.load(file: "\(folder)/.kube/config\u{0}x") }
      #expect(throws: KubeError.self) { try Kubeconfig.loadDefault(environment: ["HOME": "/nowhere"]) }
    }
  }

  @Test func insideAPod() throws {
    try withTemporaryDirectory { folder in
      let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443", "HOME": "/nowhere"]
      #expect(throws: KubeError.self) { try Kubeconfig.inCluster(environment: [:], folder: folder) }
      let missing = #expect(throws: KubeError.self) {
        try Kubeconfig.inCluster(environment: environment, folder: folder)
      }
      #expect("\(missing as Any)".contains("\(folder)/token"))
      for (name, text) in [("token", "t0ken\n"), ("ca.crt", "pem"), ("namespace", "flux-system\n")] {
        try write(text, "\(folder)/\(name)")
      }
      let endpoint = try Kubeconfig.inCluster(environment: environment, folder: folder).endpoint()
      #expect(endpoint.server == "https://[fd00::1]:443" && endpoint.namespace == "flux-system")
      #expect(endpoint.user?.tokenFile == "\(folder)/token")
      #expect(endpoint.certificateAuthority == .file("\(folder)/ca.crt"))
    }
  }
}
