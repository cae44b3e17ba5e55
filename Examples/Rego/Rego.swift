import ArgumentParser
import WGECore
import WGERego
import WGERegoCertificates
import WGERegoTemplates
import WGERegoTokens

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What policy authors do every day, over the policy engine.
@main
struct Rego: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rego", abstract: "Check, format, evaluate, test and measure Rego policies.",
    subcommands: [Eval.self, Explain.self, Check.self, Format.self, Test.self, Bench.self])
}

/// The policies and documents that a command works on.
struct Sources: ParsableArguments {
  @Option(name: .shortAndLong, help: "A policy file or a folder of policies; may be repeated.") var data: [String] = []
  @Option(name: .shortAndLong, help: "A JSON or YAML file with the input.") var input: String?
  @Flag(help: "Policies are written in Rego v0.") var v0 = false

  func compiler(print: Bool = false) -> RegoCompiler { Self.compiler(v0: v0, print: print) }

  /// A compiler with all builtins that need no network.
  static func compiler(v0: Bool, print: Bool = false, strict: Bool = false) -> RegoCompiler {
    RegoCompiler(
      options: .init(
        dialect: v0 ? .v0 : .automatic, enablePrint: print, strict: strict,
        hostBuiltins: RegoTokens.builtins + RegoCertificates.builtins + RegoTemplates.builtins))
  }

  func policies() throws -> [(file: String, text: String)] {
    try Sources.files(data).map { (file: $0, text: try Sources.text($0)) }
  }

  func document() throws -> JSON? {
    guard let input else { return nil }
    return try YAML.parseSingle(try Sources.text(input))
  }

  static func text(_ path: String) throws -> String {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw ValidationError("cannot read \(path)") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The policy files at paths, folders with all below them.
  static func files(_ paths: [String]) throws -> [String] {
    var result: [String] = []
    for path in paths {
      var isFolder = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw ValidationError("no such file or folder: \(path)")
      }
      if isFolder {
        let below = try FileManager.default.subpathsOfDirectory(atPath: path)
        result += below.filter { $0.hasSuffix(".rego") }.sorted().map { path + "/" + $0 }
      } else {
        result.append(path)
      }
    }
    return result
  }
}
