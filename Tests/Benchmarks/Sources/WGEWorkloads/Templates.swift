internal import WGECore
internal import WGEGoTemplate

extension Workload {
  /// Rendering and parsing Go templates, against Go's text/template in a process of its own.
  static func templates() throws -> [Workload] {
    if !GoPeer.isAvailable { print("no go on the PATH: templates are measured without their peer") }
    let peer = GoPeer.isAvailable ? Lazily { try await TemplateWorkload.peer() } : nil
    func body(_ operation: String, _ one: TemplateWorkload) -> (name: String, body: Body)? {
      guard let peer else { return nil }
      let request = JSON.object([
        "op": .string(operation), "name": .string(one.name), "count": .number(.int(Int64(one.count))),
      ])
      return ("text/template", { consume(try await peer.value().ask(request)) })
    }
    let options = TemplateOptions(functions: .sprig())
    let renders = try TemplateWorkload.all.map { one in
      let template = try Template(one.text, name: one.name, options: options)
      return Workload("template: render \(one.name)", peer: body("render", one)) {
        let data = GoValue(one.data)
        for _ in 0..<one.count { consume(try template.set.renderBytes(one.name, data)) }
      }
    }
    let one = TemplateWorkload.helmRelease
    let parse = Workload(
      "template: parse \(one.name)", peer: body("parse", one), cleanUp: { try await peer?.made()?.stop() }
    ) {
      for _ in 0..<one.count { consume(try Template(one.text, name: one.name, options: options)) }
    }
    return renders + [parse]
  }
}

extension TemplateWorkload {
  /// Go with all templates loaded, which it must render as we do.
  static func peer() async throws -> GoPeer {
    let peer = try GoPeer("templatebench")
    for one in all {
      let theirs = try await peer.ask(
        .object([
          "op": "load", "name": .string(one.name), "template": .string(one.text), "data": one.data,
        ]))
      let options = TemplateOptions(functions: .sprig())
      let ours = try Template(one.text, name: one.name, options: options).render(one.data)
      try WorkloadFailure.check(theirs == .string(ours), "\(one.name): Go renders something else")
    }
    return peer
  }
}

/// A template, its data, and how often one measurement renders it.
struct TemplateWorkload {
  let name: String
  let text: String
  let data: JSON
  let count: Int

  static let all = [smallManifest, helmRelease, manyElements]

  static let smallManifest = TemplateWorkload(
    name: "a small manifest",
    text: """
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: {{ .params.CLUSTER_NAME }}
        namespace: {{ .params.NAMESPACE }}
        labels:
          team: {{ .params.TEAM | lower }}
          app.kubernetes.io/managed-by: {{ default "wge" .params.MANAGER }}
      data:
        region: {{ quote .params.REGION }}
      {{- if .params.REPLICAS }}
        replicas: "{{ .params.REPLICAS }}"
      {{- end }}
        description: |{{ .params.DESCRIPTION | nindent 4 }}

      """,
    data: [
      "params": [
        "CLUSTER_NAME": "shop-eu-1", "NAMESPACE": "shop", "TEAM": "Checkout", "REGION": "eu-central-1", "REPLICAS": 3,
        "DESCRIPTION": "The shop's cluster.\nRuns checkout and catalogue.",
      ]
    ], count: 5_000)

  /// A HelmRelease of about 200 lines once rendered.
  static let helmRelease = TemplateWorkload(
    name: "a HelmRelease of 200 lines",
    text: """
      {{- define "name" }}{{ .name | replace "_" "-" | lower | trunc 63 | trimSuffix "-" }}{{ end }}
      {{- define "labels" }}
          app.kubernetes.io/name: {{ template "name" . }}
          app.kubernetes.io/version: {{ .version | quote }}
          app.kubernetes.io/part-of: {{ default "platform" .partOf }}
      {{- end -}}
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata:
        name: {{ template "name" .release }}
        namespace: {{ .namespace }}
        labels:
      {{- template "labels" .release }}
        annotations:
          checksum/config: {{ sha256sum .release.config }}
      spec:
        interval: {{ default "10m" .interval }}
        chart:
          spec:
            chart: {{ .release.chart }}
            version: {{ .release.version | quote }}
            sourceRef:
              kind: HelmRepository
              name: {{ .repository }}
        values:
          global:
            domain: {{ .domain }}
            {{- if and .tls (ne .environment "dev") }}
            tls: true
            {{- else }}
            tls: false
            {{- end }}
          config: |
      {{- .release.config | nindent 6 }}
          services:
          {{- range $index, $service := .services }}
            - name: {{ $service.name | lower | quote }}
              index: {{ add $index 1 }}
              image: {{ printf "%s/%s:%s" $.registry $service.name (default "latest" $service.tag) }}
              replicas: {{ ternary 3 1 (eq $.environment "prod") }}
              {{- with $service.resources }}
              resources:
                requests:
                  cpu: {{ .cpu }}
                  memory: {{ .memory }}
              {{- end }}
              {{- if hasKey $service "env" }}
              env:
              {{- range $key, $value := $service.env }}
                - name: {{ $key | upper }}
                  value: {{ $value | quote }}
              {{- end }}
              {{- end }}
              {{- if gt (len $service.hosts) 0 }}
              hosts: [{{ join ", " $service.hosts }}]
              {{- end }}
              secret: {{ b64enc $service.secret }}
          {{- end }}

      """,
    data: [
      "namespace": "shop", "environment": "prod", "tls": true, "domain": "shop.example.com",
      "repository": "charts", "registry": "registry.example.com/shop",
      "release": [
        "name": "Shop_Backend_", "chart": "shop", "version": "1.4.2",
        "config": "log:\n  level: info\n  format: json\nlimits:\n  requests: 100\n  burst: 200",
      ],
      "services": .array((0..<10).map(service)),
    ], count: 300)

  private static func service(_ index: Int) -> JSON {
    [
      "name": .string("Service-\(index)"), "tag": .string(index.isMultiple(of: 3) ? "" : "v1.\(index)"),
      "secret": .string("secret-\(index)"), "hosts": [.string("s\(index).example.com"), .string("s\(index).local")],
      "resources": ["cpu": "100m", "memory": .string("\(64 + index)Mi")],
      "env": [
        "log_level": "info", "port": .number(.int(Int64(8_000 + index))), "feature_x": true,
        "database": .string("postgres://db-\(index)/shop"),
      ],
    ]
  }

  static let manyElements = TemplateWorkload(
    name: "10,000 elements",
    text: """
      {{- range $i, $e := .elements }}
      - name: {{ $e.name }}
        region: {{ .region | upper }}
        {{- if .enabled }}
        weight: {{ .weight }}
        {{- end }}
        index: {{ $i }}
      {{- end }}

      """,
    data: [
      "elements": .array(
        (0..<10_000).map { index in
          [
            "name": .string("cluster-\(index)"), "region": .string("eu-\(index % 7)"),
            "enabled": .bool(!index.isMultiple(of: 3)), "weight": .number(.int(Int64(index % 100))),
          ]
        })
    ], count: 2)
}
