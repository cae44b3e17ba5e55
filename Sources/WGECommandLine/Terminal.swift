import FoundationEssentials
import Rainbow
public import WGECore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a list is printed.
public enum OutputFormat: String, Sendable, CaseIterable {
  /// Columns for people.
  case table
  /// The server's answer, indented.
  case json
  /// The server's answer as YAML.
  case yaml
}

/// Prints tables and documents; colours and fits to the width only where there is a screen.
public struct Terminal: Sendable {
  private let color: Bool
  private let width: Int?

  /// - Parameter color: false to never colour. `NO_COLOR` in the environment does the same.
  public init(color: Bool) {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    self.color = color && isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    var size = winsize()
    let measured = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    width = measured ? Int(size.ws_col) : nil
  }

  /// For tests: what would be printed on a screen of that width.
  init(color: Bool, width: Int?) {
    self.color = color
    self.width = width
  }

  /// Prints a document as JSON or YAML, or the table that the closure makes of it.
  public func print(_ document: JSON, as format: OutputFormat, table: (JSON) -> [[String]]) {
    switch format {
    case .json: Swift.print(String(decoding: document.serializedPretty(), as: UTF8.self))
    case .yaml: Swift.print(YAML.serialize(document), terminator: "")
    case .table: printTable(table(document))
    }
  }

  /// Prints rows, the first one as headings.
  public func printTable(_ rows: [[String]]) {
    for line in lines(rows) { Swift.print(line) }
  }

  /// Columns as wide as their widest cell; the last one is cut at the edge of the screen.
  func lines(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.enumerated().map { index, row in
      var left = width ?? .max
      var line = ""
      for (column, cell) in row.enumerated() {
        let text = Self.printable(cell)
        let last = column == row.count - 1
        let shown = last && text.count > left ? String(text.prefix(max(0, left - 1))) + "…" : text
        line += index == 0 ? heading(shown) : paint(shown)
        if !last {
          line += String(repeating: " ", count: max(0, widths[column] - text.count) + 3)
          left -= widths[column] + 3
        }
      }
      return line
    }
  }

  /// One line without control characters: what comes from a cluster must not steer the terminal.
  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }

  /// A heading.
  public func heading(_ text: String) -> String { color ? text.bold : text }

  /// The text, in the colour of the state that it names.
  public func paint(_ text: String) -> String {
    guard color else { return text }
    return switch text {
    case "UpToDate", "Ready", "merged", "True": text.green
    case "Failed", "Stalled", "Not Ready", "Unreachable", "Abandoned", "False": text.red
    case "Gated", "PullRequestOpen", "open", "Deleting": text.yellow
    case "Promoting", "Applying", "WaitingSource", "Superseded": text.cyan
    default: text
    }
  }

  /// Shows on standard error what could not be read.
  /// - Returns: whether there was anything.
  public static func report(_ errors: [JSON]) -> Bool {
    for error in errors {
      let place = [error["clusterName"], error["namespace"]].compactMap { $0?.stringValue }.filter { !$0.isEmpty }
      let message = error.stringValue ?? error["message"]?.stringValue ?? "\(error)"
      warn((place.isEmpty ? "" : place.joined(separator: "/") + ": ") + message)
    }
    return !errors.isEmpty
  }

  /// A line on standard error.
  public static func warn(_ text: String) {
    let line = Array("wge: \(printable(text))\n".utf8)
    line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
