/// The variables that a place of a template sees, inner ones before outer ones of the same name.
///
/// A template may declare any number of them and name them as often, so neither looking one up nor leaving a block may
/// depend on how many there are.
struct VariableScope {
  private var declared: [(name: String, hidden: Int?)] = []
  private var slots: [String: Int] = [:]

  /// A scope with the data that the template was given, `$`, in slot 0.
  init() { declare("$", slot: 0) }

  /// How many are declared: where to go back to with ``leave(to:)``.
  var count: Int { declared.count }

  /// The slot of the innermost variable of a name.
  func slot(of name: String) -> Int? { slots[name] }

  mutating func declare(_ name: String, slot: Int) { declared.append((name, slots.updateValue(slot, forKey: name))) }

  /// Forgets what was declared since.
  mutating func leave(to mark: Int) {
    while declared.count > mark, let (name, hidden) = declared.popLast() { slots[name] = hidden }
  }
}
