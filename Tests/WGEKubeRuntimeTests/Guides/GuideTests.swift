import Foundation
import Testing

/// The code that guides show is the code that is compiled and run.
@Suite struct GuideTests {
  @Test(arguments: [
    ("Sources/WGEKube/WGEKube.docc/WriteYourFirstController.md", "FirstControllerGuide.swift"),
    ("Sources/WGELocalCluster/WGELocalCluster.docc/TestWithLocalCluster.md", "LocalClusterGuide.swift"),
  ]) func everyBlockIsTested(guide: String, source: String) throws {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let root = here.appendingPathComponent("../../..")
    let text = try String(contentsOf: root.appendingPathComponent(guide), encoding: .utf8)
    let code = try String(contentsOf: here.appendingPathComponent(source), encoding: .utf8)
    let blocks = text.components(separatedBy: "```swift\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
    #expect(blocks.count > 4)
    for block in blocks { #expect(code.contains(block), "not in \(source): \(block.prefix(80))") }
  }
}
