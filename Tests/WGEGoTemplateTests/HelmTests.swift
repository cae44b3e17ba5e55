import Testing
import WGECore

@testable import WGEGoTemplate

/// A chart written as charts are.
@Suite struct HelmTests {
  private static let helpers = """
    {{/* Names */}}
    {{- define "shop.fullname" -}}
    {{- if .Values.fullnameOverride }}
    {{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
    {{- else }}
    {{- $name := default .Chart.Name .Values.nameOverride }}
    {{- if contains $name .Release.Name }}
    {{- .Release.Name | trunc 63 | trimSuffix "-" }}
    {{- else }}
    {{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
    {{- end }}
    {{- end }}
    {{- end }}
    {{- define "shop.labels" -}}
    helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
    app.kubernetes.io/name: {{ .Chart.Name }}
    {{- if .Chart.AppVersion }}
    app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
    {{- end }}
    app.kubernetes.io/managed-by: {{ .Release.Service }}
    {{- end }}
    {{- define "shop.tplvalue" -}}
    {{- if typeIs "string" .value }}{{ tpl .value .context }}{{ else }}{{ tpl (.value | toYaml) .context }}{{ end }}
    {{- end }}
    """

  private static let deployment = """
    apiVersion: {{ if semverCompare ">=1.14-0" .Capabilities.KubeVersion.Version }}apps/v1{{ else }}extensions/v1beta1{{ end }}
    kind: Deployment
    metadata:
      name: {{ include "shop.fullname" . }}
      labels:
        {{- include "shop.labels" . | nindent 4 }}
      {{- with .Values.annotations }}
      annotations:
        {{- toYaml . | nindent 4 }}
      {{- end }}
    spec:
      replicas: {{ .Values.replicas }}
      template:
        metadata:
          annotations:
            checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
        spec:
          containers:
            - name: {{ .Chart.Name }}
              image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
              {{- if .Values.env }}
              env:
                {{- range $key, $value := .Values.env }}
                - name: {{ $key | upper }}
                  value: {{ include "shop.tplvalue" (dict "value" $value "context" $) | quote }}
                {{- end }}
              {{- end }}
              resources: {{- toYaml .Values.resources | nindent 12 }}
    {{- if and .Values.hpa.enabled (.Capabilities.APIVersions.Has "autoscaling/v2") }}
    # scaled
    {{- end }}
    """

  private static let configMap = """
    kind: ConfigMap
    data:
      {{- (.Files.Glob "config/*.ini").AsConfig | nindent 2 }}
    """

  private func chart() -> HelmChart {
    HelmChart(
      metadata: ["name": "shop", "version": "1.2.3+b", "appVersion": "2.0"],
      values: [
        "replicas": 3, "image": ["repository": "reg/shop"], "resources": ["limits": ["cpu": "100m"]],
        "hpa": ["enabled": true], "env": ["mode": "{{ .Release.Name }}-x", "port": 8080], "annotations": .object([:]),
      ],
      templates: [
        "templates/_helpers.tpl": Self.helpers, "templates/deployment.yaml": Self.deployment,
        "templates/configmap.yaml": Self.configMap, "templates/NOTES.txt": "{{ fail \"not rendered\" }}",
      ],
      files: ["config/a.ini": Array("[x]\ny=1\n".utf8), "other/b.ini": [0x62]])
  }

  @Test func rendersAChart() throws {
    let rendered = try chart().render(
      values: ["annotations": ["a": "b"]], release: HelmRelease(name: "prod", namespace: "apps"))
    #expect(rendered.keys.sorted() == ["shop/templates/configmap.yaml", "shop/templates/deployment.yaml"])
    #expect(rendered["shop/templates/configmap.yaml"] == "kind: ConfigMap\ndata:\n  a.ini: |\n    [x]\n    y=1")
    let text = try #require(rendered["shop/templates/deployment.yaml"])
    let yaml = try YAML.parseSingle(text)
    #expect(yaml["metadata"]?["name"] == "prod-shop")
    #expect(yaml["metadata"]?["labels"]?["helm.sh/chart"] == "shop-1.2.3_b")
    #expect(yaml["metadata"]?["annotations"] == ["a": "b"])
    #expect(yaml["spec"]?["replicas"] == 3)
    let container = yaml.value(at: ["spec", "template", "spec"])?["containers"]?[0]
    #expect(container?["image"] == "reg/shop:2.0")
    #expect(container?["env"] == [["name": "MODE", "value": "prod-x"], ["name": "PORT", "value": "8080"]])
    #expect(container?["resources"] == ["limits": ["cpu": "100m"]])
    #expect(!text.contains("# scaled"))
  }

