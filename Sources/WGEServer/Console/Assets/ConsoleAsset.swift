#if Server
  import WGECore

  /// A file that is compiled into the program and served under a name that changes with its content, so that
  /// browsers may keep it for ever.
  struct ConsoleAsset: Sendable {
    let name: String
    let contentType: String
    let bytes: [UInt8]

    static let stylesheet = ConsoleAsset("console", "css", "text/css; charset=utf-8", stylesheetText)
    static let script = ConsoleAsset("console", "js", "text/javascript; charset=utf-8", scriptText)
    static let icon = ConsoleAsset("icon", "svg", "image/svg+xml", iconText)
    static let all = [stylesheet, script, icon]

    var path: String { "/assets/\(name)" }

    /// The asset of a path, or nil.
    static func at(_ path: String) -> ConsoleAsset? { all.first { $0.path == path } }

    private init(_ stem: String, _ suffix: String, _ contentType: String, _ text: String) {
      bytes = Array(text.utf8)
      // FNV-1a: names content, guards nothing.
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      name = "\(stem).\(String(hash, radix: 16)).\(suffix)"
      self.contentType = contentType
    }

    private static let iconText = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b57c2"/>\
      <path d="M5 10l4 12 4-9 3 9 3-9 4 9 4-12" fill="none" stroke="#fff" stroke-width="3" stroke-linejoin="round" \
      stroke-linecap="round"/></svg>
      """
  }
#endif
