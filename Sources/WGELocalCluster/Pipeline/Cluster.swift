internal import Synchronization
internal import WGECore

/// The parts of a running cluster that the stages of the pipeline share.
final class Cluster: Sendable {
  let store: Store
  let authorizer: Authorizer
  let configuration: LocalCluster.Configuration
  let signer: TokenSigner
  let admission: AdmissionChain
  let webhooks: WebhookCaller
  let oldImpersonators = OldImpersonators()
  private let registryState: Mutex<Registry>

  init(store: Store, configuration: LocalCluster.Configuration, signer: TokenSigner) {
    self.store = store
    self.configuration = configuration
    self.signer = signer
    authorizer = Authorizer(store: store)
    admission = AdmissionChain(store: store)
    webhooks = WebhookCaller(configuration)
    registryState = Mutex(BuiltInResources.registry)
    reloadDefinitions()
  }

  var registry: Registry { registryState.withLock { $0 } }

  /// The time for stamps in objects.
  var now: Timestamp { configuration.wallClock.now() }

  /// Serves what the stored definitions say now.
  func reloadDefinitions() {
    var resources: [Resource] = []
    for definition in store.read(CustomResources.definitions).objects.values() {
      resources += CustomResources.resources(of: definition.json)
    }
    let registry = resources.isEmpty ? BuiltInResources.registry : BuiltInResources.registry.adding(resources)
    registryState.withLock { $0 = registry }
  }

  /// Keeps what is derived from stored objects current. Runs after every commit, in order.
  func committed(_ resource: String) {
    authorizer.changed(resource)
    admission.changed(resource)
    if resource == CustomResources.definitions { reloadDefinitions() }
  }

  /// A random (version 4) UUID.
  static func makeUID() -> String {
    var generator = SystemRandomNumberGenerator()
    return uid(high: generator.next(), low: generator.next())
  }

  /// These bits in the form of a version 4 UUID.
  static func uid(high: UInt64, low: UInt64) -> String {
    let high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    func hex(_ value: UInt64, _ digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    return
      "\(hex(high >> 32, 8))-\(hex(high >> 16 & 0xFFFF, 4))-\(hex(high & 0xFFFF, 4))-\(hex(low >> 48, 4))-\(hex(low & 0xFFFF_FFFF_FFFF, 12))"
  }

  private static let suffixAlphabet = Array("bcdfghjklmnpqrstvwxz2456789")

  /// A name for a `generateName`: at most 63 characters, five of them random.
  static func completeName(_ prefix: String) -> String {
    var name = String(prefix.prefix(58))
    for _ in 0..<5 { name.append(suffixAlphabet.randomElement() ?? "x") }
    return name
  }
}
