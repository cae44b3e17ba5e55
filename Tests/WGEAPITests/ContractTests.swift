import HTTPTypes
import SwiftProtobuf
import Testing
import WGEAPI
import WGECore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The descriptor set that `make protos` writes, which says what the protos say.
struct Descriptors {
  let files: [Google_Protobuf_FileDescriptorProto]

  init() throws {
    let path = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "/\(path)/Fixtures/contract.binpb"))
    files = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes).file.filter {
      !$0.package.hasPrefix("google.")
    }
  }

  var messages: [String: Google_Protobuf_DescriptorProto] {
    var found: [String: Google_Protobuf_DescriptorProto] = [:]
    for file in files {
      for message in file.messageType {
        found["\(file.package).\(message.name)"] = message
        for nested in message.nestedType { found["\(file.package).\(message.name).\(nested.name)"] = nested }
      }
    }
    return found
  }
}

/// One field of the wire format: enough to read options that no generated code knows.
struct WireField {
  var number: Int
  var value: UInt64 = 0
  var bytes: [UInt8] = []

  static func parse(_ data: [UInt8]) -> [WireField] {
    var fields: [WireField] = []
    var at = 0
    func varint() -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while at < data.count {
        let byte = data[at]
        at += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { break }
        shift += 7
      }
      return value
    }
    while at < data.count {
      let tag = varint()
      var field = WireField(number: Int(tag >> 3))
      if tag & 7 == 2 {
        let size = Int(varint())
        field.bytes = Array(data[at..<at + size])
        at += size
      } else {
        field.value = varint()
      }
      fields.append(field)
    }
    return fields
  }
}

@Suite struct ContractTests {
  struct Binding: Hashable {
    var rpc: String
    var method: String
    var path: String
    var body: String
    var input: String
    var output: String
    var isPublic: Bool
  }

  @Test func routingTableEqualsTheAnnotations() throws {
    var annotated: Set<Binding> = []
    for file in try Descriptors().files {
      for service in file.service {
        for method in service.method {
          let options = WireField.parse(Array(method.options.unknownFields.data))
          let rule = try #require(options.first { $0.number == 72_295_728 }, "\(method.name) has no HTTP annotation")
          let parts = WireField.parse(rule.bytes)
          let pattern = try #require(parts.first { (2...6).contains($0.number) })
          annotated.insert(
            Binding(
              rpc: "\(file.package).\(service.name)/\(method.name)",
              method: ["", "", "GET", "PUT", "POST", "DELETE", "PATCH"][pattern.number],
              path: String(decoding: pattern.bytes, as: UTF8.self),
              body: parts.first { $0.number == 7 }.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "",
              input: String(method.inputType.dropFirst()), output: String(method.outputType.dropFirst()),
              isPublic: options.contains { $0.number == 51_001 && $0.value == 1 }))
        }
      }
    }
    let table = HTTPRule.all.map { rule in
      let body =
        switch rule.body {
        case .none: ""
        case .whole: "*"
        case .field(let name): name
        }
      return Binding(
        rpc: rule.rpc, method: rule.method.rawValue, path: rule.path, body: body, input: rule.input,
        output: rule.output, isPublic: rule.isPublic)
    }
    #expect(Set(table) == annotated)
    #expect(table.count == annotated.count)
  }

  @Test func theRoutesOfTheSpecificationAreThere() {
    let routes = Set(HTTPRule.all.map { "\($0.method.rawValue) \($0.path)" })
    for route in [
      "GET /v1/pipelines", "GET /v1/pipelines/{name}", "POST /v1/pipelines/approve/{name}",
      "POST /v1/pipelines/list_prs/{name}", "GET /v1/clusters", "GET /v1/version", "GET /v1/featureflags",
    ] {
      #expect(routes.contains(route))
    }
    #expect(HTTPRule.all.filter(\.isPublic).map(\.path) == ["/v1/featureflags"])
  }

  @Test func shapesEqualTheDescriptors() throws {
    let messages = try Descriptors().messages
    let plain = messages.filter { !$0.value.options.mapEntry }
    #expect(Set(MessageShape.all.keys) == Set(plain.keys))
    for (name, message) in plain {
      let shape = try #require(MessageShape.all[name])
      #expect(shape.fields.map(\.json) == message.field.map(\.jsonName), "\(name)")
      #expect(shape.fields.map(\.name) == message.field.map(\.name), "\(name)")
      for (field, described) in zip(shape.fields, message.field) {
        let required = WireField.parse(Array(described.options.unknownFields.data)).contains { $0.number == 51_002 }
        #expect(field.isRequired == required, "\(name).\(field.name)")
      }
    }
  }

