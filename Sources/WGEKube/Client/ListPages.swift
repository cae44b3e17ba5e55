/// What a paged list does when the server has forgotten the state that it began with.
public enum ExpiredListPolicy: Sendable, Hashable {
  /// Begins the list anew, once: the first page of the second run has ``KubeList/restartsList``
  /// set. The result is one consistent state.
  case restart
  /// Goes on after the last key seen, in the newest state: the server's own continue token for
  /// that. The pages from there on have ``KubeList/isInconsistent`` set. Every object that existed
  /// all the time is in the result once; those that came or went meanwhile may be or not.
  case continueInconsistently
  /// Throws the error.
  case fail
}

/// The pages of a list, fetched one by one as they are asked for.
///
/// A server forgets the state that a list began with after some minutes; the next page is then
/// refused with 410. ``ExpiredListPolicy`` says what follows; by default the sequence begins anew,
/// once: the first page of the second run has ``KubeList/restartsList`` set, and whoever gathers
/// drops what came before, so that the result is one consistent state. A second 410 is thrown.
public struct ListPages<Object: Sendable>: AsyncSequence, Sendable {
  /// One page.
  public typealias Element = KubeList<Object>

  let what: String
  let options: ListOptions
  var whenExpired = ExpiredListPolicy.restart
  let fetch: @Sendable (ListOptions) async throws -> KubeList<Object>

  /// Begins the list.
  public func makeAsyncIterator() -> Iterator { Iterator(pages: self, next: options) }

  /// See ``ListPages``.
  public struct Iterator: AsyncIteratorProtocol {
    let pages: ListPages
    var next: ListOptions?
    var restarted = false
    var isInconsistent = false

    init(pages: ListPages, next: ListOptions) {
      self.pages = pages
      self.next = next
      if self.next?.limit == nil { self.next?.limit = KubeDefaults.pageSize }
    }

    /// Fetches the next page; nil after the last.
    /// - Throws: ``KubeError`` or `CancellationError`; the sequence has then ended.
    public mutating func next() async throws -> KubeList<Object>? {
      guard var options = self.next else { return nil }
      self.next = nil
      var page: KubeList<Object>
      do {
        page = try await pages.fetch(options)
      } catch let error as KubeError where error.isGone && options.continueToken != nil {
        page = try await afterExpiry(&options, error)
      }
      page.isInconsistent = isInconsistent
      if let token = page.continueToken {
        if token == options.continueToken {
          throw KubeError.decoding(what: pages.what, problem: "the server sent the same continue token twice")
        }
        options.continueToken = token
        self.next = options
      }
      return page
    }

    private mutating func afterExpiry(_ options: inout ListOptions, _ error: KubeError) async throws -> KubeList<Object>
    {
      switch pages.whenExpired {
      case .fail: throw error
      case .continueInconsistently:
        // The same token again would only expire again.
        guard let token = error.status?.continueToken, token != options.continueToken else { throw error }
        isInconsistent = true
        options.continueToken = token
        return try await pages.fetch(options)
      case .restart:
        // The state that the list began with is gone, so it cannot be asked for again.
        if restarted || options.resourceVersionMatch == .exact { throw error }
        restarted = true
        options.continueToken = nil
        var page = try await pages.fetch(options)
        page.restartsList = true
        return page
      }
    }
  }

  /// All pages as one list. Holds all objects in memory.
  public func collect() async throws -> KubeList<Object> {
    var all = KubeList<Object>(items: [])
    for try await page in self {
      if page.restartsList { all.items.removeAll() }
      all.items += page.items
      all.resourceVersion = page.resourceVersion
      all.isInconsistent = page.isInconsistent
    }
    return all
  }
}
