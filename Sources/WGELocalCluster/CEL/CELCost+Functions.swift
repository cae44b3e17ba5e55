internal import WGECore

/// What calling a function costs, beside its arguments, and how large its result may be.
extension CELCostEstimator {
  struct Estimate {
    var cost: UInt64 = 1
    var size: CELSize?
  }

  private static let ofStrings = 0.1
  private static let ofPatterns = 0.25

  mutating func function(_ name: String, _ target: CELExpression?, _ arguments: [CELExpression]) -> Estimate {
    if let estimate = library(name, target, arguments) { return estimate }
    switch name {
    case "format":
      if let target { return Estimate(cost: CELCost.scaled(sizeOrUnknown(target).max, Self.ofStrings)) }
    case "startsWith", "endsWith":
      if let prefix = arguments.first {
        return Estimate(cost: CELCost.scaled(sizeOrUnknown(prefix).max, Self.ofStrings))
      }
    case "@in":
      guard arguments.count == 2 else { break }
      if case .map = type(arguments[1]) { break }
      return Estimate(cost: sizeOrUnknown(arguments[1]).max)
    case "matches":
      if let target, let expression = arguments.first { return pattern(of: expression, in: target) }
    case "contains":
      guard let target, let part = arguments.first else { break }
      return Estimate(
        cost: CELCost.product(
          CELCost.scaled(sizeOrUnknown(target).max, Self.ofStrings),
          CELCost.scaled(sizeOrUnknown(part).max, Self.ofStrings)))
    case "_+_":
      guard arguments.count == 2 else { break }
      return sum(arguments[0], arguments[1])
    case "_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_":
      guard arguments.count == 2 else { break }
      return comparison(name, arguments[0], arguments[1])
    case "string", "bytes":
      guard arguments.count == 1 else { break }
      switch (name, type(arguments[0])) {
      case ("string", .bytes), ("bytes", .string):
        let size = sizeOrUnknown(arguments[0])
        return Estimate(
          cost: CELCost.scaled(size.max, Self.ofStrings),
          size: name == "bytes"
            ? CELSize(min: size.min, max: CELCost.product(size.max, 4)) : CELSize(min: size.min / 4, max: size.max))
      default: break
      }
    default: break
    }
    return Estimate()
  }

  private mutating func pattern(of pattern: CELExpression, in text: CELExpression) -> Estimate {
    Estimate(
      cost: CELCost.product(
        CELCost.scaled(CELCost.sum(sizeOrUnknown(text).max, 1), Self.ofStrings),
        CELCost.scaled(sizeOrUnknown(pattern).max, Self.ofPatterns)))
  }

  private mutating func sum(_ a: CELExpression, _ b: CELExpression) -> Estimate {
    let size = sizeOrUnknown(a).adding(sizeOrUnknown(b))
    let known = type(a) == .dyn ? type(b) : type(a)
    switch known {
    case .string, .bytes, .dyn: return Estimate(cost: CELCost.scaled(size.max, Self.ofStrings), size: size)
    case .list: return Estimate(size: size)
    default: return Estimate()
    }
  }

  private mutating func comparison(_ name: String, _ a: CELExpression, _ b: CELExpression) -> Estimate {
    if name != "_==_", name != "_!=_" {
      switch type(a) == .dyn ? type(b) : type(a) {
      case .string, .bytes, .dyn: break
      default: return Estimate()
      }
    }
    return Estimate(cost: CELCost.scaled(min(sizeOrUnknown(a).max, sizeOrUnknown(b).max), Self.ofStrings))
  }

