#if Server
  public import WGEAuth
  public import WGECore

  /// Where and how a server listens.
  public struct ServerConfiguration: Sendable {
    /// A certificate chain and its key, as PEM.
    public struct TLS: Sendable {
      /// The server's certificate, then those that signed it.
      public var certificateChain: String
      /// The private key, without a passphrase.
      public var privateKey: Secret<String>

      /// PEM texts.
      public init(certificateChain: String, privateKey: Secret<String>) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
      }
    }

    /// A second listener, for gRPC.
    public struct GRPC: Sendable {
      /// Address to listen on.
      public var host: String
      /// Port to listen on; 0 for any free one.
      public var port: Int

      /// TLS is that of the main listener.
      public init(host: String = "127.0.0.1", port: Int) {
        self.host = host
        self.port = port
      }
    }

    /// Who may read `/metrics`.
    public enum MetricsAccess: Sendable, Hashable {
      /// Everybody who reaches the port.
      case everybody
      /// Callers who are signed in or send a token.
      case authenticated
      /// Nobody: the route does not exist.
      case nobody
    }

    /// Address to listen on.
    public var host: String
    /// Port to listen on; 0 for any free one.
    public var port: Int
    /// Nil: plain HTTP, here or behind a proxy that does TLS.
    public var tls: TLS?
    /// The gRPC listener; nil for none.
    public var grpc: GRPC?
    /// How browsers address the server, such as `https://wge.example.com`; nil: as requests say.
    public var publicURL: String?
    /// Hosts that requests may be addressed to, besides that of ``publicURL``; empty and no public
    /// URL: any.
    public var allowedHosts: Set<String>
    /// The path that the server is mounted under, such as `/wge`; empty for none.
    public var routePrefix: String
    /// Proxies whose word about a client's address is taken.
    public var trustedProxies: [AddressRange]
    /// Largest request body in bytes.
    public var bodySize: Int
    /// Longest time for a body to arrive.
    public var bodyTimeout: Duration
    /// Longest time for a call.
    public var callTimeout: Duration
    /// Who may read `/metrics`.
    public var metricsAccess: MetricsAccess
    /// Whether user names appear in logs; their digests do in any case.
    public var logsUserNames: Bool

    /// - Throws: ``AuthError/configuration(_:)`` for a route prefix or a public URL that cannot be
    ///   one.
    public init(
      host: String = "127.0.0.1", port: Int = ServerDefaults.port, tls: TLS? = nil, grpc: GRPC? = nil,
      publicURL: String? = nil, allowedHosts: Set<String> = [], routePrefix: String = "",
      trustedProxies: [AddressRange] = [], bodySize: Int = ServerDefaults.bodySize,
      bodyTimeout: Duration = ServerDefaults.bodyTimeout, callTimeout: Duration = ServerDefaults.callTimeout,
      metricsAccess: MetricsAccess = .everybody, logsUserNames: Bool = false
    ) throws(AuthError) {
      self.host = host
      self.port = port
      self.tls = tls
      self.grpc = grpc
      self.publicURL = try publicURL.map { url throws(AuthError) in try Self.origin(url) }
      self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
      self.routePrefix = try Self.prefix(routePrefix)
      self.trustedProxies = trustedProxies
      self.bodySize = bodySize
      self.bodyTimeout = bodyTimeout
      self.callTimeout = callTimeout
      self.metricsAccess = metricsAccess
      self.logsUserNames = logsUserNames
    }

    /// Whether browsers reach the server over TLS.
    public var isSecure: Bool { publicURL.map { $0.hasPrefix("https://") } ?? (tls != nil) }

    /// The cookie that fits this configuration.
    public var sessionCookie: SessionCookie { SessionCookie(isSecure: isSecure, routePrefix: routePrefix) }

    /// Hosts that requests may be addressed to; empty: any.
    var hosts: Set<String> {
      guard let publicURL, let separator = publicURL.firstRange(of: "://") else { return allowedHosts }
      return allowedHosts.union([String(publicURL[separator.upperBound...])])
    }

    private static func origin(_ text: String) throws(AuthError) -> String {
      let lower = text.lowercased()
      let rest = lower.hasPrefix("https://") ? lower.dropFirst(8) : lower.hasPrefix("http://") ? lower.dropFirst(7) : ""
      let host = rest.hasSuffix("/") ? rest.dropLast() : rest
      guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
        !host.contains(where: { "/?#@".contains($0) })
      else {
        throw .configuration(
          "the public URL \(text.debugDescription) is no origin; write it like https://wge.example.com")
      }
      return (lower.hasPrefix("https://") ? "https://" : "http://") + host
    }

    private static func prefix(_ text: String) throws(AuthError) -> String {
      let trimmed = text.split(separator: "/", omittingEmptySubsequences: true)
      guard !trimmed.isEmpty else { return "" }
      let allowed = text.utf8.allSatisfy { byte in
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/_.-".utf8.contains(byte)
      }
      guard allowed, !trimmed.contains("."), !trimmed.contains("..") else {
        throw .configuration("the route prefix \(text.debugDescription) may hold letters, digits, / _ . and - only")
      }
      return "/" + trimmed.joined(separator: "/")
    }
  }
#endif
