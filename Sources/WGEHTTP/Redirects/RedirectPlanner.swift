import HTTPTypes

/// Decides where an answer leads, as a pure function: the rules are those of
/// ``HTTPRedirectPolicy``.
///
/// libcurl could follow by itself, but it takes the client certificate and all but two header
/// fields along to any host.
enum RedirectPlanner {
  /// The next request; `nil` when the answer is to be returned as it is.
  ///
  /// - Throws: ``HTTPError/protocolError(target:detail:)`` when the Location cannot be followed.
  static func next(
    after request: PreparedRequest, status: Int, location: String?
  ) throws(HTTPError) -> PreparedRequest? {
    guard [301, 302, 303, 307, 308].contains(status), let location, !location.isEmpty else { return nil }
    var next = request
    do {
      next.url = try request.url.resolving(location)
    } catch {
      throw .protocolError(target: request.url.target, detail: "the redirect's Location cannot be followed: \(error)")
    }
    let dropsBody =
      switch status {
      case 303: request.method != "HEAD"
      case 301, 302: request.method == "POST"
      default: false
      }
    if dropsBody {
      next.method = "GET"
      next.body = .none
      next.fields[.contentType] = nil
      next.fields[.contentLength] = nil
      for name in ["content-encoding", "content-language", "content-location"] {
        if let name = HTTPField.Name(name) { next.fields[name] = nil }
      }
    }
    let crosses = next.url.origin != request.url.origin
    if next.hasBody {
      if crosses { return nil }
      if case .stream = next.body { return nil }
    }
    if crosses {
      next.isCallersOrigin = false
      next.fields = HTTPFields(request.fields.filter { harmless.contains($0.name.canonicalName) })
    }
    return next
  }

  /// Fields that say what is wanted, not who asks.
  private static let harmless: Set<String> = [
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "if-match",
    "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range", "user-agent",
  ]
}
