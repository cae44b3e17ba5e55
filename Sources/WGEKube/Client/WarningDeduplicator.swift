extension KubeWarning {
  /// A handler that passes each warning on once: servers repeat theirs with every answer, and a
  /// controller that applies a deprecated version a thousand times needs to say so once.
  ///
  /// ```swift
  /// let client = KubeClient(transport: transport, warningHandler: KubeWarning.once { logger.warning("\($0)") })
  /// ```
  /// - Parameter limit: How many warnings are remembered; past it the oldest are forgotten, and may
  ///   be passed on again.
  public static func once(
    limit: Int = KubeDefaults.rememberedWarnings, _ handler: @escaping WarningHandler
  ) -> WarningHandler {
    let seen = Locked(SeenWarnings(limit: max(1, limit)))
    return { warning in
      if seen.withLock({ $0.insert(warning) }) { handler(warning) }
    }
  }
}

/// A set that forgets its oldest members.
private struct SeenWarnings: Sendable {
  let limit: Int
  private var members: Set<KubeWarning> = []
  private var order: [KubeWarning] = []
  private var oldest = 0

  init(limit: Int) { self.limit = limit }

  mutating func insert(_ warning: KubeWarning) -> Bool {
    guard members.insert(warning).inserted else { return false }
    if order.count < limit {
      order.append(warning)
    } else {
      members.remove(order[oldest])
      order[oldest] = warning
      oldest = (oldest + 1) % limit
    }
    return true
  }
}
