/// The pages of a list, fetched one by one as they are asked for.
///
/// A server forgets the state that a list began with after some minutes; the next page is then
/// refused with 410. The sequence begins anew, once: the first page of the second run has
/// ``KubeList/restartsList`` set, and whoever gathers drops what came before, so that the result
/// is one consistent state. A second 410 is thrown.
public struct ListPages<Object: Sendable>: AsyncSequence, Sendable {
  /// One page.
  public typealias Element = KubeList<Object>

  let what: String
  let options: ListOptions
  let fetch: @Sendable (ListOptions) async throws -> KubeList<Object>

  /// Begins the list.
  public func makeAsyncIterator() -> Iterator { Iterator(pages: self, next: options) }

  /// See ``ListPages``.
  public struct Iterator: AsyncIteratorProtocol {
    let pages: ListPages
    var next: ListOptions?
    var restarted = false

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
      } catch let error as KubeError where error.isGone && options.continueToken != nil && !restarted {
        restarted = true
        options.continueToken = nil
        // The state that the list began with is gone, so it cannot be asked for again.
        if options.resourceVersionMatch == .exact { throw error }
        page = try await pages.fetch(options)
        page.restartsList = true
      }
      if let token = page.continueToken {
        if token == options.continueToken {
          throw KubeError.decoding(what: pages.what, problem: "the server sent the same continue token twice")
        }
        options.continueToken = token
        self.next = options
      }
      return page
    }
  }

  /// All pages as one list, in one consistent state. Holds all objects in memory.
  public func collect() async throws -> KubeList<Object> {
    var all = KubeList<Object>(items: [])
    for try await page in self {
      if page.restartsList { all.items.removeAll() }
      all.items += page.items
      all.resourceVersion = page.resourceVersion
    }
    return all
  }
}
