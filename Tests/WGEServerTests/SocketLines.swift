#if Server
  import NIOCore
  import NIOPosix

  /// Reads an answer line by line as it arrives, which the test client cannot.
  enum SocketLines {
    static func get(port: Int, path: String, headers: [String]) async throws -> AsyncThrowingStream<String, any Error> {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
        host: "127.0.0.1", port: port
      ) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
      let (lines, line) = AsyncThrowingStream<String, any Error>.makeStream()
      let task = Task {
        do {
          try await channel.executeThenClose { inbound, outbound in
            let head = ["GET \(path) HTTP/1.1", "Host: localhost"] + headers
            try await outbound.write(ByteBuffer(string: head.joined(separator: "\r\n") + "\r\n\r\n"))
            var pending = ""
            for try await chunk in inbound {
              // One CR LF is one character to Swift.
              pending += String(buffer: chunk).replacing("\r\n", with: "\n")
              while let end = pending.firstIndex(of: "\n") {
                line.yield(String(pending[..<end]))
                pending = String(pending[pending.index(after: end)...])
              }
            }
          }
          line.finish()
        } catch {
          line.finish(throwing: error)
        }
      }
      line.onTermination = { _ in task.cancel() }
      return lines
    }
  }
#endif
