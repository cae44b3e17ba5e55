public import WGECore
public import WGEKube

/// The signing keys in a Secret, so that sessions outlive a restart and hold at every replica.
///
/// The Secret has one entry per key: the key's name, and its bytes. It is made when it is missing.
/// Several replicas may start and rotate at once: writes carry the resource version, and whoever
/// comes second takes what the first one wrote.
public struct SigningKeysSecret: Sendable {
  private let client: KubeClient
  private let key: ObjectKey
  private let clock: any WallClock

  /// - Parameter client: a client with the server's own identity; it needs `get`, `create` and
  ///   `update` on this one Secret.
  public init(
    client: KubeClient, namespace: String = AuthDefaults.namespace, name: String = AuthDefaults.signingKeysSecret,
    clock: any WallClock = SystemWallClock()
  ) {
    self.client = client
    key = ObjectKey(namespace: namespace, name: name)
    self.clock = clock
  }

  /// Reads the keys, makes the first one when there is none, and rotates when it is time.
  ///
  /// Call it at the start and then about once a minute.
  public func load(rotation: Duration = AuthDefaults.keyRotation) async throws -> SessionKeyRing {
    for _ in 0..<8 {
      let now = clock.now()
      do {
        let secret = try await client.get(.secrets, key)
        guard let ring = try Self.ring(secret, key) else {
          let first = SessionKeyRing.random(at: now)
          try await client.replace(.secrets, try Self.storing(first, in: secret))
          continue
        }
        guard let rotated = ring.rotated(at: now, every: rotation) else { return ring }
        try await client.replace(.secrets, try Self.storing(rotated, in: secret))
      } catch let error as KubeError where error.isNotFound {
        do {
          try await client.create(.secrets, try Self.new(SessionKeyRing.random(at: now), key))
        } catch let error as KubeError where error.isAlreadyExists {
          continue  // another replica was faster
        }
      } catch let error as KubeError where error.isConflict {
        continue
      }
    }
    throw AuthError.unavailable("Secret \(key) changes faster than it can be read; see what writes it")
  }

  private static func ring(_ secret: DynamicObject, _ key: ObjectKey) throws -> SessionKeyRing? {
    var keys: [SessionKey] = []
    for entry in secret["data"]?.objectValue ?? JSONObject() {
      guard let created = created(entry.key), let bytes = entry.value.stringValue.flatMap({ Base64.decode($0) }) else {
        throw AuthError.configuration(
          "Secret \(key) key \(entry.key.debugDescription) is no signing key; delete the Secret to have it made anew")
      }
      do {
        keys.append(try SessionKey(id: entry.key, created: created, secret: Secret(bytes)))
      } catch {
        throw AuthError.configuration("Secret \(key): \(error)")
      }
    }
    return keys.isEmpty ? nil : try SessionKeyRing(keys)
  }

  /// Key names start with `k` and the second that the key was made in.
  private static func created(_ id: String) -> Timestamp? {
    guard id.hasPrefix("k"), let seconds = Int64(id.dropFirst().prefix { $0 != "-" }), seconds >= 0 else { return nil }
    return Timestamp(seconds: seconds)
  }

  private static func data(_ ring: SessionKeyRing) -> JSON {
    .object(JSONObject(ring.keys.map { ($0.id, .string(Base64.encode($0.secret.reveal()))) }))
  }

  private static func storing(_ ring: SessionKeyRing, in secret: DynamicObject) throws -> DynamicObject {
    var secret = secret
    secret["data"] = data(ring)
    return secret
  }

  private static func new(_ ring: SessionKeyRing, _ key: ObjectKey) throws -> DynamicObject {
    var secret = try DynamicObject(
      apiVersion: "v1", kind: "Secret", metadata: ObjectMeta(name: key.name, namespace: key.namespace))
    secret["type"] = "Opaque"
    secret["data"] = data(ring)
    return secret
  }
}
