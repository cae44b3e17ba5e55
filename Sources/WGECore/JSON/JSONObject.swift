/// The members of a JSON object, kept sorted by the UTF-8 bytes of their keys in one flat buffer.
///
/// Compact in memory (one allocation, no hash table), deterministic in output, O(n) to compare,
/// O(log n) to read. Building one of n members from unsorted input costs one sort; inserting into
/// a large object one by one costs O(n) each, so build with ``init(_:)`` where there are many.
public struct JSONObject: Sendable {
  /// One name and its value.
  public struct Member: Sendable, Hashable {
    /// The name.
    public var key: String
    /// Its value.
    public var value: JSON

    /// One name and its value.
    @inlinable public init(key: String, value: JSON) {
      self.key = key
      self.value = value
    }

    /// Names compare by bytes.
    public static func == (lhs: Member, rhs: Member) -> Bool {
      UTF8Order.equal(lhs.key, rhs.key) && lhs.value == rhs.value
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
      UTF8Order.hash(key, into: &hasher)
      hasher.combine(value)
    }
  }

  /// Invariant: strictly ascending by the UTF-8 bytes of the key.
  private var members: [Member]

  /// An object without members.
  public init() { members = [] }

  /// Members in any order. Where a key occurs twice the last one wins.
  public init(_ members: some Sequence<Member>) {
    self.members = Self.normalised(Array(members))
  }

  /// Pairs in any order. Where a key occurs twice the last one wins.
  public init(_ pairs: some Sequence<(String, JSON)>) {
    self.members = Self.normalised(pairs.map { Member(key: $0.0, value: $0.1) })
  }

  private static func normalised(_ unsorted: [Member]) -> [Member] {
    var index = 1
    while index < unsorted.count, UTF8Order.less(unsorted[index - 1].key, unsorted[index].key) { index += 1 }
    if index >= unsorted.count { return unsorted }
    return unsorted.count <= 32 ? insertionSorted(unsorted, from: index) : sorted(unsorted)
  }

  /// For the short objects that Kubernetes is made of; quadratic, so not for long ones.
  private static func insertionSorted(_ unsorted: [Member], from start: Int) -> [Member] {
    var result = unsorted[..<start]
    result.reserveCapacity(unsorted.count)
    for member in unsorted[start...] {
      var position = result.endIndex
      while position > 0, UTF8Order.less(member.key, result[position - 1].key) { position -= 1 }
      if position > 0, UTF8Order.equal(result[position - 1].key, member.key) {
        result[position - 1] = member
      } else {
        result.insert(member, at: position)
      }
    }
    return Array(result)
  }

  private static func sorted(_ unsorted: [Member]) -> [Member] {
    // The offset makes the sort stable, so that "last one wins" holds for duplicates.
    let order = unsorted.indices.sorted { a, b in
      if UTF8Order.less(unsorted[a].key, unsorted[b].key) { return true }
      if UTF8Order.less(unsorted[b].key, unsorted[a].key) { return false }
      return a < b
    }
    var result: [Member] = []
    result.reserveCapacity(unsorted.count)
    for index in order {
      let member = unsorted[index]
      if let last = result.last, UTF8Order.equal(last.key, member.key) {
        result[result.count - 1] = member
      } else {
        result.append(member)
      }
    }
    return result
  }

  /// The position of the key, or where it would be inserted.
  private func position(of key: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if UTF8Order.less(members[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return (low, low < members.count && UTF8Order.equal(members[low].key, key))
  }

  /// The value of a key. Assigning nil removes the member; assigning `JSON.null` stores a null.
  public subscript(key: String) -> JSON? {
    get {
      let (index, found) = position(of: key)
      return found ? members[index].value : nil
    }
    _modify {
      let (index, found) = position(of: key)
      var value: JSON?
      if found {
        // Taken out, so that the value has one owner while it is changed.
        value = members[index].value
        members[index].value = .null
      }
      defer {
        switch (value, found) {
        case (let value?, true): members[index].value = value
        case (let value?, false): members.insert(Member(key: key, value: value), at: index)
        case (nil, true): members.remove(at: index)
        case (nil, false): break
        }
      }
      yield &value
    }
  }

  /// Sets (or, with nil, removes) the value at a path of keys, creating objects on the way. An
  /// empty path changes nothing, nor does removing where the path does not exist.
  public mutating func setValue(_ value: JSON?, at path: [String]) {
    guard let key = path.first else { return }
    if value == nil, !contains(key: key) { return }
    JSON.set(value, at: path.dropFirst(), in: &self[key])
  }

  /// Removes a member and returns what it held.
  @discardableResult
  public mutating func removeValue(forKey key: String) -> JSON? {
    let (index, found) = position(of: key)
    return found ? members.remove(at: index).value : nil
  }

  /// True when the key is present, also with a null value.
  public func contains(key: String) -> Bool { position(of: key).found }

  /// The keys in ascending byte order.
  public var keys: some Sequence<String> & Sendable { members.lazy.map(\.key) }

  /// The values in the order of their keys.
  public var values: some Sequence<JSON> & Sendable { members.lazy.map(\.value) }
}

extension JSONObject: Hashable {}

extension JSONObject: RandomAccessCollection {
  /// 0.
  public var startIndex: Int { members.startIndex }

  /// The number of members.
  public var endIndex: Int { members.endIndex }

  /// The member at a position in ascending byte order of the keys.
  public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Pairs in any order. Where a key occurs twice the last one wins.
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
