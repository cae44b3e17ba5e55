import Testing

@testable import WGEPlayground

#if canImport(Glibc)
  import Glibc

  @Suite struct ReservedPortTests {
    /// A program that binds the port as programs do; with `reuse`, as our servers do.
    private static func listens(on port: Int, reuse: Bool) -> Bool {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var on: Int32 = reuse ? 1 : 0
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
          bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(descriptor, 1) == 0
        }
      }
    }

    @Test func nobodyElseGetsAReservedPort() throws {
      var reserved: ReservedPort? = try ReservedPort(nil)
      let number = try #require(reserved).number
      #expect(!Self.listens(on: number, reuse: false))
      #expect(Self.listens(on: number, reuse: true), "the server that it is kept for")
      reserved = nil
      #expect(Self.listens(on: number, reuse: false))
    }

    @Test func aWishIsGrantedWhenItCanBe() throws {
      let number = try ReservedPort(nil).number
      #expect(try ReservedPort(number).number == number)
      // No port at all, and one that needs rights or is somebody else's.
      #expect(try ReservedPort(70_000).number != 70_000)
      let others = (0..<50).map { _ in try? ReservedPort(nil) }
      #expect(Set(others.compactMap { $0?.number }).count == 50)
    }
  }
#endif
