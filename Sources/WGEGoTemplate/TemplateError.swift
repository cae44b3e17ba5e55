internal import WGEGoFormat

/// Why a template could not be parsed or rendered.
///
/// Descriptions have Go's wording: `template: NAME:LINE: ...` for parsing, `template: NAME:LINE:COLUMN: executing
/// "NAME" at <ACTION>: ...` for rendering.
public enum TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text is no template.
  case parse(TemplateIssue)
  /// Rendering came to a mistake in the template or its data.
  case render(TemplateIssue)
  /// Rendering was stopped by a limit.
  case limit(RenderLimits.Kind, TemplateIssue)
  /// The task was cancelled.
  case cancelled

  /// Go's sentence.
  public var description: String {
    switch self {
    case .parse(let issue), .render(let issue), .limit(_, let issue): issue.description
    case .cancelled: "template: rendering was cancelled"
    }
  }

  /// The place, where there is one.
  public var issue: TemplateIssue? {
    switch self {
    case .parse(let issue), .render(let issue), .limit(_, let issue): issue
    case .cancelled: nil
    }
  }
}

/// A mistake and where it is.
public struct TemplateIssue: Sendable, Hashable, CustomStringConvertible {
  /// The name under which the text was parsed.
  public let template: String
  /// From 1.
  public let line: Int
  /// In bytes, from 0; nil for mistakes that parsing finds.
  public let column: Int?
  /// The action in canonical form; nil for mistakes that parsing finds.
  public let action: String?
  /// The definition that was being executed.
  public let executing: String?
  /// What is wrong.
  public let message: String

  init(
    template: String, line: Int, column: Int? = nil, action: String? = nil, executing: String? = nil, message: String
  ) {
    self.template = template
    self.line = line
    self.column = column
    self.action = action
    self.executing = executing
    self.message = message
  }

  /// Go's sentence.
  public var description: String {
    guard let column, let action, let executing else { return "template: \(template):\(line): \(message)" }
    return "template: \(template):\(line):\(column): executing \(GoQuote.quote(executing)) at <\(action)>: \(message)"
  }
}

/// What a render may use. A tenant writes the template, the server runs it.
public struct RenderLimits: Sendable, Hashable {
  /// The limits.
  public enum Kind: String, Sendable, Hashable {
    case output, steps, depth, time, memory
  }

  /// Bytes of a template text. Default 4 MiB.
  public var templateSize = 4 << 20
  /// Levels of parentheses, and of `if`, `with` and `range` within each other. Default 250; fewer where they would take
  /// more of the native stack than a task's thread is sure to have. Go allows 10,000 parentheses and any number of
  /// blocks, which needs stacks that grow.
  public var nesting = 250
  /// Bytes of output. Default 64 MiB.
  public var output = 64 << 20
  /// Actions, iterations and calls. Default 20 million.
  public var steps = 20_000_000
  /// Bytes that functions may make in strings and lists in total. Default 512 MiB.
  public var memory = 512 << 20
  /// Templates within templates (`template`, `include`, `tpl`). Default 1,000, which is Helm's; Go's is 100,000.
  public var depth = 1_000
  /// Wall time. Default 30 seconds; nil for none.
  public var time: Duration? = .seconds(30)

  /// The defaults.
  public init() {}
}
