import ArgumentParser
import Foundation
import WGECore
import WGEGoTemplate

/// Renders, checks and times Go templates.
@main
struct Gotmpl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gotmpl", abstract: "Renders, checks and times Go templates.",
    subcommands: [Render.self, Check.self, Bench.self])
}

enum FunctionChoice: String, ExpressibleByArgument, CaseIterable {
  case go, sprig, helm

  var functions: FunctionSet {
    switch self {
    case .go: FunctionSet()
    case .sprig: .sprig()
    case .helm: .helm()
    }
  }
}

struct TemplateArguments: ParsableArguments {
  @Argument(help: "The template file.")
  var template: String

  @Option(help: "Functions: \(FunctionChoice.allCases.map(\.rawValue).joined(separator: ", ")).")
  var functions = FunctionChoice.sprig

  @Option(help: "Both delimiters, separated by a comma, such as '<<,>>'.")
  var delimiters: String?

  func options() throws -> TemplateOptions {
    var options = TemplateOptions(functions: functions.functions)
    if let delimiters {
      let parts = delimiters.split(separator: ",").map(String.init)
      guard parts.count == 2 else { throw ValidationError("--delimiters takes two, separated by a comma") }
      options.leftDelimiter = parts[0]
      options.rightDelimiter = parts[1]
    }
    return options
  }

  var name: String { template.split(separator: "/").last.map(String.init) ?? template }

  func text() throws -> String { String(decoding: try Data(contentsOf: URL(fileURLWithPath: template)), as: UTF8.self) }
}

struct DataArguments: ParsableArguments {
  @Option(name: .shortAndLong, help: "A JSON or YAML file with the data. Default none.")
  var data: String?

  @Flag(help: "Take every number for a float, as Go's encoding/json and Helm do.")
  var floats = false

  @Option(help: "What a missing key gives: default, zero or error.")
  var missingKey = "default"

  var numbers: GoValue.NumberMode { floats ? .json : .yaml }

  func json() throws -> JSON {
    guard let data else { return .null }
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: data)))
    return data.hasSuffix(".json")
      ? try JSON(parsing: bytes) : try YAML.parseFirst(String(decoding: bytes, as: UTF8.self))
  }

  func apply(to options: inout TemplateOptions) throws {
    guard let mode = TemplateOptions.MissingKey(rawValue: missingKey) else {
      throw ValidationError("--missing-key takes default, zero or error")
    }
    options.missingKey = mode
  }
}

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Renders a template to standard output.")
  @OptionGroup var template: TemplateArguments
  @OptionGroup var data: DataArguments

  func run() throws {
    var options = try template.options()
    try data.apply(to: &options)
    let parsed = try Template(try template.text(), name: template.name, options: options)
    let bytes = try parsed.set.renderBytes(
      parsed.name, GoValue(try data.json(), numbers: data.numbers), numbers: data.numbers)
    try FileHandle.standardOutput.write(contentsOf: Data(bytes))
  }
}

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Names every mistake in a template.")
  @OptionGroup var template: TemplateArguments

  func run() throws {
    let issues = TemplateSet(options: try template.options()).issues(in: try template.text(), name: template.name)
    for issue in issues { print(issue) }
    if !issues.isEmpty { throw ExitCode(1) }
  }
}

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Times parsing and rendering.")
  @OptionGroup var template: TemplateArguments
  @OptionGroup var data: DataArguments
  @Option(help: "Seconds for each of the two.")
  var seconds = 1.0

  func run() throws {
    var options = try template.options()
    try data.apply(to: &options)
    let text = try template.text()
    let name = template.name
    let value = try data.json()
    let numbers = data.numbers
    let parsed = try Template(text, name: name, options: options)
    try time("parse") { _ = try Template(text, name: name, options: options) }
    try time("render") { _ = try parsed.set.renderBytes(name, GoValue(value, numbers: numbers), numbers: numbers) }
  }

  private func time(_ what: String, _ body: () throws -> Void) throws {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(Int64(seconds * 1_000))
    let start = clock.now
    var rounds = 0
    repeat {
      try body()
      rounds += 1
    } while clock.now < end
    let nanoseconds = (clock.now - start) / rounds / .nanoseconds(1)
    print("\(what): \(Int(nanoseconds)) ns, \(rounds) rounds")
  }
}