  @Test func helmFunctions() throws {
    func render(_ text: String, _ data: JSON = .object([:])) throws -> String {
      try Template(text, name: "t", options: TemplateOptions(functions: .helm())).render(data, numbers: .json)
    }
    #expect(try render("{{ toYaml . }}", ["b": [1, "x"], "a": ["m": .null]]) == "a:\n  m: null\nb:\n- 1\n- x")
    #expect(try render(#"{{ (fromYaml "a: [1, 2]").a }}"#) == "[1 2]")
    #expect(try render(#"{{ fromYamlArray "- a\n- b" | join "," }}"#) == "a,b")
    #expect(try render(#"{{ hasKey (fromYaml "a: [") "Error" }}"#) == "true")
    #expect(try render(#"{{ lookup "v1" "Pod" "a" "b" | len }}"#) == "0")
    #expect(try render(#"{{ tpl "{{ .a }}" . }}"#, ["a": "x"]) == "x")
    #expect(try render(#"{{ toToml . }}"#, ["a": "b", "t": ["x": true]]) == "a = \"b\"\n\n[t]\n  x = true\n")
    #expect(throws: TemplateError.self) { try render(#"{{ required "need it" .x }}"#) }
    do { _ = try render(#"{{ required "need it" .x }}"#) } catch {
      #expect("\(error)".hasSuffix("error calling required: need it"))
    }
  }

  /// As BurntSushi's encoder lays values out.
  @Test(arguments: [
    (
      #"{{toToml .}}"#,
      "f = 3.0\nl = [{k = \"v\"}, 1.0]\n\n[t]\n  [t.\"b c\"]\n    x = \"\\u0001\\\"\u{2028}\"\n\n[[ts]]\n  y = true\n\n[[ts]]\n"
    ),
    ("{{toToml (dict `i` 1 `f` 1e21 `s` 1e-7)}}", "f = 1000000000000000000000.0\ni = 1\ns = 0.0000001\n"),
    ("{{toToml (dict `l` (list 1 nil))}}", "toml: cannot encode array with nil element"),
    ("{{toToml (list (dict))}}", "toml: top-level values must be Go maps or structs"),
    ("{{toToml (dict `l` (list (dict `a` 1 `b` nil) 2))}}", "l = [{a = 1, }, 2]\n"), ("{{toToml 1.5}}", "1.5"),
  ])
  func writesTOML(_ text: String, _ expected: String) throws {
    let data: JSON = [
      "f": 3, "n": .null, "l": [["k": "v"], 1], "t": ["b c": ["x": "\u{1}\"\u{2028}"]], "ts": [["y": true], [:]],
    ]
    let template = try Template(text, options: TemplateOptions(functions: .helm()))
    #expect(try template.render(data, numbers: .json) == expected)
  }

  @Test func aTableThatHoldsItselfIsNoTOML() throws {
    let template = try Template(
      "{{$d := dict}}{{$_ := set $d `d` $d}}{{toToml $d}}", options: TemplateOptions(functions: .helm()))
    #expect(throws: TemplateError.self) { try template.render(.null) }
  }

  @Test func changesReachOnlyTheRender() throws {
    let data: JSON = ["m": ["a": 1]]
    let template = try Template(
      #"{{ $_ := set .m "b" 2 }}{{ .m | toJson }}"#, options: TemplateOptions(functions: .sprig()))
    #expect(try template.render(data) == #"{"a":1,"b":2}"#)
    #expect(try template.render(data) == #"{"a":1,"b":2}"#)
  }

  @Test func numbersFollowTheMode() throws {
    let template = try Template(#"{{ printf "%T %v" .n .n }}"#)
    #expect(try template.render(["n": 1_000_000]) == "int 1000000")
    #expect(try template.render(["n": 1_000_000], numbers: .json) == "float64 1e+06")
  }

  @Test func environmentIsTheHosts() throws {
    #expect(throws: TemplateError.self) { try Template("{{env \"A\"}}", options: TemplateOptions(functions: .sprig())) }
    let functions = FunctionSet.sprig(environmentVariable: { $0 == "A" ? "b" : nil })
    let template = try Template(
      "{{env \"A\"}} {{expandenv \"$A-${A}\"}}", options: TemplateOptions(functions: functions))
    #expect(try template.render(.null) == "b b-b")
    var environment = RenderEnvironment()
    environment.randomBytes = { Array(repeating: 7, count: $0) }
    let random = try Template("{{randNumeric 4}}", options: TemplateOptions(functions: .sprig()))
    #expect(try random.render(.null, environment: environment) == random.render(.null, environment: environment))
  }
}
