internal import WGEGoFormat
internal import WGECore

extension Sprig {
  private static func now(_ context: RenderContext) -> GoTime {
    GoTime(context.environment.wallClock.now(), zone: context.environment.localZone)
  }

  /// A time, or seconds since 1970; anything else is now.
  private static func time(_ context: RenderContext, _ value: GoValue, allows32: Bool = true) -> GoTime {
    switch value {
    case .host(let object): return object as? GoTime ?? now(context)
    case .int(let seconds): return GoTime(seconds: Int64(seconds))
    case .integer(let number) where number.kind == .int64 || (allows32 && number.kind == .int32):
      return GoTime(seconds: number.signed)
    default: return now(context)
    }
  }

  private static func format(_ context: RenderContext, _ layout: [UInt8], _ value: GoValue, _ zone: String?) -> GoValue
  {
    let time = time(context, value)
    let zone = zone.map { $0 == "Local" ? context.environment.localZone : context.environment.zone($0) ?? .utc }
    let moved = GoTime(
      seconds: time.seconds, nanoseconds: time.nanoseconds, zone: zone ?? context.environment.localZone)
    return .text(GoTimeLayout.format(moved, layout))
  }

  private static func object<T>(_ value: GoValue, _ type: T.Type) -> T? {
    if case .host(let object) = value { return object as? T }
    return nil
  }

  private static let htmlLayout = Array("2006-01-02".utf8)

  static let dateFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("now") { context, _ in .host(now(context)) })
    all.append(
      Function("date", .string, .any) { format($0, bytes($1[0]), $1[1], nil) })
    all.append(
      Function("htmlDate", .any) { format($0, htmlLayout, $1[0], nil) })
    all.append(
      Function("htmlDateInZone", .any, .string) { format($0, htmlLayout, $1[0], string($1[1])) })
    all.append(
      Function("ago", .any) { context, arguments in
        let elapsed = now(context).since(time(context, arguments[0], allows32: false)).value
        // Rounded to seconds, halves away from zero.
        let rounded = (elapsed.magnitude + 500_000_000) / 1_000_000_000 * 1_000_000_000
        let magnitude = Int64(clamping: rounded)
        return .string(GoNanoseconds(elapsed < 0 ? -magnitude : magnitude).goString)
      })
    all.append(
      Function("duration", .any) { _, arguments in
        var seconds: Int64 = 0
        switch arguments[0] {
        case .string, .bytes: seconds = GoNumber.integer(bytes(arguments[0]), radix: 10) ?? 0
        case .integer(let number) where number.kind == .int64: seconds = number.signed
        default: break
        }
        return .string(GoNanoseconds(seconds &* 1_000_000_000).goString)
      })
    all.append(
      Function("durationRound", .any) { .string(roundedDuration($0, $1[0])) })
    all.append(
      Function("unixEpoch", .time) { .string("\(object($1[0], GoTime.self)?.seconds ?? 0)") })
    all.append(
      Function("toDate", .string, .string) { context, arguments in
        .host(
          (try? GoTimeParser.parse(bytes(arguments[0]), bytes(arguments[1]), zone: context.environment.localZone))
            ?? .zero)
      })
    all.append(
      Function("mustToDate", .string, .string) { context, arguments in
        .host(try GoTimeParser.parse(bytes(arguments[0]), bytes(arguments[1]), zone: context.environment.localZone))
      })
    all += ["dateInZone", "date_in_zone"].map { name in
      Function(name, .string, .any, .string) { format($0, bytes($1[0]), $1[1], string($1[2])) }
    }
    all += ["dateModify", "date_modify"].map { name in
      Function(name, .string, .time) { _, arguments in
        guard let duration = GoNanoseconds.parse(bytes(arguments[0])), let time = object(arguments[1], GoTime.self)
        else {
          return arguments[1]
        }
        return .host(time.adding(duration))
      }
    }
    all += ["mustDateModify", "must_date_modify"].map { name in
      Function(name, .string, .time) { _, arguments in
        guard let duration = GoNanoseconds.parse(bytes(arguments[0])) else {
          throw TemplateFunctionError("time: invalid duration \(GoQuote.quote(string(arguments[0])))")
        }
        return .host((object(arguments[1], GoTime.self) ?? .zero).adding(duration))
      }
    }
    return all
  }()

  private static func roundedDuration(_ context: RenderContext, _ value: GoValue) -> String {
    var nanoseconds: Int64 = 0
    switch value {
    case .string, .bytes: nanoseconds = GoNanoseconds.parse(bytes(value))?.value ?? 0
    case .integer(let number) where number.kind == .int64: nanoseconds = number.signed
    case .host(let object): if let time = object as? GoTime { nanoseconds = now(context).since(time).value }
    default: break
    }
    let magnitude = nanoseconds.magnitude
    let hour: UInt64 = 3_600_000_000_000
    let units: [(UInt64, String)] = [
      (hour * 24 * 365, "y"), (hour * 24 * 30, "mo"), (hour * 24, "d"), (hour, "h"), (hour / 60, "m"),
      (hour / 3_600, "s"),
    ]
    for (unit, name) in units where magnitude > unit { return "\(magnitude / unit)\(name)" }
    return "0s"
  }
}
