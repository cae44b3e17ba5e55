// The rules over texts that a pull request, a comment or a commit message may hold, the same for
// every host.
enum HostInput {
  static func title(_ title: String, maximum: Int = GitDefaults.maximumTitleLength) throws(GitHostError) -> String {
    let title = title.trimmed
    if title.isEmpty { throw .validation(field: "title", "the title is empty") }
    if title.unicodeScalars.count > maximum {
      throw .validation(field: "title", "the title is longer than \(maximum) characters")
    }
    if title.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      throw .validation(field: "title", "the title contains a line break or another control character")
    }
    return title
  }

  static func body(_ body: String, field: String) throws(GitHostError) -> String {
    if body.utf8.count > GitDefaults.maximumBodyBytes {
      throw .validation(field: field, "the text is longer than \(GitDefaults.maximumBodyBytes) bytes")
    }
    if body.utf8.contains(0) { throw .validation(field: field, "the text contains a NUL byte") }
    return body
  }

  static func comment(_ body: String) throws(GitHostError) -> String {
    let body = try Self.body(body, field: "comment")
    if body.trimmed.isEmpty { throw .validation(field: "comment", "the comment is empty") }
    return body
  }

  static func labels(_ labels: [String]) throws(GitHostError) -> [String] {
    guard labels.count <= GitDefaults.maximumLabels else {
      throw .validation(field: "labels", "there are more than \(GitDefaults.maximumLabels) labels")
    }
    for label in labels {
      if label.trimmed.isEmpty || label.utf8.count > 100 || label.utf8.contains(where: { $0 < 0x20 }) {
        throw .validation(field: "labels", "the label \(GitHostError.quote(label)) is empty, too long or not one line")
      }
    }
    var seen: Set<String> = []
    return labels.filter { seen.insert($0).inserted }
  }

  static func draft(_ draft: PullRequestDraft) throws(GitHostError) -> PullRequestDraft {
    var draft = draft
    draft.title = try title(draft.title)
    draft.body = try body(draft.body, field: "body")
    draft.labels = try labels(draft.labels)
    if draft.head == draft.base {
      throw .validation(field: "head", "head and base are the same branch \(GitHostError.quote(draft.head.value))")
    }
    return draft
  }

  static func message(_ message: String) throws(GitHostError) -> String {
    let text = String(decoding: message.utf8.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    if text.utf8.contains(0) { throw .validation(field: "message", "the commit message contains a NUL byte") }
    if text.trimmed.isEmpty { throw .validation(field: "message", "the commit message is empty") }
    return text
  }

  /// A text cut to so many bytes, at a character, with an ellipsis.
  static func cut(_ text: String, to bytes: Int) -> String {
    if text.utf8.count <= bytes { return text }
    var result = ""
    for character in text {
      if result.utf8.count + character.utf8.count + 3 > bytes { break }
      result.append(character)
    }
    return result + "…"
  }
}
