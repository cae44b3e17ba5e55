/// The functions that expressions may call, with their types.
///
/// One line per function: its name, then its overloads, separated by semicolons. `string.(int)string`
/// is a method of strings, `(string)bool` a function. Capital letters stand for any one type.
/// Source: cel-spec's standard definitions and Kubernetes' CEL libraries.
enum CELSignatures {
  struct Overload: Sendable {
    /// Nil for a free function.
    var receiver: CELType?
    var parameters: [CELType]
    var result: CELType
  }

  private static let table = """
    _+_ (int,int)int; (uint,uint)uint; (double,double)double; (string,string)string; (bytes,bytes)bytes; (list(A),list(A))list(A); (timestamp,duration)timestamp; (duration,timestamp)timestamp; (duration,duration)duration
    _-_ (int,int)int; (uint,uint)uint; (double,double)double; (timestamp,timestamp)duration; (timestamp,duration)timestamp; (duration,duration)duration
    _*_ (int,int)int; (uint,uint)uint; (double,double)double
    _/_ (int,int)int; (uint,uint)uint; (double,double)double
    _%_ (int,int)int; (uint,uint)uint
    -_ (int)int; (double)double
    !_ (bool)bool
    _==_ (A,A)bool
    _!=_ (A,A)bool
    @in (A,list(A))bool; (A,map(A,B))bool
    _[_] (list(A),int)A; (map(A,B),A)B
    _?_:_ (bool,A,A)A
    size (string)int; (bytes)int; (list(A))int; (map(A,B))int; string.()int; bytes.()int; list(A).()int; map(A,B).()int
    int (int)int; (uint)int; (double)int; (string)int; (timestamp)int; (duration)int
    uint (uint)uint; (int)uint; (double)uint; (string)uint
    double (double)double; (int)double; (uint)double; (string)double
    string (string)string; (bool)string; (int)string; (uint)string; (double)string; (bytes)string; (timestamp)string; (duration)string; (ip)string; (cidr)string
    bytes (bytes)bytes; (string)bytes
    bool (bool)bool; (string)bool
    dyn (A)dyn
    type (A)type
    duration (duration)duration; (string)duration; (int)duration
    timestamp (timestamp)timestamp; (string)timestamp; (int)timestamp
    contains string.(string)bool
    startsWith string.(string)bool
    endsWith string.(string)bool
    matches string.(string)bool; (string,string)bool
    getFullYear timestamp.()int; timestamp.(string)int
    getMonth timestamp.()int; timestamp.(string)int
    getDate timestamp.()int; timestamp.(string)int
    getDayOfMonth timestamp.()int; timestamp.(string)int
    getDayOfWeek timestamp.()int; timestamp.(string)int
    getDayOfYear timestamp.()int; timestamp.(string)int
    getHours timestamp.()int; timestamp.(string)int; duration.()int
    getMinutes timestamp.()int; timestamp.(string)int; duration.()int
    getSeconds timestamp.()int; timestamp.(string)int; duration.()int
    getMilliseconds timestamp.()int; timestamp.(string)int; duration.()int
    charAt string.(int)string
    indexOf string.(string)int; string.(string,int)int; list(A).(A)int
    lastIndexOf string.(string)int; string.(string,int)int; list(A).(A)int
    join list(string).()string; list(string).(string)string
    lowerAscii string.()string
    upperAscii string.()string
    replace string.(string,string)string; string.(string,string,int)string
    split string.(string)list(string); string.(string,int)list(string)
    substring string.(int)string; string.(int,int)string
    trim string.()string
    format string.(list(dyn))string
    strings.quote (string)string
    find string.(string)string
    findAll string.(string)list(string); string.(string,int)list(string)
    isSorted list(A).()bool
    sum list(int).()int; list(uint).()uint; list(double).()double; list(duration).()duration
    min list(A).()A
    max list(A).()A
    slice list(A).(int,int)list(A)
    flatten list(list(A)).()list(A); list(list(A)).(int)list(A)
    distinct list(A).()list(A)
    reverse list(A).()list(A)
    sort list(A).()list(A)
    lists.range (int)list(int)
    sets.contains (list(A),list(A))bool
    sets.equivalent (list(A),list(A))bool
    sets.intersects (list(A),list(A))bool
    url (string)url
    isURL (string)bool
    getScheme url.()string
    getHost url.()string
    getHostname url.()string
    getPort url.()string
    getEscapedPath url.()string
    getQuery url.()map(string,list(string))
    quantity (string)quantity
    isQuantity (string)bool
    sign (quantity)int
    isInteger quantity.()bool
    asInteger quantity.()int
    asApproximateFloat quantity.()double
    add quantity.(quantity)quantity; quantity.(int)quantity
    sub quantity.(quantity)quantity; quantity.(int)quantity
    isGreaterThan quantity.(quantity)bool; semver.(semver)bool
    isLessThan quantity.(quantity)bool; semver.(semver)bool
    compareTo quantity.(quantity)int; semver.(semver)int
    semver (string)semver; (string,bool)semver
    isSemver (string)bool; (string,bool)bool
    major semver.()int
    minor semver.()int
    patch semver.()int
    ip (string)ip; cidr.()ip
    isIP (string)bool
    ip.isCanonical (string)bool
    family ip.()int
    isUnspecified ip.()bool
    isLoopback ip.()bool
    isLinkLocalMulticast ip.()bool
    isLinkLocalUnicast ip.()bool
    isGlobalUnicast ip.()bool
    cidr (string)cidr
    isCIDR (string)bool
    containsIP cidr.(string)bool; cidr.(ip)bool
    containsCIDR cidr.(string)bool; cidr.(cidr)bool
    prefixLength cidr.()int
    masked cidr.()cidr
    optional.of (A)optional(A)
    optional.ofNonZeroValue (A)optional(A)
    optional.none ()optional(A)
    hasValue optional(A).()bool
    value optional(A).()A
    orValue optional(A).(A)A
    or optional(A).(optional(A))optional(A)
    format.named (string)optional(format)
    validate format.(string)optional(list(string))
    format.dns1123Label ()format
    format.dns1123Subdomain ()format
    format.dns1035Label ()format
    format.qualifiedName ()format
    format.dns1123LabelPrefix ()format
    format.dns1123SubdomainPrefix ()format
    format.dns1035LabelPrefix ()format
    format.labelValue ()format
    format.uri ()format
    format.uuid ()format
    format.byte ()format
    format.date ()format
    format.datetime ()format
    """

