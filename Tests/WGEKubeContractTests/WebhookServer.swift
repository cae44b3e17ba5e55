import WGECore
import WGETestSupport

/// A webhook of the worst manners, over real TLS, in a process of its own. The path says how it
/// answers; see the script.
struct WebhookServer: Sendable {
  let port: UInt16
  /// PEM of the authority that signed its certificate.
  let authority: [UInt8]
  /// PEM of one that did not.
  let stranger: [UInt8]

  /// Runs it for as long as the body takes. Without openssl or Python it says so, and does not call
  /// the body.
  static func with(_ body: (WebhookServer) async throws -> Void) async throws {
    try await TestKeys.with { keys in
      guard
        let server = try await ScriptServer.start(
          "python3", script, [keys.path("server.pem"), keys.path("server.key")])
      else { return }
      defer { server.stop() }
      try await body(
        WebhookServer(
          port: server.port, authority: try keys.bytes("ca.pem"), stranger: try keys.bytes("other.pem")))
    }
  }

  /// What a configuration says of it.
  ///
  /// - Parameter host: another name than that of the certificate.
  func client(_ path: String, host: String = "127.0.0.1", trusting authority: [UInt8]? = nil) -> JSON {
    [
      "url": .string("https://\(host):\(port)/\(path)"),
      "caBundle": .string(Base64.encode(authority ?? self.authority)),
    ]
  }

  private static let script = """
    import base64, http.server, json, ssl, sys, time
    class Webhook(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *arguments): pass
        def reply(self, body, code=200, kind="application/json", fields={}):
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in fields.items(): self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        def do_GET(self): self.reply({"kind": "Status", "apiVersion": "v1", "message": "a GET"}, 405)
        def do_POST(self):
            review = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            mode = self.path.partition("?")[0].strip("/")
            request = review.get("request", {})
            def answer(**more):
                response = {"uid": request.get("uid"), "allowed": True}
                response.update(more)
                self.reply({"apiVersion": review.get("apiVersion"), "kind": review.get("kind"), "response": response})
            def patch(operations): answer(patchType="JSONPatch", patch=base64.b64encode(json.dumps(operations).encode()).decode())
            if mode == "allow":
                answer(warnings=["saw %s %s/%s by %s dry %s" % (request["operation"], request["kind"]["kind"],
                    request.get("name", ""), request["userInfo"]["username"] != "", request["dryRun"])])
            elif mode == "deny": answer(allowed=False, status={"message": "not today", "code": 418, "reason": "Teapot"})
            elif mode == "mark": patch([{"op": "add", "path": "/data/marked", "value": "yes"}])
            elif mode == "rename": patch([{"op": "replace", "path": "/metadata/name", "value": "other"}])
            elif mode == "nonsense": patch([{"op": "remove", "path": "/data/nothing"}])
            elif mode == "slow":
                time.sleep(5)
                answer()
            elif mode == "stranger": answer(uid="1")
            elif mode == "garbage": self.reply(b"this is no JSON")
            elif mode == "list": self.reply(b"[1]")
            elif mode == "empty": self.reply(b"")
            elif mode == "object": self.reply({})
            elif mode == "bare": self.reply({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"})
            elif mode == "other": self.reply({"apiVersion": "v1", "kind": "ConfigMap"})
            elif mode == "old": self.reply({"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview",
                "response": {"uid": request.get("uid"), "allowed": True}})
            elif mode == "broken": self.reply(b"out of order\\n", 500, "text/plain")
            elif mode == "brokenjson": self.reply({"error": "out of order"}, 500)
            elif mode == "status": self.reply({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                "message": "gone fishing", "reason": "Forbidden", "code": 403}, 403)
            elif mode == "missing": self.reply(b"no such page", 404, "text/plain")
            elif mode == "elsewhere": self.reply(b"", 307, "text/plain", {"Location": "/allow"})
            elif mode == "hangup": self.close_connection = True
            elif mode == "huge":
                self.send_response(200)
                self.send_header("Content-Length", str(1 << 40))
                self.end_headers()
                try:
                    while True: self.wfile.write(b" " * (1 << 20))
                except OSError: self.close_connection = True
            elif mode == "half":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b'{"kind"')
                self.close_connection = True
            elif mode.startswith("convert"): self.convert(mode, review)
            else: self.reply(b"unheard of", 400, "text/plain")
        # Version 1 says "host:port", version 2 each in a field of its own.
        def convert(self, mode, review):
            request = review["request"]
            desired = request["desiredAPIVersion"]
            objects = request["objects"]
            result = {"status": "Success"}
            for object in objects:
                spec = object.get("spec", {})
                if desired.endswith("/v2") and "address" in spec:
                    host, _, port = spec.pop("address").partition(":")
                    spec.update(host=host, port=int(port or 80))
                elif desired.endswith("/v1") and "host" in spec:
                    spec["address"] = "%s:%d" % (spec.pop("host"), spec.pop("port", 80))
                object["apiVersion"] = desired
                metadata = object["metadata"]
                metadata.setdefault("annotations", {})["converted"] = "yes"
                metadata["finalizers"] = ["example.com/not-taken-over"]
                if mode == "convert-rename": metadata["name"] = "other"
                if mode == "convert-kind": object["kind"] = "Other"
                if mode == "convert-version": object["apiVersion"] = desired + "x"
                if mode == "convert-label": metadata["labels"] = {"a b": "c"}
                if mode == "convert-bare": del object["metadata"]
            if mode == "convert-refuse": result = {"status": "Failure", "message": "no way back"}
            if mode == "convert-mute": result = {"status": "Failure"}
            if mode == "convert-few": objects = []
            uid = "1" if mode == "convert-stranger" else request["uid"]
            self.reply({"apiVersion": review["apiVersion"], "kind": review["kind"],
                "response": {"uid": uid, "result": result, "convertedObjects": objects}})
    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        def handle_error(self, request, address): pass
        # The handshake in the thread of its connection.
        def finish_request(self, request, address):
            request.settimeout(60)
            with context.wrap_socket(request, server_side=True) as connection:
                super().finish_request(connection, address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = Server(("0.0.0.0", 0), Webhook)
    print(server.server_port, flush=True)
    import threading
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    """
}
