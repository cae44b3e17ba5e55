import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite(.serialized) struct ReadContractTests {
  @Test(arguments: ContractServer.available)
  func listsArePaged(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      for index in 0..<7 {
        try await client.create(.configMaps, test.map("m\(index)", labels: ["paged": index < 5 ? "yes" : "no"]))
      }
      let options = ListOptions(labelSelector: "paged", limit: 3)
      var pages: [[String]] = []
      var versions: Set<String> = []
      for try await page in client.pages(.configMaps, namespace: test.namespace, options: options) {
        pages.append(page.items.map(\.name))
        versions.insert(page.resourceVersion)
        // The list is one state, whatever is written meanwhile.
        try? await client.create(.configMaps, test.map("m9", labels: ["paged": "late"]))
      }
      #expect(pages == [["m0", "m1", "m2"], ["m3", "m4", "m5"], ["m6"]] && versions.count == 1)
      let first = try await client.list(
        .configMaps, namespace: test.namespace, options: ListOptions(labelSelector: "paged=yes", limit: 5))
      #expect(first.items.count == 5 && first.items.allSatisfy { $0.kind == "ConfigMap" })
      let broken = try await failure {
        try await client.list(.configMaps, namespace: test.namespace, options: ListOptions(continueToken: "broken"))
      }
      #expect(broken.isBadRequest)
      let selector = try await failure {
        try await client.list(.configMaps, namespace: test.namespace, options: ListOptions(labelSelector: "a in b"))
      }
      #expect(selector.isBadRequest && selector.description.contains("unable to parse requirement"))
      let field = try await failure {
        try await client.list(.configMaps, namespace: test.namespace, options: ListOptions(fieldSelector: "data.x=1"))
      }
      #expect(field.isBadRequest && field.description.contains("\"data.x\" is not a known field selector"))
    }
  }

  @Test(arguments: ContractServer.available)
  func listsShowTheStateThatIsAskedFor(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      try await client.create(.configMaps, test.map("a", labels: ["l": "1"]))
      let then = try await client.list(
        .configMaps, namespace: test.namespace, options: ListOptions(labelSelector: "l"))
      try await client.create(.configMaps, test.map("b", labels: ["l": "1"]))
      func names(_ version: String?, _ match: ResourceVersionMatch?, limit: Int? = nil) async throws -> [String] {
        try await client.list(
          .configMaps, namespace: test.namespace,
          options: ListOptions(
            labelSelector: "l", limit: limit, resourceVersion: version, resourceVersionMatch: match)
        ).items.map(\.name)
      }
      #expect(try await names(nil, nil) == ["a", "b"])
      #expect(try await names(then.resourceVersion, .exact, limit: 10) == ["a"])
      #expect(try await names(then.resourceVersion, .notOlderThan).starts(with: ["a"]))
      #expect(try await names("0", nil).allSatisfy { ["a", "b"].contains($0) })
      let bare = try await failure { try await names(nil, .exact) }
      #expect(bare.isInvalid && bare.description.contains("resourceVersionMatch is forbidden unless"))
      let wrong = try await failure { try await names("no number", nil) }
      #expect(wrong.isInvalid || wrong.isBadRequest)
    }
  }

  @Test(arguments: ContractServer.available)
  func objectsHaveForms(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      try await client.create(.configMaps, test.map("a", ["k": "1", "l": "2"], labels: ["form": "x"]))
      let options = ListOptions(labelSelector: "form")
      let partial = try await client.get(.configMaps, test.key("a"), form: .metadata)
      #expect(partial.kind == "ConfigMap" && partial["data"] == nil && partial.label("form") == "x")
      let list = try await client.list(.configMaps, namespace: test.namespace, options: options, form: .metadata)
      #expect(list.items.map(\.name) == ["a"] && list.items.allSatisfy { $0["data"] == nil && $0.kind == "ConfigMap" })

      let table = try await client.table(.configMaps, namespace: test.namespace, options: options)
      #expect(table.columns.map(\.name) == ["Name", "Data", "Age"])
      #expect(table.values("Name") == ["a"] && table.values("Data") == [2] && table.columns[0].format == "name")
      #expect(table.rows.first?.object?.kind == "ConfigMap" && table.rows.first?.object?.label("form") == "x")
      let whole = try await client.table(.configMaps, test.key("a"), includeObject: .object)
      #expect(whole.rows.count == 1 && whole.rows.first?.object?["data"]?["k"] == "1")
      let bare = try await client.table(.configMaps, test.key("a"), includeObject: .none)
      #expect(bare.rows.first?.object == nil && bare.rows.first?.cells.first == "a")

      // Widgets are printed as their definition says.
      let widgets = try await test.installWidgets()
      try await client.create(widgets, test.widget(widgets, "w", ["size": 3]))
      try await eventually("the table of widgets") {
        try await client.table(widgets, namespace: test.namespace).columns.map(\.name) == ["Name", "Size"]
      }
      #expect(try await client.table(widgets, namespace: test.namespace).values("Size") == [3])
    }
  }

  @Test(arguments: ContractServer.available)
  func watchesReportChanges(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let start = try await client.create(.configMaps, test.map("a", labels: ["w": "1"]))
      let options = WatchOptions(
        labelSelector: "w", resourceVersion: start.resourceVersion, timeout: .seconds(60))
      let full = try await client.watch(.configMaps, namespace: test.namespace, options: options)
      let partial = try await client.watch(.configMaps, namespace: test.namespace, options: options, form: .metadata)
      let tables = try await client.watchTable(.configMaps, namespace: test.namespace, options: options)
      try await client.patch(.configMaps, test.key("a"), .merge(["data": ["k": "1"]]))
      try await client.create(.configMaps, test.map("b", labels: ["w": "1"]))
      try await client.create(.configMaps, test.map("unseen"))
      // What leaves the selection is deleted to the watcher.
      try await client.patch(.configMaps, test.key("b"), .merge(["metadata": ["labels": ["w": .null]]]))
      try await client.delete(.configMaps, test.key("a"))

      func read<Object>(_ stream: WatchStream<Object>, _ name: (Object) -> String?) async throws -> [String] {
        var seen: [String] = []
        for try await event in stream {
          switch event {
          case .added(let object): seen.append("+" + (name(object) ?? "?"))
          case .modified(let object): seen.append("~" + (name(object) ?? "?"))
          case .deleted(let object): seen.append("-" + (name(object) ?? "?"))
          case .bookmark: continue
          }
          if seen.count == 4 { break }
        }
        return seen
      }
      let expected = ["~a", "+b", "-b", "-a"]
      #expect(try await read(full) { $0.name } == expected)
      #expect(try await read(partial) { $0["data"] == nil ? $0.name : "whole" } == expected)
      #expect(try await read(tables) { $0.rows.first?.cells.first?.stringValue } == expected)
    }
  }

  @Test(arguments: ContractServer.available)
  func watchesBeginAndEnd(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      try await client.create(.configMaps, test.map("a", labels: ["w": "1"]))
      // Without a resource version, with what there is. With a time-out, to its end.
      var seen: [String] = []
      let options = WatchOptions(labelSelector: "w", timeout: .seconds(1))
      for try await event in try await client.watch(.configMaps, namespace: test.namespace, options: options) {
        if case .added(let object) = event { seen.append(object.name) }
      }
      #expect(seen == ["a"])
      // From a state that is long gone: an error event, or an error.
      let expired = try await failure {
        let old = WatchOptions(resourceVersion: "1", timeout: .seconds(10))
        for try await _ in try await client.watch(.configMaps, namespace: test.namespace, options: old) {}
      }
      #expect(expired.isGone, "\(expired)")
      let wrong = try await failure {
        let options = WatchOptions(resourceVersion: "no number", timeout: .seconds(10))
        for try await _ in try await client.watch(.configMaps, namespace: test.namespace, options: options) {}
      }
      // kube-apiserver calls it an error of its own (500).
      #expect(wrong.description.contains("Invalid value: \"no number\""))
    }
  }

  @Test(arguments: ContractServer.available)
  func listsAreStreamed(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      for name in ["b", "a", "c"] { try await client.create(.configMaps, test.map(name, labels: ["s": "1"])) }
      let list = try await client.listStreaming(
        .configMaps, namespace: test.namespace, options: ListOptions(labelSelector: "s"))
      #expect(list.items.map(\.name) == ["a", "b", "c"] && !list.resourceVersion.isEmpty)
      // The watch itself says when the list is complete, and goes on.
      let options = WatchOptions(
        labelSelector: "s", resourceVersionMatch: .notOlderThan, sendInitialEvents: true, timeout: .seconds(60))
      var names: [String] = []
      var isComplete = false
      for try await event in try await client.watch(.configMaps, namespace: test.namespace, options: options) {
        switch event {
        case .added(let object) where !isComplete: names.append(object.name)
        case .added(let object):
          #expect(object.name == "late")
          #expect(names.sorted() == ["a", "b", "c"])
          return
        case .bookmark(let bookmark) where bookmark.endsInitialEvents:
          isComplete = true
          try await client.create(.configMaps, test.map("late", labels: ["s": "1"]))
        default: break
        }
      }
      Issue.record("the watch ended too early")
    }
  }

  @Test(arguments: ContractServer.available)
  func informersFollow(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      try await client.create(.configMaps, test.map("a", labels: ["i": "1"]))
      for initialList in [WatcherOptions.InitialList.consistent, .cached, .streaming] {
        let informer = Informer(
          .configMaps, client: client, namespace: test.namespace,
          options: InformerOptions(watcher: WatcherOptions(labelSelector: "i", initialList: initialList)))
        let running = Task { try await informer.run() }
        defer { running.cancel() }
        try await informer.waitForSync(timeout: .seconds(30))
        #expect(informer.snapshot.keys.contains(test.key("a")))
        let name = "by-\(initialList)"
        try await client.create(.configMaps, test.map(name, labels: ["i": "1"]))
        try await eventually { informer[test.key(name)] != nil }
        try await client.delete(.configMaps, test.key(name))
        try await eventually { informer[test.key(name)] == nil }
      }
    }
  }
}
