#if Server
  /// What every page has around its content.
  struct PageFrame<Content: Sendable>: Sendable {
    let title: String
    let user: String?
    let here: String
    let theme: String?
    let navigation: [Navigation]
    let themes: [Theme]
    let notice: Notice?
    let content: Content
    /// The path that the server is mounted under; every link starts with it.
    let base: String
    let iconPath = ConsoleAsset.icon.path
    let stylesheetPath = ConsoleAsset.stylesheet.path
    let scriptPath = ConsoleAsset.script.path

    struct Navigation: Sendable {
      let href: String
      let label: String
      let current: Bool
    }

    struct Theme: Sendable {
      let value: String
      let label: String
      let chosen: Bool
    }

    init(
      title: String, request: ConsoleRequest, sections: [(href: String, label: String)], notice: Notice?,
      content: Content
    ) {
      self.title = title
      self.user = request.userName
      self.here = request.location
      self.base = request.base
      self.theme = request.theme
      self.notice = notice
      self.content = content
      navigation = sections.map { section in
        Navigation(
          href: section.href, label: section.label,
          current: request.path == section.href || request.path.hasPrefix(section.href + "/"))
      }
      themes = [("", "System"), ("light", "Light"), ("dark", "Dark"), ("contrast", "High contrast")].map {
        Theme(value: $0.0, label: $0.1, chosen: (request.theme ?? "") == $0.0)
      }
    }
  }

  /// What came of the action before this page, shown once.
  struct Notice: Sendable, Hashable {
    let text: String
    /// `done` or `error`.
    let tone: String
  }
#endif
