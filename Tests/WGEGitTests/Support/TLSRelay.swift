import WGETestSupport

/// A program that runs until its value goes, or this process does: a shell waits for either.
func backgroundProgram(_ path: String, _ arguments: [String]) throws -> RunningProgram {
  try Program(
    "/bin/sh",
    ["-c", #""$0" "$@" </dev/null >/dev/null 2>&1 & child=$!; read line; kill $child"#, path] + arguments, input: .open
  ).start()
}

/// TLS in front of a server on loopback.
enum TLSRelay {
  /// Nil, with a message, without Python.
  static func start(to backend: Int, _ keys: TestKeys) async throws -> ScriptServer? {
    try await ScriptServer.start("python3", script, [keys.path("server.pem"), keys.path("server.key"), "\(backend)"])
  }

  private static let script = """
    import select, socket, ssl, sys, threading
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    # One thread for both ways: OpenSSL's connections are for one thread at a time.
    def serve(raw):
        try:
            with context.wrap_socket(raw, server_side=True) as client:
                with socket.create_connection(("127.0.0.1", int(sys.argv[3]))) as server:
                    while True:
                        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
                        for source, target in ((client, server), (server, client)):
                            if source in ready:
                                data = source.recv(65536)
                                if not data: return
                                target.sendall(data)
        except OSError: pass
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    """
}
