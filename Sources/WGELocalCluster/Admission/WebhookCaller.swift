internal import HTTPTypes
internal import Synchronization
internal import WGECore
internal import WGEHTTP

/// Puts questions to webhooks: to the host's handler, else over HTTPS.
final class WebhookCaller: Sendable {
  /// As many as Go's client follows.
  private static let maximumRedirects = 10

  private let handler: LocalCluster.WebhookHandler?
  private let resolver: LocalCluster.ServiceResolver?
  private let clock: any Clock<Duration>
  /// One transport per set of trusted authorities, so that connections are used again.
  private let transports = Mutex<[[UInt8]: CurlTransport]>([:])

  init(_ configuration: LocalCluster.Configuration) {
    handler = configuration.webhookHandler
    resolver = configuration.serviceURL
    clock = configuration.clock
  }

  /// All questions at once.
  func ask(_ questions: [Effects.Question], _ effects: Effects) async {
    await withTaskGroup(of: (String, Effects.Answer).self) { group in
      for question in questions { group.addTask { (question.key, await self.answer(question.call)) } }
      for await (key, answer) in group { effects.record(answer, for: key) }
    }
  }

  private func answer(_ call: LocalCluster.WebhookCall) async -> Effects.Answer {
    await withTaskGroup(of: Effects.Answer?.self) { group in
      group.addTask { await self.attempt(call) }
      group.addTask { [clock] in
        do { try await clock.sleep(for: call.timeout) } catch { return nil }
        return .failure(WebhookFailure(problem: "\(Self.verb(call)): context deadline exceeded"))
      }
      defer { group.cancelAll() }
      while let result = await group.next() { if let result { return result } }
      return .failure(WebhookFailure(problem: "\(Self.verb(call)): context canceled"))
    }
  }

  private func attempt(_ call: LocalCluster.WebhookCall) async -> Effects.Answer {
    do {
      if let handler, let answer = try await handler(call) {
        return .success(try WebhookAnswer.checked(answer, of: call))
      }
      return .success(try await send(call))
    } catch let failure as WebhookFailure {
      return .failure(failure)
    } catch {
      return .failure(WebhookAnswer.failure(error, post: Self.verb(call), hasHead: false))
    }
  }

  private func send(_ call: LocalCluster.WebhookCall) async throws -> JSON {
    var url: String
    var serverName: String?
    switch call.target {
    case .url(let given): url = given
    case .service(let namespace, let name, let port, let path):
      guard let base = await resolver?(namespace, name, port) else {
        // Nothing runs behind services here, unless the host says where.
        throw WebhookFailure(
          problem: "\(Self.verb(call)): no endpoints available for service \(FieldError.quote(name))")
      }
      url = base + Self.absolute(path)
      serverName = "\(name).\(namespace).svc"
    }
    url += "\(url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?")timeout=\(call.timeout.components.seconds)s"
    let transport = try transport(call.authorities, serverName: serverName)
    let response = try await transport.execute(
      HTTPTransportRequest(
        method: .post, url: url, fields: [.contentType: "application/json", .accept: "application/json, */*"],
        body: .bytes(call.body.serialized()), options: HTTPRequestOptions(redirects: .follow(Self.maximumRedirects))))
    let body: [UInt8]
    do { body = try await response.body.collect(upTo: Defaults.maximumBody) } catch {
      throw WebhookAnswer.failure(error, post: Self.verb(call), hasHead: true)
    }
    return try WebhookAnswer.review(
      Int(response.status.code), contentType: response.fields[.contentType] ?? "", body, of: call)
  }

  private func transport(_ authorities: [UInt8], serverName: String?) throws -> CurlTransport {
    let key = authorities + Array("\n\(serverName ?? "")".utf8)
    if let known = transports.withLock({ $0[key] }) { return known }
    let tls = TLSConfiguration(trustRoots: authorities.isEmpty ? .system : .pem(authorities), serverName: serverName)
    let made = try CurlTransport(.init(tls: tls))
    transports.withLock { transports in
      // Configurations come and go: what is no longer used must not pile up.
      if transports.count >= 16 { transports.removeAll() }
      transports[key] = made
    }
    return made
  }

  private static func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "/\(path)" }

  private static func verb(_ call: LocalCluster.WebhookCall) -> String {
    let target: String
    switch call.target {
    case .url(let url): target = url
    case .service(let namespace, let name, let port, let path):
      target = "https://\(name).\(namespace).svc:\(port)\(absolute(path))"
    }
    return "Post \(FieldError.quote("\(target)?timeout=\(call.timeout.components.seconds)s"))"
  }
}
