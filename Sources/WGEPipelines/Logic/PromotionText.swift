internal import WGECore

/// What a promotion is called in a repository: the branch, the title and the body of its pull request.
///
/// The line `<namespace>/<name>/<environment>` in the body is upstream's contract, by which pull
/// requests are found; the lines after it are ours and identify one promotion.
enum PromotionText {
  /// `promotion-<namespace>-<name>-<environment>`.
  static func branch(_ request: PromotionRequest) -> String {
    "promotion-\(request.pipeline.namespace ?? "")-\(request.pipeline.name)-\(request.environment)"
  }

  /// `Promote <namespace>/<name> in <environment> to <revision>`, cut to what every provider takes.
  static func title(_ request: PromotionRequest) -> String {
    let text = "Promote \(request.pipeline) in \(request.environment) to \(request.revision)"
    guard text.utf8.count > 250 else { return text }
    var cut = text
    while cut.utf8.count > 247 { cut.removeLast() }
    return cut + "..."
  }

  /// The line that names pipeline and environment.
  static func keyLine(_ request: PromotionRequest) -> String { "\(request.pipeline)/\(request.environment)" }

  static func body(_ request: PromotionRequest) -> String {
    var lines = ["Promotes **\(oneLine(request.pipeline.description))** to version `\(oneLine(request.revision))`"]
    lines[0] += " in environment **\(oneLine(request.environment))**"
    lines[0] += request.sourceEnvironment.map { ", where \(oneLine($0)) runs it." } ?? "."
    for approval in request.approvals where approval.decision == .approved {
      let comment = approval.comment.map { ": \(oneLine($0))" } ?? ""
      lines.append("")
      lines.append("Approved by \(oneLine(approval.actor)) at \(approval.time.rfc3339)\(comment)")
    }
    lines += [
      "", "<details>", "<summary>metadata</summary>",
      "Do not edit the lines below: they connect this pull request"
        + " with its pipeline.", "",
      keyLine(request), "", "revision: \(request.revision)", "pipeline-uid: \(request.pipelineUID)",
      "started-at: \(request.startedAt.rfc3339)", "attempt: \(request.attempt)", "</details>",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// A commit message whose trailers tell that the commit is ours and what it brings.
  static func commitMessage(_ request: PromotionRequest) -> String {
    """
    \(title(request))

    \(pipelineTrailer(request))
    Promotion-Revision: \(request.revision)
    Promotion-Started-At: \(request.startedAt.rfc3339)

    """
  }

  static func pipelineTrailer(_ request: PromotionRequest) -> String { "Promotion-Key: \(keyLine(request))" }

  /// Whether a commit was made by us for this pipeline and environment, whatever the revision.
  static func isOurs(commitMessage: String, _ request: PromotionRequest) -> Bool {
    lines(of: commitMessage).contains(pipelineTrailer(request))
  }

  /// Whether a commit was made by us for exactly this promotion.
  static func isOf(commitMessage: String, _ request: PromotionRequest) -> Bool {
    lines(of: commitMessage).isSuperset(of: [
      pipelineTrailer(request), "Promotion-Revision: \(request.revision)",
      "Promotion-Started-At: \(request.startedAt.rfc3339)",
    ])
  }

  /// Whether a pull request's body names the pipeline and environment, by a whole line.
  static func names(body: String, _ request: PromotionRequest) -> Bool { lines(of: body).contains(keyLine(request)) }

  /// Whether a body names any pipeline's environment: a foreign one when ``names(body:_:)`` is false.
  static func isPromotion(body: String) -> Bool {
    let lines = lines(of: body)
    return lines.contains("<summary>metadata</summary>") && lines.contains("</details>")
  }

  /// Whether a pull request is of exactly this promotion.
  static func isOf(body: String, _ request: PromotionRequest) -> Bool {
    lines(of: body).isSuperset(of: [
      keyLine(request), "revision: \(request.revision)", "pipeline-uid: \(request.pipelineUID)",
      "started-at: \(request.startedAt.rfc3339)",
    ])
  }

  /// Lines without their ends: hosts give bodies back with either kind, and trimmed or not.
  private static func lines(of text: String) -> Set<String> {
    Set(
      text.split(whereSeparator: \.isNewline).map { line in
        var line = line
        while line.last == " " || line.last == "\t" { line.removeLast() }
        return String(line)
      })
  }

  /// Texts of people must not make lines of their own in the body, nor HTML.
  private static func oneLine(_ text: String) -> String {
    String(
      text.prefix(500).map { character in
        switch character {
        case "<": "‹"
        case ">": "›"
        case "`": "'"
        default: character.isNewline || character.unicodeScalars.contains { $0.value < 0x20 } ? " " : character
        }
      })
  }
}