  @Test func noTemplateHidesAnother() throws {
    let paths = HTTPRule.all.map { ($0, $0.path.split(separator: "/").map { $0.hasPrefix("{") ? "x" : String($0) }) }
    for (rule, parts) in paths {
      let path = try #require(RequestPath("/" + parts.joined(separator: "/")))
      let matches = HTTPRule.all.filter { $0.method == rule.method && $0.template.match(path) != nil }
      #expect(matches == [rule], "\(rule.path)")
    }
  }
}

@Suite struct OpenAPITests {
  let document: JSON

  init() throws { document = try JSON(parsing: OpenAPIDocument.json) }

  @Test func hasTheShapeOfOpenAPI() throws {
    #expect(document["openapi"]?.stringValue == "3.1.0")
    #expect(document.value(at: ["info", "title"])?.stringValue?.isEmpty == false)
    #expect(document.value(at: ["info", "version"])?.stringValue?.isEmpty == false)
    let methods: Set<String> = ["get", "put", "post", "delete", "patch"]
    var operations: Set<String> = []
    for path in try #require(document["paths"]?.objectValue) {
      #expect(path.key.hasPrefix("/"))
      for operation in try #require(path.value.objectValue) {
        #expect(methods.contains(operation.key))
        let id = try #require(operation.value["operationId"]?.stringValue)
        #expect(operations.insert(id).inserted, "\(id) is not unique")
        #expect(operation.value["summary"]?.stringValue?.isEmpty == false, "\(id) has no summary")
        #expect(operation.value["responses"]?["200"] != nil, "\(id) has no answer")
        var names: Set<String> = []
        for parameter in operation.value["parameters"]?.arrayValue ?? [] {
          let name = try #require(parameter["name"]?.stringValue)
          let place = try #require(parameter["in"]?.stringValue)
          #expect(["path", "query", "header", "cookie"].contains(place))
          #expect(parameter["schema"]?.objectValue != nil)
          #expect(names.insert("\(place) \(name)").inserted)
          if place == "path" {
            #expect(parameter["required"] == true)
            #expect(path.key.contains("{\(name)}"))
          }
        }
        for part in path.key.split(separator: "/") where part.hasPrefix("{") {
          #expect(names.contains("path \(part.dropFirst().dropLast())"), "\(id) does not describe \(part)")
        }
        if operation.key == "get" { #expect(operation.value["requestBody"] == nil) }
      }
    }
  }

  @Test func everyReferenceLeadsSomewhere() throws {
    var count = 0
    func walk(_ json: JSON) {
      switch json {
      case .object(let members):
        for member in members {
          if member.key == "$ref", let reference = member.value.stringValue {
            count += 1
            let path = reference.split(separator: "/").dropFirst().map(String.init)
            #expect(reference.hasPrefix("#/") && document.value(at: path) != nil, "\(reference) leads nowhere")
          } else {
            walk(member.value)
          }
        }
      case .array(let values): for value in values { walk(value) }
      default: break
      }
    }
    walk(document)
    #expect(count > 50)
  }

  @Test func everyRPCIsDescribedTruthfully() throws {
    for rule in HTTPRule.all {
      let operation = try #require(document["paths"]?[rule.path]?[rule.method.rawValue.lowercased()], "\(rule.path)")
      let answer = operation.value(at: ["responses", "200", "content", "application/json", "schema", "$ref"])
      #expect(answer?.stringValue == "#/components/schemas/\(rule.output)")
      let input = try #require(MessageShape.all[rule.input])
      let inPath = Set(
        rule.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) })
      switch rule.body {
      case .whole:
        let body = operation.value(at: ["requestBody", "content", "application/json", "schema", "$ref"])
        #expect(body?.stringValue == "#/components/schemas/\(rule.input)")
        let properties = document.value(at: ["components", "schemas", rule.input, "properties"])?.objectValue
        #expect(
          Set((properties ?? JSONObject()).keys)
            == Set(input.fields.filter { !inPath.contains($0.name) }.map(\.json)))
      default:
        let query = (operation["parameters"]?.arrayValue ?? []).filter { $0["in"] == "query" }
        #expect(
          Set(query.compactMap { $0["name"]?.stringValue })
            == Set(input.fields.filter { !inPath.contains($0.name) }.map(\.json)))
      }
      let security = operation["security"]?.arrayValue
      #expect(rule.isPublic == (security?.contains([:]) ?? false), "\(rule.rpc)")
      if !rule.isPublic { #expect(operation["responses"]?["401"] != nil) }
    }
  }

  @Test func everyAnswerSchemaSaysThatAllFieldsArePresent() throws {
    for rule in HTTPRule.all {
      let schema = try #require(document.value(at: ["components", "schemas", rule.output]))
      let shape = try #require(MessageShape.all[rule.output])
      let required = schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
      #expect(required == shape.fields.map(\.json), "\(rule.output)")
    }
  }
}
