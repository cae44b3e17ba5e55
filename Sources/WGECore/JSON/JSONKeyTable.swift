/// Shares the storage of object keys, and of short values, that occur again and again.
///
/// Swift stores strings of up to 15 UTF-8 bytes inline; every longer key would be an allocation of
/// its own, in each of ten thousand cached objects. Keys that Kubernetes and Flux use everywhere
/// come from one table for the process; in larger documents other long keys are shared as well, and
/// values as long as names, images and dates, many of which all objects of a list have in common.
///
/// The tables are direct-mapped: a slot holds the last key that hashed to it, so lookup costs one
/// hash over the bytes and one comparison, and an attacker who finds collisions gains nothing but
/// the allocations that there would be without the table.
struct JSONKeyTable {
  /// Keys up to this many bytes are stored inline and gain nothing.
  static let inlineLimit = 15
  private static let slotCount = 256
  private static let longest = 64
  private static let longestValue = 48

  /// Keys of this document; empty until the first one that is not well known.
  private var slots: [String] = []
  /// Values of this document. Apart, so that values that never repeat, such as uids, push no keys out.
  private var valueSlots: [String] = []
  private let keepsOwn: Bool

  /// - Parameter documentSize: in bytes. Small documents do not repeat keys often enough to pay for
  ///   a table of their own.
  init(documentSize: Int) { keepsOwn = documentSize > 16_384 }

  /// The key that these ASCII bytes spell.
  mutating func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard bytes.count <= Self.longest else { return String(decoding: bytes, as: UTF8.self) }
    let slot = Self.slot(bytes)
    if Self.equal(Self.wellKnown[slot], bytes) { return Self.wellKnown[slot] }
    guard keepsOwn else { return String(decoding: bytes, as: UTF8.self) }
    if slots.isEmpty { slots = Array(repeating: "", count: Self.slotCount) }
    if Self.equal(slots[slot], bytes) { return slots[slot] }
    let key = String(decoding: bytes, as: UTF8.self)
    slots[slot] = key
    return key
  }

  /// The key that these bytes spell, when it is one that objects have everywhere.
  static func wellKnown(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    guard bytes.count > inlineLimit, bytes.count <= longest else { return nil }
    let key = wellKnown[slot(bytes)]
    return equal(key, bytes) ? key : nil
  }

  /// The value that these ASCII bytes spell.
  mutating func value(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard keepsOwn, bytes.count > Self.inlineLimit, bytes.count <= Self.longestValue else {
      return String(decoding: bytes, as: UTF8.self)
    }
    if valueSlots.isEmpty { valueSlots = Array(repeating: "", count: Self.slotCount) }
    let slot = Self.slot(bytes)
    if Self.equal(valueSlots[slot], bytes) { return valueSlots[slot] }
    let value = String(decoding: bytes, as: UTF8.self)
    valueSlots[slot] = value
    return value
  }

  private static func equal(_ key: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    key.utf8.withContiguousStorageIfAvailable { UTF8Order.equal($0, bytes) } ?? false
  }

  /// FNV-1a, folded to the number of slots.
  private static func slot(_ bytes: some Sequence<UInt8>) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return Int((hash ^ hash >> 16) & 0xFF)
  }

  private static let wellKnown: [String] = {
    var table = Array(repeating: "", count: slotCount)
    for key in [
      "app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by",
      "app.kubernetes.io/name", "app.kubernetes.io/part-of", "app.kubernetes.io/version",
      "automountServiceAccountToken", "availableReplicas", "blockOwnerDeletion", "containerStatuses",
      "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "enableServiceLinks",
      "failureThreshold", "helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace",
      "initialDelaySeconds", "kubectl.kubernetes.io/last-applied-configuration",
      "kubernetes.io/metadata.name", "kustomize.toolkit.fluxcd.io/name",
      "kustomize.toolkit.fluxcd.io/namespace", "lastAppliedRevision", "lastAttemptedRevision",
      "lastHandledReconcileAt", "lastTransitionTime", "observedGeneration", "pod-template-hash",
      "preemptionPolicy", "progressDeadlineSeconds", "revisionHistoryLimit", "serviceAccountName",
      "successThreshold", "terminationGracePeriodSeconds", "terminationMessagePath",
      "terminationMessagePolicy", "tolerationSeconds", "unavailableReplicas",
    ] {
      table[slot(key.utf8)] = key
    }
    return table
  }()
}
