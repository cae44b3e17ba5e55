extension JSON {
  /// This value with a JSON Merge Patch (RFC 7396) applied: objects merge member by member, `null`
  /// removes, anything else replaces.
  ///
  /// The work is bounded by the sizes of both; the recursion by the depth of the patch.
  public func applyingMergePatch(_ patch: JSON) -> JSON {
    var result = self
    result.applyMergePatch(patch)
    return result
  }

  /// Applies a JSON Merge Patch (RFC 7396) in place. See ``applyingMergePatch(_:)``.
  public mutating func applyMergePatch(_ patch: JSON) {
    guard case .object(let changes) = patch else {
      self = patch
      return
    }
    var members: JSONObject
    if case .object(let existing) = self { members = existing } else { members = [:] }
    self = .null
    if members.isEmpty || changes.count > 32 {
      members = Self.merged(members, changes)
    } else {
      for change in changes { Self.merge(change.value, into: &members[change.key]) }
    }
    self = .object(members)
  }

  private static func merge(_ change: JSON, into target: inout JSON?) {
    if change.isNull {
      target = nil
    } else if case .object = change {
      var value = target ?? .object([:])
      target = .null
      value.applyMergePatch(change)
      target = value
    } else {
      target = change
    }
  }

  /// Both are in key order, so one pass merges many changes without inserting one by one.
  private static func merged(_ members: JSONObject, _ changes: JSONObject) -> JSONObject {
    var result: [JSONObject.Member] = []
    result.reserveCapacity(members.count + changes.count)
    var index = members.startIndex
    for change in changes {
      while index < members.endIndex, UTF8Order.less(members[index].key, change.key) {
        result.append(members[index])
        index += 1
      }
      var value: JSON?
      if index < members.endIndex, UTF8Order.equal(members[index].key, change.key) {
        value = members[index].value
        index += 1
      }
      merge(change.value, into: &value)
      if let value { result.append(JSONObject.Member(key: change.key, value: value)) }
    }
    result.append(contentsOf: members[index...])
    return JSONObject(result)
  }

  /// The smallest merge patch that turns one value into another; an empty object when they are
  /// equal.
  ///
  /// Merge patches cannot say `null` inside objects: where the new value has an object with a null
  /// member, that member is missing after applying the patch.
  public static func mergePatch(from old: JSON, to new: JSON) -> JSON {
    guard case .object(let before) = old, case .object(let after) = new else {
      return old == new && old.isObject ? .object([:]) : new
    }
    var changes: [JSONObject.Member] = []
    var index = before.startIndex
    for member in after {
      while index < before.endIndex, UTF8Order.less(before[index].key, member.key) {
        changes.append(JSONObject.Member(key: before[index].key, value: .null))
        index += 1
      }
      if index < before.endIndex, UTF8Order.equal(before[index].key, member.key) {
        let existing = before[index].value
        index += 1
        if existing == member.value { continue }
        // An object that replaces something else must not merge with it; it does not, since RFC
        // 7396 merges only objects with objects.
        let change =
          existing.isObject && member.value.isObject ? mergePatch(from: existing, to: member.value) : member.value
        changes.append(JSONObject.Member(key: member.key, value: change))
      } else {
        changes.append(member)
      }
    }
    for removed in before[index...] { changes.append(JSONObject.Member(key: removed.key, value: .null)) }
    return .object(JSONObject(changes))
  }

  private var isObject: Bool {
    if case .object = self { true } else { false }
  }
}
