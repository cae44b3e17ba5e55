#if Server
  import WGEKube

  /// What a page needs to know of a request; the server fills it in after authentication.
  struct ConsoleRequest: Sendable {
    /// Decoded segments of the path.
    var segments: [String]
    /// The path as it came, without query.
    var path: String
    /// Decoded query; of a repeated name the last value.
    var query: [String: String] = [:]
    /// Decoded fields of a form; empty for GET.
    var form: [String: String] = [:]
    /// Who asks; nil before sign-in.
    var principal: Principal?
    /// The path that the server is mounted under; empty for none.
    var base = ""
    /// The cookie `theme`: `light`, `dark`, `contrast`, or nil for the system's.
    var theme: String?

    var userName: String? { principal?.displayName }

    /// Where the user is, to come back to.
    var location: String { path }
  }

  /// What to send back.
  enum ConsoleResponse: Sendable {
    case page(status: Int, html: String)
    /// After a POST, so that reloading does not repeat it.
    case seeOther(String)
    case asset(ConsoleAsset)
  }
#endif
