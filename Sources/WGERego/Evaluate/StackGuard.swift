#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Tells before the thread's stack runs out, so that deep nesting ends in an error and not in a crash.
struct StackGuard: Sendable {
  /// Addresses below this one are the reserve.
  private let limit: UInt

  /// For the thread that calls. What the thread's stack is, is asked once for each thread, since the answer may take
  /// reading a file.
  init() {
    if let known = pthread_getspecific(Self.key) {
      limit = UInt(bitPattern: known)
      return
    }
    var mark: UInt8 = 0
    let here = withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
    let lowest = Self.lowestAddress
    let low = lowest ?? (here > Self.assumedRoom ? here - Self.assumedRoom : 0)
    limit = low + UInt(RegoDefaults.stackReserve)
    // An assumption holds for this call only.
    if lowest != nil { pthread_setspecific(Self.key, UnsafeRawPointer(bitPattern: limit)) }
  }

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  /// Where the size of the stack cannot be asked: what the smallest threads of the platforms have left at least.
  private static let assumedRoom: UInt = 320 << 10

  #if canImport(Darwin)
    private static var lowestAddress: UInt? {
      let top = UInt(bitPattern: pthread_get_stackaddr_np(pthread_self()))
      return top - UInt(pthread_get_stacksize_np(pthread_self()))
    }
  #else
    private typealias GetAttributes = @convention(c) (pthread_t, UnsafeMutablePointer<pthread_attr_t>) -> Int32

    /// glibc declares this function only for GNU sources, so it is looked up by name.
    private static let getAttributes: GetAttributes? = dlsym(nil, "pthread_getattr_np").map {
      unsafeBitCast($0, to: GetAttributes.self)
    }

    private static var lowestAddress: UInt? {
      guard let getAttributes else { return nil }
      let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
      defer { attributes.deallocate() }
      guard getAttributes(pthread_self(), attributes) == 0 else { return nil }
      defer { pthread_attr_destroy(attributes) }
      var address: UnsafeMutableRawPointer?
      var size = 0
      guard pthread_attr_getstack(attributes, &address, &size) == 0, let address else { return nil }
      // The stack of the main thread may be without limit, and grows on demand.
      return UInt(bitPattern: address)
    }
  #endif

  /// Where walks of values, which nest no deeper than the reserve allows for, end at the latest.
  var floor: UInt { limit - UInt(RegoDefaults.stackReserve / 8 * 7) }

  /// True while there is room.
  @inline(__always) var hasRoom: Bool {
    var mark: UInt8 = 0
    return withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) > limit }
  }
}
