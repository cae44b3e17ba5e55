import Testing
import WGERego
import WGETestSupport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The table in the documentation is what the registry holds. `WGE_WRITE_TABLES=1` rewrites it.
@Suite struct BuiltinCatalogTests {
  @Test func tableIsUpToDate() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/WGERego/WGERego.docc/Builtins.md").path
    let head = "# Builtins\n\nGenerated from the registry; a test keeps this table up to date.\n\n## Overview\n\n"
    let expected = head + RegoBuiltinCatalog.markdown
    if ProcessInfo.processInfo.environment["WGE_WRITE_TABLES"] == "1" {
      try Data(expected.utf8).write(to: URL(fileURLWithPath: page))
    }
    let text = FileManager.default.contents(atPath: page).map { String(decoding: $0, as: UTF8.self) }
    #expect(text == expected, "run the tests with WGE_WRITE_TABLES=1")
  }
}
