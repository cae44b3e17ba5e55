#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import WGECore

extension Kubeconfig {
  /// Reads one file, which must exist.
  public static func load(file path: String) throws -> Kubeconfig {
    guard let config = try read(path) else {
      throw KubeError.config(
        KubeconfigProblem(file: path, problem: "the file does not exist", fix: "check the path or KUBECONFIG"))
    }
    return config
  }

  /// Reads what kubectl would: the files that `KUBECONFIG` lists, merged, or `~/.kube/config`.
  /// Files that do not exist are skipped; without any the result is empty.
  /// - Parameter environment: Nil takes the process's own.
  public static func load(environment: [String: String]? = nil) throws -> Kubeconfig {
    let environment = environment ?? ProcessInfo.processInfo.environment
    if let list = environment["KUBECONFIG"], !list.isEmpty {
      var paths: [String] = []
      for path in list.split(separator: ":").map(String.init) where !paths.contains(path) { paths.append(path) }
      return merging(try paths.compactMap(read))
    }
    guard let home = environment["HOME"], !home.isEmpty else { return Kubeconfig() }
    return try read("\(home)/.kube/config") ?? Kubeconfig()
  }

  /// The kubeconfig of whoever runs this process: what ``load(environment:)`` finds, else, inside
  /// a pod, the pod's service account.
  /// - Throws: ``KubeError/config(_:)`` when there is neither.
  public static func loadDefault(environment: [String: String]? = nil) throws -> Kubeconfig {
    let environment = environment ?? ProcessInfo.processInfo.environment
    let config = try load(environment: environment)
    if !config.isEmpty { return config }
    if environment["KUBERNETES_SERVICE_HOST"] != nil { return try inCluster(environment: environment) }
    throw KubeError.config(
      KubeconfigProblem(
        problem: "found neither in KUBECONFIG nor in ~/.kube/config, and this process does not run in a cluster",
        fix: "set KUBECONFIG to the path of one"))
  }

  /// The identity of the pod that this process runs in.
  /// - Parameter folder: Where the service account is mounted.
  public static func inCluster(
    environment: [String: String]? = nil, folder: String = "/var/run/secrets/kubernetes.io/serviceaccount"
  ) throws -> Kubeconfig {
    let environment = environment ?? ProcessInfo.processInfo.environment
    let name = "in-cluster"
    guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
      let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
    else {
      throw KubeError.config(
        KubeconfigProblem(
          file: name, field: "KUBERNETES_SERVICE_HOST", problem: "is not set: this process does not run in a pod",
          fix: "use a kubeconfig"))
    }
    func check(_ file: String) throws -> [UInt8] {
      do { return try BoundedFile.read("\(folder)/\(file)", limit: KubeDefaults.maximumCredentialFileBytes) } catch {
        throw KubeError.config(
          KubeconfigProblem(
            file: name, field: "\(folder)/\(file)", problem: error.description,
            fix: "mount the service account token (automountServiceAccountToken)"))
      }
    }
    _ = try check("token")
    _ = try check("ca.crt")
    let namespace = (try? check("namespace")).map { String(decoding: $0, as: UTF8.self).trimmingASCIIWhitespace() }
    return Kubeconfig(
      clusters: [
        Cluster(
          name: name, server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
          certificateAuthority: .file("\(folder)/ca.crt"))
      ],
      users: [User(name: name, tokenFile: "\(folder)/token")],
      contexts: [
        Context(name: name, cluster: name, user: name, namespace: namespace.flatMap { $0.isEmpty ? nil : $0 })
      ],
      currentContext: name, source: name)
  }

  /// Nil when the file does not exist.
  private static func read(_ path: String) throws -> Kubeconfig? {
    let bytes: [UInt8]
    do {
      bytes = try BoundedFile.read(path, limit: KubeDefaults.maximumKubeconfigBytes)
    } catch .missing {
      return nil
    } catch {
      throw KubeError.config(
        KubeconfigProblem(file: path, problem: error.description, fix: "check the file and its permissions"))
    }
    let absolute = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    let directory = absolute.lastIndex(of: "/").map { String(absolute[..<$0]) } ?? ""
    return try Kubeconfig(parsing: bytes, source: path, directory: directory.isEmpty ? "/" : directory)
  }
}

extension String {
  /// Without spaces, tabs and line breaks at both ends.
  func trimmingASCIIWhitespace() -> String {
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" || character.isNewline }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
