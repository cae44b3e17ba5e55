/// A document that several rules fill together.
///
/// A place holds an object under construction, a set under construction, or a finished value. Two rules may give the
/// same place the same value; anything else is a conflict.
final class DocumentBuilder {
  private final class Node {
    var children: [RegoValue: Node] = [:]
    var elements: [RegoValue]?
    var leaf: RegoValue?

    var value: RegoValue {
      if let leaf { return leaf }
      if let elements { return .set(RegoSet(elements)) }
      return .object(RegoObject(children.map { ($0.key, $0.value.value) }))
    }
  }

  private let root = Node()

  var value: RegoValue { root.value }

  /// The node at a path; nil when a finished value or a set is in the way.
  private func node(at path: some Collection<RegoValue>) -> Node? {
    var node = root
    for key in path {
      if node.leaf != nil || node.elements != nil { return nil }
      if let child = node.children[key] {
        node = child
      } else {
        let child = Node()
        node.children[key] = child
        node = child
      }
    }
    return node
  }

  func ensureObject(at path: [RegoValue]) { _ = node(at: path) }

  func ensureSet(at path: [RegoValue]) {
    guard let node = node(at: path), node.leaf == nil, node.children.isEmpty else { return }
    if node.elements == nil { node.elements = [] }
  }

  /// False for a conflict.
  func add(
    _ value: RegoValue, at path: [RegoValue], asElement: Bool, _ context: BuiltinContext
  ) throws(RegoError) -> Bool {
    // Paths are hashed, elements are sorted.
    for key in path where key.isCollection { try context.charge(walking: key) }
    if asElement, value.isCollection { try context.charge(walking: value) }
    guard let node = node(at: path) else { return false }
    if asElement {
      if node.leaf != nil || !node.children.isEmpty { return false }
      node.elements = node.elements ?? []
      node.elements?.append(value)
      return true
    }
    if node.elements != nil || !node.children.isEmpty { return false }
    if let leaf = node.leaf { return try context.equal(leaf, value) }
    node.leaf = value
    return true
  }
}