  static let overloads: [String: [Overload]] = {
    var result: [String: [Overload]] = [:]
    for line in table.split(separator: "\n") {
      guard let space = line.firstIndex(of: " ") else { continue }
      result[String(line[..<space])] = line[line.index(after: space)...].split(separator: ";").compactMap(overload)
    }
    // Numbers of different types are compared with each other.
    let ordered: [CELType] = [.bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration]
    let numbers: [CELType] = [.int, .uint, .double]
    for op in ["_<_", "_<=_", "_>_", "_>=_"] {
      result[op] =
        ordered.map { Overload(receiver: nil, parameters: [$0, $0], result: .bool) }
        + numbers.flatMap { a in
          numbers.filter { $0 != a }.map { Overload(receiver: nil, parameters: [a, $0], result: .bool) }
        }
    }
    return result
  }()

  /// The first words of functions that are named with a dot.
  static let namespaces: Set<String> = Set(
    overloads.keys.compactMap { name in
      name.firstIndex(of: ".").map { String(name[..<$0]) }
    })

  private static func overload(_ text: Substring) -> Overload? {
    let trimmed = text.drop { $0 == " " }
    // The parameters are in the last balanced pair of brackets before the result.
    var depth = 0
    var open: Substring.Index?
    var close: Substring.Index?
    let start = trimmed.range(of: ".(")?.upperBound ?? trimmed.firstIndex(of: "(").map { trimmed.index(after: $0) }
    guard let start else { return nil }
    open = start
    depth = 1
    var index = start
    while index < trimmed.endIndex {
      if trimmed[index] == "(" { depth += 1 }
      if trimmed[index] == ")" {
        depth -= 1
        if depth == 0 {
          close = index
          break
        }
      }
      index = trimmed.index(after: index)
    }
    guard let open, let close else { return nil }
    let receiver = trimmed.range(of: ".(").map { CELType(spelling: trimmed[..<$0.lowerBound]) }
    return Overload(
      receiver: receiver, parameters: split(trimmed[open..<close]).map { CELType(spelling: $0) },
      result: CELType(spelling: trimmed[trimmed.index(after: close)...]))
  }

  /// At commas that are not inside brackets.
  private static func split(_ text: Substring) -> [Substring] {
    if text.isEmpty { return [] }
    var parts: [Substring] = []
    var depth = 0
    var start = text.startIndex
    for index in text.indices {
      switch text[index] {
      case "(": depth += 1
      case ")": depth -= 1
      case "," where depth == 0:
        parts.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    return parts + [text[start...]]
  }
}

extension Substring {
  /// The first place where the text occurs.
  fileprivate func range(of part: String) -> Range<Substring.Index>? { firstRange(of: part) }
}
