#if Server
  import NIOCore
  import NIOSSL
  import SwiftASN1
  import X509

  /// Who a client is by the certificate that it showed, which the authority has signed: the common name is
  /// the user, the organizations are its groups.
  /// Source: Kubernetes authentication reference, "X.509 client certificates".
  public struct ClientCertificate: Sendable, Hashable {
    /// The subject's common name.
    public let user: String
    /// The subject's organizations.
    public let groups: [String]

    init?(_ certificate: Certificate) {
      var user = ""
      var groups: [String] = []
      for relative in certificate.subject {
        for attribute in relative {
          guard let text = String(attribute.value) else { continue }
          if attribute.type == .RDNAttributeType.commonName { user = text }
          if attribute.type == .RDNAttributeType.organizationName { groups.append(text) }
        }
      }
      if user.isEmpty { return nil }
      self.user = user
      self.groups = groups
    }

    /// Of the connection, or of the connection that a stream of HTTP/2 belongs to.
    static func of(_ channel: any Channel) async -> ClientCertificate? {
      var place: (any Channel)? = channel
      while let current = place {
        if let peer = try? await current.nioSSL_peerCertificate().get() {
          guard let bytes = try? peer.toDERBytes(), let certificate = try? Certificate(derEncoded: bytes) else {
            return nil
          }
          return ClientCertificate(certificate)
        }
        place = current.parent
      }
      return nil
    }
  }
#endif