  /// The functions whose cost Kubernetes itself tells.
  private mutating func library(_ name: String, _ target: CELExpression?, _ arguments: [CELExpression]) -> Estimate? {
    switch name {
    case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf":
      guard let target else { return nil }
      let count = sizeOrUnknown(target).max
      guard let item = itemSize(target) else { return Estimate(cost: CELCost.scaled(count, Self.ofStrings)) }
      let each = item.type == .string || item.type == .bytes ? CELCost.scaled(item.size.max, Self.ofStrings) : 0
      return Estimate(cost: CELCost.product(count, CELCost.sum(1, each)))
    case "url", "jsonpatch.escapeKey":
      return arguments.first.map { reading($0, keepsSize: true) }
    case "lowerAscii", "upperAscii", "substring", "trim":
      return target.map { reading($0, keepsSize: true) }
    case "replace": return replacement(target, arguments)
    case "split":
      guard let target else { return nil }
      let size = sizeOrUnknown(target)
      var most = size.max
      if arguments.count > 1, case .literal(.int(let limit)) = arguments[1].kind { most = UInt64(bitPattern: limit) }
      return Estimate(cost: CELCost.scaled(size.max, 2 * Self.ofStrings), size: CELSize(min: 0, max: most))
    case "join": return joining(target, arguments)
    case "find", "findAll":
      guard let target, let pattern = arguments.first else { return nil }
      var estimate = self.pattern(of: pattern, in: target)
      estimate.size = CELSize(min: 0, max: sizeOrUnknown(target).max)
      return estimate
    case "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver":
      return arguments.first.map { reading($0) }
    case "ip":
      // The address of a network is read without cost.
      return arguments.first.map { reading($0) }
    case "ip.isCanonical":
      guard let text = arguments.first else { return nil }
      return Estimate(cost: CELCost.scaled(sizeOrUnknown(text).max, 2 * Self.ofStrings))
    case "containsIP", "containsCIDR":
      guard let other = arguments.first else { return nil }
      // Two addresses of at most 16 bytes, the second form's network, and the text that is read first.
      let addresses: UInt64 = name == "containsIP" ? 4 : 7
      let text = type(other) == .string || type(other) == .dyn ? reading(other).cost : 0
      return Estimate(cost: CELCost.sum(addresses, text))
    case "validate":
      guard let text = arguments.first else { return nil }
      return Estimate(cost: CELCost.scaled(reading(text).cost, 128 * Self.ofPatterns))
    case "sets.contains", "sets.intersects", "sets.equivalent":
      guard arguments.count == 2 else { return nil }
      let pairs = CELCost.product(sizeOrUnknown(arguments[0]).max, sizeOrUnknown(arguments[1]).max)
      return Estimate(cost: CELCost.sum(CELCost.product(pairs, name == "sets.equivalent" ? 2 : 1), 1))
    case "_==_":
      guard arguments.count == 2, type(arguments[0]) == type(arguments[1]), case .opaque(let kind) = type(arguments[0])
      else { return nil }
      switch kind {
      case "kubernetes.NamedFormat": return Estimate(cost: 7)
      case "kubernetes.URL":
        return Estimate(cost: CELCost.scaled(size(arguments[1])?.max ?? 1, Self.ofStrings))
      default: return Estimate()
      }
    default: return nil
    }
  }

  private mutating func reading(_ text: CELExpression, keepsSize: Bool = false) -> Estimate {
    let size = sizeOrUnknown(text)
    return Estimate(cost: CELCost.scaled(size.max, Self.ofStrings), size: keepsSize ? size : nil)
  }

  private mutating func replacement(_ target: CELExpression?, _ arguments: [CELExpression]) -> Estimate? {
    guard let target, arguments.count >= 2 else { return nil }
    let size = sizeOrUnknown(target)
    let old = sizeOrUnknown(arguments[0])
    let new = sizeOrUnknown(arguments[1])
    var count = CELSize.fixed(0)
    var kept = CELSize.fixed(0)
    func parts(_ whole: UInt64, _ part: UInt64) -> UInt64 { CELCost.scaled(whole, 1 / Double(part)) }
    if old.min == 0 {
      count.max = CELCost.sum(size.max, 1)
      kept.max = size.max
    } else if new.max <= old.min {
      kept.max = size.max
    } else {
      count.max = parts(size.max, old.min)
    }
    if old.max == 0 {
      count.min = CELCost.sum(size.min, 1)
      kept.min = size.min
    } else if old.max <= new.min {
      kept.min = size.min
    } else {
      count.min = parts(size.min, old.max)
    }
    return Estimate(
      cost: CELCost.scaled(size.max, 2 * Self.ofStrings), size: count.multiplied(by: new).adding(kept))
  }

  private mutating func joining(_ target: CELExpression?, _ arguments: [CELExpression]) -> Estimate? {
    guard let target else { return nil }
    let count = sizeOrUnknown(target)
    var size = CELSize.fixed(0)
    if let item = itemSize(target) { size = count.multiplied(by: item.size) }
    if let separator = arguments.first {
      let gaps = CELSize(min: count.min > 0 ? count.min - 1 : 0, max: count.max > 0 ? count.max - 1 : 0)
      size = size.adding(sizeOrUnknown(separator).multiplied(by: gaps))
    }
    return Estimate(cost: CELCost.scaled(size.max, Self.ofStrings), size: size)
  }
}
