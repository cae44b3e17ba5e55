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

  func text() throws -> String { String(decoding: try InputFile.read(template), as: UTF8.self) }
}

/// A file that is named on the command line.
enum InputFile {
  struct Unreadable: Error, CustomStringConvertible { let description: String }

  static func read(_ path: String) throws -> [UInt8] {
    if let data = FileManager.default.contents(atPath: path) { return [UInt8](data) }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Unreadable(description: "\(path): there is no such file")
    }
    throw Unreadable(description: "\(path): \(isFolder.boolValue ? "is a folder" : "cannot be read")")
  }
}

struct DataArguments: ParsableArguments {
  @Option(name: .shortAndLong, help: "A JSON or YAML file with the data. Default an empty object.")
  var data: String?

  @Flag(help: "Take every number for a float, as Go's encoding/json and Helm do.")
  var floats = false

  @Option(help: "What a missing key gives: default, zero or error.")
  var missingKey = "default"

  var numbers: GoValue.NumberMode { floats ? .json : .yaml }

  func json() throws -> JSON {
    guard let data else { return .object([:]) }
    let bytes = try InputFile.read(data)
    do {
      return data.hasSuffix(".json")
        ? try JSON(parsing: bytes) : try YAML.parseFirst(String(decoding: bytes, as: UTF8.self))
    } catch { throw InputFile.Unreadable(description: "\(data): \(error)") }
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

  func validate() throws {
    guard seconds > 0, seconds <= 3_600 else { throw ValidationError("--seconds takes a number from 0 to 3600") }
  }

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
    let tenths = Int((clock.now - start) / rounds / .nanoseconds(100))
    print("\(what): \(tenths / 10).\(tenths % 10) µs, \(rounds) rounds")
  }
}
