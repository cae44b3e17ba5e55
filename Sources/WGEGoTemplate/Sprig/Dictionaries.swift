internal import WGECore

extension Sprig {
  /// A dictionary that can be changed. Data is thawed before a template runs that calls such functions.
  private static func mutable(_ value: GoValue, orNil: Bool = false) throws -> GoMap {
    switch value {
    case .map(let map) where map.isNil && !orNil: throw TemplateFunctionError("assignment to entry in nil map")
    case .map(let map): return map
    case .object(let object, let mode):
      return GoMap(object.map { ($0.key, GoValue($0.value, numbers: mode).thawed()) })
    default: throw TemplateFunctionError("assignment to entry in nil map")
    }
  }

  static let dictionaryFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("dict", variadic: .any) { context, arguments in
        let map = GoMap()
        for index in stride(from: 0, to: arguments.count, by: 2) {
          let key = String(decoding: try arguments[index].lenientText(context), as: UTF8.self)
          map[key] = index + 1 < arguments.count ? arguments[index + 1].asNil : .string("")
        }
        try context.charge(arguments.count * 32)
        return .map(map)
      })
    all.append(
      Function("get", .dictionary, .string) { $1[0].member(string($1[1])) ?? .string("") })
    all.append(
      Function("set", .dictionary, .string, .any, mutates: true) { context, arguments in
        let map = try mutable(arguments[0])
        try context.charge(48 + map.count >> 4)
        map[string(arguments[1])] = arguments[2].asNil
        return .map(map)
      })
    all.append(
      Function("unset", .dictionary, .string, mutates: true) { context, arguments in
        guard case .map(let map) = arguments[0] else { return arguments[0] }
        try context.charge(map.count >> 4)
        map[string(arguments[1])] = nil
        return arguments[0]
      })
    all.append(
      Function("hasKey", .dictionary, .string) { .bool($1[0].member(string($1[1])) != nil) })
    all.append(
      Function("pluck", .string, variadic: .dictionary) { _, arguments in
        .list(GoList(arguments.dropFirst(1).array.compactMap { $0.member(string(arguments[0])) }))
      })
    all.append(
      Function("keys", variadic: .dictionary) { context, arguments in
        let keys = arguments.array.flatMap { $0.mapMembers ?? [] }
        try context.charge(keys.count * 32)
        return .list(GoList(keys.map { .string($0.key) }, of: .string))
      })
    all.append(
      Function("values", .dictionary) { context, arguments in
        let members = arguments[0].mapMembers ?? []
        try context.charge(members.count * 24)
        return .list(GoList(members.map(\.value)))
      })
    all.append(
      Function("pick", .dictionary, variadic: .string) { _, arguments in
        let map = GoMap()
        for key in arguments.dropFirst(1).array.map(string) {
          if let value = arguments[0].member(key) { map[key] = value }
        }
        return .map(map)
      })
    all.append(
      Function("omit", .dictionary, variadic: .string) { context, arguments in
        let omitted = Set(arguments.dropFirst(1).array.map { Array(string($0).utf8) })
        let members = arguments[0].mapMembers ?? []
        try context.charge(members.count * 48)
        return .map(GoMap(members.filter { !omitted.contains(Array($0.key.utf8)) }.map { ($0.key, $0.value) }))
      })
    all.append(
      Function("dig", variadic: .any) { try dig($1) })
    all += twins("merge", "mustMerge", [.dictionary], variadic: .dictionary, mutates: true) {
      try merged($0, $1, overwrites: false)
    }
    all += twins("mergeOverwrite", "mustMergeOverwrite", [.dictionary], variadic: .dictionary, mutates: true) {
      try merged($0, $1, overwrites: true)
    }
    all += twins("deepCopy", "mustDeepCopy", [.any]) { context, arguments in
      if arguments[0].isNilOrNone {
        throw TemplateFunctionError("reflect: call of reflect.Value.Type on zero Value")
      }
      try context.chargeNodes(of: arguments[0])
      return arguments[0].thawed()
    }
    return all
  }()

  private static func dig(_ arguments: TemplateArguments) throws -> GoValue {
    if arguments.count < 3 { throw TemplateFunctionError("dig needs at least three arguments") }
    func conversion(_ value: GoValue, _ wanted: String) -> TemplateFunctionError {
      TemplateFunctionError(
        "interface conversion: interface {} is \(value.isNilOrNone ? "nil" : value.typeName), not \(wanted)")
    }
    var current = arguments[arguments.count - 1]
    guard current.isDictionary else { throw conversion(current, "map[string]interface {}") }
    let keys = try (0..<arguments.count - 2).map { index throws in
      guard let key = arguments[index].stringValue else { throw conversion(arguments[index], "string") }
      return key
    }
    for key in keys {
      guard current.isDictionary else { throw conversion(current, "map[string]interface {}") }
      guard let next = current.member(key) else { return arguments[arguments.count - 2] }
      current = next
    }
    return current
  }

  private static func merged(
    _ context: RenderContext, _ arguments: TemplateArguments, overwrites: Bool
  ) throws -> GoValue {
    let sources = arguments.dropFirst(1).array.filter { !$0.isNil }
    // A nil map is replaced by an empty one when there is something to merge.
    let target = arguments[0].isNil && !sources.isEmpty ? GoMap() : try mutable(arguments[0], orNil: true)
    for source in sources {
      try merge(context, source, into: target, overwrites: overwrites, depth: 0)
    }
    return .map(target)
  }

  private static func merge(
    _ context: RenderContext, _ source: GoValue, into target: GoMap, overwrites: Bool, depth: Int
  ) throws {
    // A map that holds itself would never end.
    if depth > 500 { throw TemplateFunctionError("maps nest too deeply") }
    for (key, value) in source.mapMembers ?? [] {
      try context.charge(48 + target.count >> 4)
      if value.isNilOrNone, !overwrites { continue }
      guard let existing = target[key] else {
        target[key] = value
        continue
      }
      if existing.isDictionary, value.isDictionary, existing.truth || !overwrites || value.truth {
        let inner = try mutable(existing)
        try merge(context, value, into: inner, overwrites: overwrites, depth: depth + 1)
        target[key] = .map(inner)
      } else if overwrites || existing.isEmpty {
        target[key] = value
      }
    }
  }
}
