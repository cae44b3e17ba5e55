/// The rules of all modules by the constant part of their paths.
final class RuleNode {
  let path: [RegoValue]
  private(set) var children: [RegoValue: RuleNode] = [:]
  /// Indices of the rules whose constant path ends here.
  var rules: [Int] = []

  init(path: [RegoValue]) { self.path = path }

  var sortedChildren: [RuleNode] { children.sorted { $0.key < $1.key }.map(\.value) }

  func insert(_ rule: Int, at path: some Collection<RegoValue>) {
    node(at: path).rules.append(rule)
  }

  /// The node at a path, made when it is missing.
  func node(at path: some Collection<RegoValue>) -> RuleNode {
    var node = self
    for key in path {
      if let child = node.children[key] {
        node = child
      } else {
        let child = RuleNode(path: node.path + [key])
        node.children[key] = child
        node = child
      }
    }
    return node
  }

  /// The node at a path, or nil.
  func find(_ path: some Collection<RegoValue>) -> RuleNode? {
    var node = self
    for key in path {
      guard let child = node.children[key] else { return nil }
      node = child
    }
    return node
  }

  /// All rules at and below the node.
  var allRules: [Int] {
    var result: [Int] = []
    var pending: [RuleNode] = [self]
    while let node = pending.popLast() {
      result += node.rules
      pending += node.sortedChildren.reversed()
    }
    return result
  }
}
