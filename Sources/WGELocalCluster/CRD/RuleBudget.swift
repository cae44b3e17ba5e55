internal import WGECore

/// What the rules of one schema may cost together.
/// Source: k8s.io/apiextensions-apiserver, apis/apiextensions/validation.
struct RuleBudget {
  private static let maximumOfOne: UInt64 = 10_000_000
  private static let maximumOfAll: UInt64 = 100_000_000
  /// How many rules are named when all together cost too much.
  private static let maximumNamed = 4

  private var total: UInt64 = 0
  /// The dearest rules, the dearest first.
  private var dearest: [(field: String, cost: UInt64)] = []

  /// The complaint about one expression.
  /// - Parameter what: the cost, for the complaint.
  mutating func spend(_ cost: UInt64, on field: String, _ what: String) -> [FieldError] {
    total = CELCost.sum(total, cost)
    if cost >= Self.maximumOfAll / 100 {
      let place = dearest.firstIndex { $0.cost < cost } ?? dearest.count
      dearest.insert((field, cost), at: place)
      if dearest.count > Self.maximumNamed { dearest.removeLast() }
    }
    return cost > Self.maximumOfOne ? [.forbidden(field, Self.complaint(what, cost, Self.maximumOfOne))] : []
  }

  /// The complaints about all together.
  /// - Parameter field: of the schema.
  func problems(_ field: String) -> [FieldError] {
    guard total > Self.maximumOfAll else { return [] }
    return dearest.map {
      .forbidden($0.field, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema")
    } + [
      .forbidden(
        field,
        Self.complaint(
          "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", total, Self.maximumOfAll))
    ]
  }

  private static func complaint(_ what: String, _ cost: UInt64, _ limit: UInt64) -> String {
    let factor = Double(cost) / Double(limit)
    let shown = factor > 100 ? "more than 100x" : "\(decimal(factor, places: factor < 1.5 ? 6 : 1))x"
    return
      "\(what) exceeds budget by factor of \(shown) (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
  }

  /// A number up to 100 with a fixed number of digits after the point.
  private static func decimal(_ value: Double, places: Int) -> String {
    var scale: Int64 = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int64((value * Double(scale)).rounded(.toNearestOrEven))
    let fraction = String(scaled % scale)
    return "\(scaled / scale).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
  }
}
