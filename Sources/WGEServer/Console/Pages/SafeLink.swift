#if Server
  import WGEAPI
  import WGECore

  /// Links that may stand in a page.
  enum SafeLink {
    /// The URL when it is http or https or a path of this server, else nil: a `javascript:` URL from an
    /// object must never become clickable.
    static func url(_ text: String) -> String? {
      let lower = text.prefix(8).lowercased()
      if lower.hasPrefix("https://") || lower.hasPrefix("http://") { return text }
      return isLocalPath(text) ? text : nil
    }

    /// A path of this server: one slash first and no backslash, which browsers read as another.
    static func isLocalPath(_ text: String) -> Bool {
      text.hasPrefix("/") && !text.hasPrefix("//") && !text.utf8.contains { $0 == UInt8(ascii: "\\") || $0 < 0x20 }
    }
  }

  /// The console's addresses, built in one place.
  enum ConsolePath {
    static func pipeline(_ key: ObjectKey) -> String {
      "/pipelines/\(encode(key.namespace ?? ""))/\(encode(key.name))"
    }

    static func encode(_ text: String) -> String { PercentEncoding.encode(text) }
  }
#endif
