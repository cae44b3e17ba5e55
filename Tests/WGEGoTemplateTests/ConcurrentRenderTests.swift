import Testing
import WGECore
import WGEGoTemplate

/// One compiled template, many tasks.
@Suite struct ConcurrentRenderTests {
  @Test func rendersOfOneSetDoNotMeet() async throws {
    var set = TemplateSet(options: TemplateOptions(functions: .helm()))
    try set.parse(#"{{define "n"}}{{regexReplaceAll "([A-Z])-" (upper .name) "${1}_"}}{{end}}"#, name: "_helpers.tpl")
    try set.parse(
      #"""
      {{- $_ := set .shared "seen" .name }}{{ range $i, $e := .items }}{{ $i }}={{ include "n" (dict "name" $e) }};{{ end -}}
      {{ tpl "{{ .name }}" . }} {{ .shared.seen }} {{ toYaml .shared }} {{ sha256sum .name | trunc 8 }}
      """#, name: "main")
    let prepared = set
    let shared: JSON = ["a": [1, 2, ["b": .null]]]
    func data(_ task: Int) -> JSON {
      [
        "name": .string("task-\(task)"), "shared": shared,
        "items": .array((0..<task).map { .string("item-\($0)-of-\(task)") }),
      ]
    }
    let expected = try (0..<64).map { try prepared.render("main", data($0)) }
    #expect(expected[3].hasPrefix("0=ITEM_0-OF_3;1=ITEM_1-OF_3;2=ITEM_2-OF_3;task-3 task-3 a:"))
    let all = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for task in 0..<64 {
        group.addTask {
          var last = ""
          for _ in 0..<8 { last = try prepared.render("main", data(task)) }
          return (task, last)
        }
      }
      return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
    }
    for task in 0..<64 { #expect(all[task] == expected[task]) }
  }

  /// Failing and stopped renders leave nothing behind for those beside them.
  @Test func failuresStayWithTheirTask() async throws {
    var options = TemplateOptions(functions: .sprig())
    options.limits.memory = 1 << 16
    let template = try Template("{{if .bad}}{{repeat .count `x`}}{{else}}{{repeat 3 .name}}{{end}}", options: options)
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<64 {
        group.addTask {
          let isBad = task.isMultiple(of: 2)
          let data: JSON = ["bad": .bool(isBad), "count": 1_000_000, "name": .string("\(task),")]
          let text = try? template.render(data)
          return text == (isBad ? nil : "\(task),\(task),\(task),")
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
