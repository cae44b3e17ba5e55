/// A map from strings to values that is ordered by key and cheap to snapshot.
///
/// Problem: a list must read one consistent state in key order while writers go on. Copying a whole
/// dictionary per write (what Swift's copy-on-write does as soon as a reader holds a snapshot) is
/// O(n); sorting per list is O(n log n).
///
/// Idea: a sorted array cut into chunks of at most ``maximumChunk`` entries. A snapshot is a copy of
/// the struct, one retain. A write into a shared map copies one chunk and the spine of chunks.
///
/// Invariants: no chunk is empty; keys ascend strictly, within and across chunks.
struct ChunkedMap<Value: Sendable>: Sendable {
  struct Entry: Sendable {
    let key: String
    var value: Value
  }

  private static var maximumChunk: Int { 256 }

  private var chunks: [[Entry]] = []
  private(set) var count = 0

  init() {}

  /// From entries whose keys ascend strictly.
  init(ascending entries: [Entry]) {
    var start = 0
    while start < entries.count {
      let end = min(start + Self.maximumChunk / 2, entries.count)
      chunks.append(Array(entries[start..<end]))
      start = end
    }
    count = entries.count
  }

  /// The last chunk whose first key is not above the key; nil when the key is below all.
  private func chunkIndex(for key: String) -> Int? {
    var low = 0
    var high = chunks.count
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle][0].key <= key { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }

  /// The position of the first entry in the chunk whose key is not below the key.
  private static func lowerBound(_ chunk: [Entry], _ key: String) -> Int {
    var low = 0
    var high = chunk.count
    while low < high {
      let middle = (low + high) / 2
      if chunk[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  subscript(key: String) -> Value? {
    get {
      guard let index = chunkIndex(for: key) else { return nil }
      let position = Self.lowerBound(chunks[index], key)
      guard position < chunks[index].count, chunks[index][position].key == key else { return nil }
      return chunks[index][position].value
    }
    set {
      if let newValue { insert(key, newValue) } else { remove(key) }
    }
  }

  private mutating func insert(_ key: String, _ value: Value) {
    guard !chunks.isEmpty else {
      chunks = [[Entry(key: key, value: value)]]
      count = 1
      return
    }
    let index = chunkIndex(for: key) ?? 0
    let position = Self.lowerBound(chunks[index], key)
    if position < chunks[index].count, chunks[index][position].key == key {
      chunks[index][position].value = value
      return
    }
    chunks[index].insert(Entry(key: key, value: value), at: position)
    count += 1
    if chunks[index].count > Self.maximumChunk {
      let half = chunks[index].count / 2
      let upper = Array(chunks[index][half...])
      chunks[index].removeSubrange(half...)
      chunks.insert(upper, at: index + 1)
    }
  }

  private mutating func remove(_ key: String) {
    guard let index = chunkIndex(for: key) else { return }
    let position = Self.lowerBound(chunks[index], key)
    guard position < chunks[index].count, chunks[index][position].key == key else { return }
    chunks[index].remove(at: position)
    count -= 1
    if chunks[index].isEmpty { chunks.remove(at: index) }
  }

  /// How many keys are below the key. Looks at no entry but those of one chunk.
  private func rank(_ key: String) -> Int {
    guard let index = chunkIndex(for: key) else { return 0 }
    return chunks[..<index].reduce(0) { $0 + $1.count } + Self.lowerBound(chunks[index], key)
  }

  /// How many entries from the first key on are below the end.
  /// - Parameter end: nil for all.
  func count(from first: String, to end: String?) -> Int { max(0, (end.map(rank) ?? count) - rank(first)) }

  /// Calls the body with each entry whose key has the prefix and is above `after`, in key order,
  /// until it returns false.
  func scan(prefix: String = "", after: String? = nil, _ body: (Entry) throws -> Bool) rethrows {
    let start = max(prefix, after ?? "")
    var index = chunkIndex(for: start) ?? 0
    guard index < chunks.count else { return }
    var position = Self.lowerBound(chunks[index], start)
    // No entry from here on is below the start, so only the first can be the one to come after.
    if let after, position < chunks[index].count, chunks[index][position].key == after { position += 1 }
    while index < chunks.count {
      let chunk = chunks[index]
      // Keys between two with the prefix have it too.
      let isWithin = prefix.isEmpty || chunk.last?.key.hasPrefix(prefix) == true
      for entry in chunk[position...] {
        if !isWithin, !entry.key.hasPrefix(prefix) { return }
        if try !body(entry) { return }
      }
      index += 1
      position = 0
    }
  }

  /// The values under the prefix, in key order.
  func values(prefix: String = "") -> [Value] {
    var result: [Value] = []
    if prefix.isEmpty { result.reserveCapacity(count) }
    scan(prefix: prefix) { entry in
      result.append(entry.value)
      return true
    }
    return result
  }
}
