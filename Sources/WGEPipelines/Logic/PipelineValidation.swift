/// What is wrong with a specification, said before anything is done with it.
enum PipelineValidation {
  /// Problems that stop the pipeline (`Ready=False`, `InvalidSpec`), as sentence fragments that name
  /// the field.
  static func problems(in spec: PipelineSpec) -> [String] {
    var problems: [String] = []
    if spec.environments.isEmpty { problems.append("spec.environments is empty: list at least one environment") }
    var seen: [String: Int] = [:]
    for (index, environment) in spec.environments.enumerated() {
      let path = "spec.environments[\(index)].name"
      if environment.name.isEmpty {
        problems.append("\(path) is empty: give every environment a name")
      } else if let first = seen[environment.name] {
        problems.append(
          "\(path) \"\(shown(environment.name))\" is already the name of spec.environments[\(first)]: names must differ"
        )
      } else {
        seen[environment.name] = index
      }
      if environment.name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
        problems.append("\(path) contains a control character")
      }
      if environment.name.utf8.count > 253 { problems.append("\(path) is longer than 253 bytes") }
    }
    return problems
  }

  /// What is allowed but surely not meant.
  static func warnings(in spec: PipelineSpec) -> [String] {
    var warnings: [String] = []
    if let first = spec.environments.first, first.promotion != nil {
      warnings.append(
        "environment \"\(shown(first.name))\" is the first: nothing promotes into it, its promotion is ignored")
    }
    let promotions =
      [("spec.promotion", spec.promotion)]
      + spec.environments.enumerated().map { ("spec.environments[\($0.offset)].promotion", $0.element.promotion) }
    for (path, promotion) in promotions {
      if promotion?.strategy.pullRequest != nil, promotion?.strategy.notification != nil {
        warnings.append("\(path).strategy sets pull-request and notification: only pull-request is used")
      }
    }
    return warnings
  }

  /// Why a revision cannot be promoted: it becomes part of titles, commits and YAML scalars.
  static func problem(inRevision revision: String) -> String? {
    if revision.isEmpty { return "the revision is empty" }
    if revision.utf8.count > PipelineDefaults.revisionBytes {
      return "the revision is longer than \(PipelineDefaults.revisionBytes) bytes"
    }
    let bad = revision.unicodeScalars.contains { scalar in
      scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.properties.isWhitespace
        || scalar.value == 0xFEFF || scalar.properties.isNoncharacterCodePoint
    }
    return bad ? "the revision contains white space or a control character" : nil
  }

  private static func shown(_ name: String) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.prefix(64).map { $0.value < 0x20 ? "?" : $0 }))
  }
}
