/// The members of a JSON object, kept sorted by the UTF-8 bytes of their keys in one flat buffer.
///
/// Compact in memory (one allocation, no hash table), deterministic in output, O(n) to compare,
/// O(log n) to read. Building one of n members from unsorted input costs one sort; inserting into
/// a large object one by one costs O(n) each, so build with ``init(_:)`` where there are many.
///
/// An object that is kept for long and read seldom may be kept ``packed()``.
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

  /// Invariant: members strictly ascend by the UTF-8 bytes of their keys.
  private enum Storage: Sendable {
    case members([Member])
    /// Read in place; becomes members when it is changed.
    case packed(PackedObject)
  }

  private var storage: Storage

  /// An object without members.
  public init() { storage = .members([]) }

  /// Members in any order. Where a key occurs twice the last one wins.
  public init(_ members: some Sequence<Member>) {
    storage = .members(Self.normalised(Array(members)))
  }

  /// Pairs in any order. Where a key occurs twice the last one wins.
  public init(_ pairs: some Sequence<(String, JSON)>) {
    storage = .members(Self.normalised(pairs.map { Member(key: $0.0, value: $0.1) }))
  }

  /// Members that are known to be in strictly ascending order.
  init(strictlyAscending members: [Member]) { storage = .members(members) }

  /// An object inside a packed block.
  init(packed: PackedObject) { storage = .packed(packed) }

  /// The same members in one block of memory, nested ones included: a fraction of the size, for
  /// caches. Equal to what it was made from.
  ///
  /// Reading finds a member in place, at about the speed of the usual form, but makes each long
  /// string and each array anew. Changing one makes a usual object of it again, level by level.
  /// A nested object that is kept keeps the whole block.
  public func packed() -> JSONObject {
    if case .packed(let packed) = storage, packed.isWhole { return self }
    return PackedWriter.pack(self).map(JSONObject.init(packed:)) ?? self
  }

  /// Sorts and, where a key occurs twice, keeps the last.
  private static func normalised(_ unsorted: [Member]) -> [Member] {
    var members = unsorted
    guard members.withUnsafeMutableBufferPointer({ sort($0) }) != nil else { return members }
    var result: [Member] = []
    result.reserveCapacity(members.count)
    for member in members {
      if let last = result.last, UTF8Order.equal(last.key, member.key) {
        result[result.count - 1] = member
      } else {
        result.append(member)
      }
    }
    return result
  }

  /// Sorts by key in place, keeping the order of members with the same key, and returns a key that
  /// occurs twice.
  static func sort(_ members: UnsafeMutableBufferPointer<Member>) -> String? {
    guard let base = members.baseAddress, members.count > 1 else { return nil }
    var sorted = 1
    while sorted < members.count, UTF8Order.less(base[sorted - 1].key, base[sorted].key) { sorted += 1 }
    if sorted == members.count { return nil }
    if members.count <= 32 {
      insertionSort(base, count: members.count, from: sorted)
    } else {
      // The offset makes the sort stable.
      let ordered = members.enumerated().sorted { a, b in
        if UTF8Order.less(a.element.key, b.element.key) { return true }
        return !UTF8Order.less(b.element.key, a.element.key) && a.offset < b.offset
      }
      for (index, entry) in ordered.enumerated() { base[index] = entry.element }
    }
    for index in 1..<members.count where UTF8Order.equal(base[index - 1].key, base[index].key) {
      return base[index].key
    }
    return nil
  }

  /// For the short objects that Kubernetes is made of; quadratic, so not for long ones.
  private static func insertionSort(_ base: UnsafeMutablePointer<Member>, count: Int, from sorted: Int) {
    for index in sorted..<count {
      var position = index
      while position > 0, UTF8Order.less(base[index].key, base[position - 1].key) { position -= 1 }
      if position == index { continue }
      let member = (base + index).move()
      (base + position + 1).moveInitialize(from: base + position, count: index - position)
      (base + position).initialize(to: member)
    }
  }

  /// The position of the key, or where it would be inserted.
  private func position(of key: String) -> (index: Int, found: Bool) {
    let members: [Member]
    switch storage {
    case .members(let kept): members = kept
    case .packed(let packed): return packed.position(of: key)
    }
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if UTF8Order.less(members[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return (low, low < members.count && UTF8Order.equal(members[low].key, key))
  }

  /// Takes the members out, so that their buffer has one owner while it is changed. They must be put
  /// back.
  private mutating func takeMembers() -> [Member] {
    switch storage {
    case .members(let members):
      storage = .members([])
      return members
    case .packed(let packed): return packed.members()
    }
  }

  private func value(at index: Int) -> JSON {
    switch storage {
    case .members(let members): members[index].value
    case .packed(let packed): packed.value(at: index)
    }
  }

  private func key(at index: Int) -> String {
    switch storage {
    case .members(let members): members[index].key
    case .packed(let packed): packed.key(at: index)
    }
  }

  /// The value of a key. Assigning nil removes the member; assigning `JSON.null` stores a null.
  public subscript(key: String) -> JSON? {
    get {
      let (index, found) = position(of: key)
      return found ? value(at: index) : nil
    }
    _modify {
      let (index, found) = position(of: key)
      var members = takeMembers()
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
        storage = .members(members)
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
    guard found else { return nil }
    var members = takeMembers()
    defer { storage = .members(members) }
    return members.remove(at: index).value
  }

  /// True when the key is present, also with a null value.
  public func contains(key: String) -> Bool { position(of: key).found }

  /// The keys in ascending byte order.
  public var keys: some Sequence<String> & Sendable { indices.lazy.map { [self] in key(at: $0) } }

  /// The values in the order of their keys.
  public var values: some Sequence<JSON> & Sendable { indices.lazy.map { [self] in value(at: $0) } }
}

extension JSONObject: Hashable {
  /// Keys compare by bytes.
  public static func == (lhs: JSONObject, rhs: JSONObject) -> Bool {
    switch (lhs.storage, rhs.storage) {
    case (.members(let a), .members(let b)): a == b
    case (.packed(let a), .packed(let b)) where a.isIdentical(to: b): true
    default: lhs.count == rhs.count && lhs.elementsEqual(rhs)
    }
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for member in self { hasher.combine(member) }
  }
}

extension JSONObject: RandomAccessCollection {
  /// 0.
  public var startIndex: Int { 0 }

  /// The number of members.
  public var endIndex: Int {
    switch storage {
    case .members(let members): members.count
    case .packed(let packed): packed.count
    }
  }

  /// The member at a position in ascending byte order of the keys.
  public subscript(position: Int) -> Member {
    switch storage {
    case .members(let members): members[position]
    case .packed(let packed): packed.member(at: position)
    }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Pairs in any order. Where a key occurs twice the last one wins.
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
