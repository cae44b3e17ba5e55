extension Sprig {
  /// The elements of a list.
  /// - Throws: Sprig's complaint, `Cannot VERB on type KIND`.
  private static func elements(_ value: GoValue, _ complaint: String) throws -> [GoValue] {
    if let elements = value.listElements { return elements }
    if value.isNilOrNone {
      throw TemplateFunctionError("runtime error: invalid memory address or nil pointer dereference")
    }
    throw TemplateFunctionError(complaint.replacingPlaceholder(value.kind.rawValue))
  }

  private static func made(_ context: RenderContext, _ elements: [GoValue]) throws -> GoValue {
    try context.charge(elements.count * 24)
    return .list(GoList(elements))
  }

  static let listFunctions: [Function] = {
    var all: [Function] = []
    all += ["list", "tuple"].map { name in
      Function(name, variadic: .any) { try made($0, $1.array.map(\.asNil)) }
    }
    all += twins("first", "mustFirst", [.any]) {
      try elements($1[0], "Cannot find first on type %").first ?? .null
    }
    all += twins("last", "mustLast", [.any]) {
      try elements($1[0], "Cannot find last on type %").last ?? .null
    }
    all += twins("rest", "mustRest", [.any]) { context, arguments in
      let all = try elements(arguments[0], "Cannot find rest on type %")
      return all.isEmpty ? .list(.nilList()) : try made(context, Array(all.dropFirst()))
    }
    all += twins("initial", "mustInitial", [.any]) { context, arguments in
      let all = try elements(arguments[0], "Cannot find initial on type %")
      return all.isEmpty ? .list(.nilList()) : try made(context, Array(all.dropLast()))
    }
    all += twins("append", "mustAppend", [.any, .any]) {
      try made($0, try elements($1[0], "Cannot push on type %") + [$1[1].asNil])
    }
    all += twins("push", "mustPush", [.any, .any]) {
      try made($0, try elements($1[0], "Cannot push on type %") + [$1[1].asNil])
    }
    all += twins("prepend", "mustPrepend", [.any, .any]) {
      try made($0, [$1[1].asNil] + (try elements($1[0], "Cannot prepend on type %")))
    }
    all += twins("reverse", "mustReverse", [.any]) {
      try made($0, try elements($1[0], "Cannot find reverse on type %").reversed())
    }
    all += twins("compact", "mustCompact", [.any]) {
      try made($0, try elements($1[0], "Cannot compact on type %").filter { !$0.isEmpty })
    }
    all += twins("uniq", "mustUniq", [.any]) { context, arguments in
      var result: [GoValue] = []
      for element in try elements(arguments[0], "Cannot find uniq on type %") {
        if try !result.contains(where: { try GoValue.deepEqual($0, element, context) }) { result.append(element) }
      }
      return try made(context, result)
    }
    all += twins("without", "mustWithout", [.any], variadic: .any) { context, arguments in
      let excluded = arguments.dropFirst(1).array
      let kept = try elements(arguments[0], "Cannot find without on type %").filter { element in
        try !excluded.contains { try GoValue.deepEqual($0, element, context) }
      }
      return try made(context, kept)
    }
    all += twins("has", "mustHas", [.any, .any]) { context, arguments in
      if arguments[1].isNilOrNone { return .bool(false) }
      return .bool(
        try elements(arguments[1], "Cannot find has on type %").contains {
          try GoValue.deepEqual($0, arguments[0], context)
        })
    }
    all += twins("slice", "mustSlice", [.any], variadic: .any) { _, arguments in
      try sliced(arguments)
    }
    all += twins("chunk", "mustChunk", [.int, .any]) { context, arguments in
      let size = arguments[0].intValue ?? 0
      let all = try elements(arguments[1], "Cannot chunk type %")
      if size <= 0 {
        // Go computes how many chunks there are first, and that can come to none, or to one of one.
        if size < 0, all.count >= 2, all.count - 1 <= size.magnitude { return .list(GoList([], of: .anyList)) }
        if size < -1, all.count == 1 { return .list(GoList([.list(GoList(all))], of: .anyList)) }
        throw TemplateFunctionError("runtime error: makeslice: len out of range")
      }
      try context.charge(all.count * 24)
      var chunks: [GoValue] = []
      var start = 0
      while start < all.count {
        let end = size >= all.count - start ? all.count : start + size
        chunks.append(.list(GoList(Array(all[start..<end]))))
        start = end
      }
      return .list(GoList(chunks, of: .anyList))
    }
    all.append(
      Function("concat", variadic: .any) { context, arguments in
        if arguments.count == 0 { return .list(.nilList()) }
        var all: [GoValue] = []
        for value in arguments.array { all += try elements(value, "Cannot concat type % as list") }
        return try made(context, all)
      })
    all.append(
      Function("join", .string, .any) { context, arguments in
        let parts = try texts(context, arguments[1])
        let separator = bytes(arguments[0])
        try context.charge(parts.reduce(0) { $0 + $1.count + separator.count })
        return .text(Array(parts.joined(separator: separator)))
      })
    all.append(
      Function("sortAlpha", .any, mutates: false) { context, arguments in
        if case .list(let list) = arguments[0], list.element == .string {
          // Sprig sorts a list of strings where it is.
          list.elements.sort { ByteOrder.less(bytes($0), bytes($1)) }
          return arguments[0]
        }
        guard arguments[0].listCount != nil else { return strings([try arguments[0].lenientText(context)]) }
        return strings(try texts(context, arguments[0]).sorted(by: ByteOrder.less))
      })
    all.append(
      Function("split", .string, .string) { try parts($0, try split($0, bytes($1[1]), bytes($1[0]))) })
    all.append(
      Function("splitn", .string, .int, .string) {
        try parts($0, try split($0, bytes($1[2]), bytes($1[0]), limit: $1[1].intValue ?? 0))
      })
    all.append(
      Function("splitList", .string, .string) { context, arguments in
        strings(try split(context, bytes(arguments[1]), bytes(arguments[0])))
      })
    return all
  }()

  /// Charges for the parts before they are made.
  private static func split(
    _ context: RenderContext, _ text: [UInt8], _ separator: [UInt8], limit: Int = -1
  ) throws -> [[UInt8]] {
    var most = text.count / max(separator.count, 1) + 1
    if limit >= 0 { most = min(most, limit) }
    // Short texts need no exact count.
    if most > 1_024, !separator.isEmpty {
      var count = 1
      var start = 0
      while count < most, let range = TextOperations.firstRange(of: separator, in: text, from: start) {
        count += 1
        start = range.upperBound
      }
      most = count
    }
    try context.charge(most * 64)
    return TextOperations.split(text, separator, limit: limit)
  }

  private static func parts(_ context: RenderContext, _ parts: [[UInt8]]) throws -> GoValue {
    try context.charge(parts.count * 48)
    let pairs = parts.enumerated().map { ("_\($0.offset)", GoValue.text($0.element)) }
    return .map(GoMap(pairs.sorted { ByteOrder.less($0.0, $1.0) }, of: .string))
  }

  private static func sliced(_ arguments: TemplateArguments) throws -> GoValue {
    let value = arguments[0]
    let all = try elements(value, "list should be type of slice or array but %")
    if all.isEmpty { return .null }
    let start = arguments.count > 1 ? Int(arguments[1].lenientInt) : 0
    let end = arguments.count > 2 ? Int(arguments[2].lenientInt) : all.count
    guard start >= 0, end >= start, end <= all.count else {
      throw TemplateFunctionError("reflect.Value.Slice: slice index out of bounds")
    }
    var element = GoList.Element.any
    if case .list(let list) = value { element = list.element }
    return .list(GoList(Array(all[start..<end]), of: element))
  }
}

extension GoValue {
  /// No value becomes nil, as in an `interface {}`.
  var asNil: GoValue { if case .none = self { .null } else { self } }
}

extension String {
  fileprivate func replacingPlaceholder(_ word: String) -> String {
    split(separator: "%", omittingEmptySubsequences: false).joined(separator: word)
  }
}
