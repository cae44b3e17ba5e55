internal import WGECore
internal import WGEHTTP

// How failures of REST hosts become GitHostError: by the transport's error, by status, and with the
// host's own words after everything that looks like a secret was masked.

extension GitHostError {
  /// No answer at all.
  init(transport error: any Error, doing: String, label: String) {
    if error is CancellationError {
      self.init(.cancelled, "the attempt to \(doing) was cancelled")
      return
    }
    guard let error = error as? HTTPError else {
      self.init(.network, "could not \(doing) at \(label): the connection failed")
      return
    }
    let message = "could not \(doing): \(error)"
    switch error {
    case .cancelled: self.init(.cancelled, "the attempt to \(doing) was cancelled")
    case .tls: self.init(.tls, message, remedy: "give the authority of the host's certificate")
    case .timedOut: self.init(.timeout, message, remedy: "try again later")
    case .bodyTooLarge, .headersTooLarge: self.init(.tooLarge, message)
    case .invalidRequest: self.init(.validation, message)
    case .protocolError, .tooManyRedirects: self.init(.protocolViolation, message)
    default: self.init(.network, message, remedy: "check that the host can be reached from here")
    }
  }

  /// An answer that is no success, read by its status alone.
  /// - Parameter said: the host's words.
  init(status answer: RESTAnswer, doing: String, label: String, said: String?, now: Timestamp) {
    let (code, remedy): (Code, String) =
      switch answer.status {
      case 400, 422: (.validation, "")
      case 401: (.unauthorized, "sign in again or renew the token")
      case 403: (.forbidden, "ask for the right on the repository, or give the token the scope")
      case 404, 410: (.notFound, "check the name and that the token may see it")
      case 405, 406: (.unsupported, "")
      case 409: (.conflict, "")
      case 412: (.staleHead, "read again and decide again")
      case 413: (.tooLarge, "send less at once")
      case 429: (.rateLimited, "try again later")
      case 500...599: (.unavailable, "try again later")
      default: (.protocolViolation, "")
      }
    let words = said.map { ": " + Self.masked($0) } ?? ""
    self.init(code, "could not \(doing): \(label) answers \(answer.status)\(words)", remedy: remedy)
    status = answer.status
    retryAfter = Self.retryAfter(answer, now: now)
    for name in ["x-github-request-id", "x-request-id", "x-arequestid", "x-vss-e2eid"] {
      if let id = answer.field(name) { requestID = Self.masked(String(id.prefix(100))) }
    }
  }

  /// `Retry-After` as seconds or as an HTTP date.
  static func retryAfter(_ answer: RESTAnswer, now: Timestamp) -> Duration? {
    guard let text = answer.field("retry-after")?.trimmed else { return nil }
    if let seconds = Int(text) { return seconds >= 0 ? .seconds(min(seconds, 86_400)) : nil }
    guard let date = httpDate(text) else { return nil }
    return max(.zero, min(date.duration(since: now), .seconds(86_400)))
  }

  /// Whether a repeatable request may succeed when it is sent again: a 500 may be the request's own doing, which
  /// only a read can find out without harm.
  func mayPass(isRead: Bool) -> Bool {
    guard code == .unavailable, let status else { return true }
    return (502...504).contains(status) || status == 500 && isRead
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`.
  private static func httpDate(_ text: String) -> Timestamp? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, let day = Int(parts[1]), let year = Int(parts[3]), (1970...9999).contains(year),
      let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .firstIndex(of: String(parts[2]))
    else { return nil }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return try? Timestamp(parsing: "\(year)-\(two(month + 1))-\(two(day))T\(parts[4])Z")
  }
}
