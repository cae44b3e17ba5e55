extension Sprig {
  static let defaultFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("default", .any, variadic: .any) { _, arguments in
        arguments.count < 2 || arguments[1].isEmpty ? arguments[0] : arguments[1]
      })
    all.append(
      Function("empty", .any) { .bool($1[0].isEmpty) })
    all.append(
      Function("coalesce", variadic: .any) { $1.array.first { !$0.isEmpty } ?? .null })
    all.append(
      Function("all", variadic: .any) { .bool($1.array.allSatisfy { !$0.isEmpty }) })
    all.append(
      Function("any", variadic: .any) { .bool($1.array.contains { !$0.isEmpty }) })
    all.append(
      Function("ternary", .any, .any, .bool) { $1[2].truth ? $1[0] : $1[1] })
    return all
  }()

  static let jsonFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("fromJson", .string) { context, arguments in
        do { return try GoJSON.decode(bytes(arguments[0]), context: context) } catch {
          if context.stopped != nil || context.isCancelled { throw error }
          return .null
        }
      })
    all.append(
      Function("mustFromJson", .string) { try GoJSON.decode(bytes($1[0]), context: $0) })
    all.append(
      Function("toJson", .any) { context, arguments in
        .text(try orEmpty(context) { try GoJSON.encode(arguments[0], context: context) })
      })
    all.append(
      Function("toPrettyJson", .any) { context, arguments in
        .text(try orEmpty(context) { try GoJSON.encode(arguments[0], indent: 2, context: context) })
      })
    all.append(
      Function("toRawJson", .any) { .text(try GoJSON.encode($1[0], escapesHTML: false, context: $0)) })
    all.append(
      Function("mustToJson", .any) { .text(try GoJSON.encode($1[0], context: $0)) })
    all.append(
      Function("mustToPrettyJson", .any) { .text(try GoJSON.encode($1[0], indent: 2, context: $0)) })
    all.append(
      Function("mustToRawJson", .any) { .text(try GoJSON.encode($1[0], escapesHTML: false, context: $0)) })
    return all
  }()

  /// Nothing where it fails, except at a limit.
  private static func orEmpty(_ context: RenderContext, _ body: () throws -> [UInt8]) throws -> [UInt8] {
    do { return try body() } catch {
      if context.stopped != nil || context.isCancelled { throw error }
      return []
    }
  }

  static let reflectionFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("typeOf", .any) { .string($1[0].typeName) })
    all.append(
      Function("kindOf", .any) { .string($1[0].kind.rawValue) })
    all.append(
      Function("typeIs", .string, .any) { .bool(string($1[0]) == $1[1].typeName) })
    all.append(
      Function("kindIs", .string, .any) { .bool(string($1[0]) == $1[1].kind.rawValue) })
    all.append(
      Function("typeIsLike", .string, .any) { _, arguments in
        let (wanted, type) = (string(arguments[0]), arguments[1].typeName)
        return .bool(wanted == type || "*" + wanted == type)
      })
    all.append(
      Function("deepEqual", .any, .any) { .bool(try GoValue.deepEqual($1[0], $1[1], $0)) })
    return all
  }()
}
