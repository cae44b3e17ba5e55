/// A dictionary that forgets what was used longest ago when it is full.
///
/// Forgetting happens a tenth at a time, so that its cost is constant on average.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let capacity: Int
  private var entries: [Key: (value: Value, used: UInt64)] = [:]
  private var uses: UInt64 = 0

  init(capacity: Int) { self.capacity = max(1, capacity) }

  var count: Int { entries.count }

  subscript(key: Key) -> Value? {
    mutating get {
      guard let index = entries.index(forKey: key) else { return nil }
      uses &+= 1
      entries.values[index].used = uses
      return entries.values[index].value
    }
    set {
      guard let newValue else {
        entries[key] = nil
        return
      }
      uses &+= 1
      if entries[key] == nil, entries.count >= capacity { makeRoom() }
      entries[key] = (newValue, uses)
    }
  }

  private mutating func makeRoom() {
    let surplus = max(1, capacity / 10)
    for (key, _) in entries.sorted(by: { $0.value.used < $1.value.used }).prefix(surplus) { entries[key] = nil }
  }
}
