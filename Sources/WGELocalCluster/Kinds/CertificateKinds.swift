internal import WGECore

/// Certificate signing requests: stored and approved; nothing signs them.
/// Source: k8s.io/kubernetes, apis/certificates: defaults, strategy and validation.
enum CertificateKinds {
  static let usages = [
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
    "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
    "server auth", "signing", "timestamping",
  ]

  static let signingRequest: Behaviour = {
    var behaviour = Behaviour()
    behaviour.name = .pathSegment
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.stamp = { json, user in
      for member in user.json.objectValue ?? JSONObject() { json.setValue(member.value, at: ["spec", member.key]) }
    }
    behaviour.prepareForUpdate = { json, old in
      // What was asked for stays as it was asked.
      json["spec"] = old["spec"]
    }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors: [FieldError] = []
      let given = spec["usages"]?.arrayValue ?? []
      let request = (spec["request"]?.stringValue).flatMap { Base64.decode($0) } ?? []
      if !String(decoding: request, as: UTF8.self).hasPrefix("-----BEGIN CERTIFICATE REQUEST-----") {
        errors.append(
          .invalid(
            "spec.request", RawText(request.isEmpty ? "null" : spec["request"].map(\.description) ?? "null"),
            "PEM block type must be CERTIFICATE REQUEST"))
      }
      if given.isEmpty { errors.append(.required("spec.usages")) }
      let signer = spec["signerName"]?.stringValue ?? ""
      if signer.isEmpty {
        errors.append(.required("spec.signerName"))
      } else if signer.split(separator: "/", omittingEmptySubsequences: false).count != 2 {
        errors.append(
          .invalid(
            "spec.signerName", signer, "must be a fully qualified domain and path of the form 'example.com/signer-name'"
          ))
      }
      if let seconds = spec["expirationSeconds"]?.intValue, seconds < 600 {
        errors.append(
          .invalid(
            "spec.expirationSeconds", .number(.int(seconds)),
            "may not specify a duration less than 600 seconds (10 minutes)"
          ))
      }
      for (index, usage) in given.enumerated() where !usages.contains(usage.stringValue ?? "") {
        errors.append(.notSupported("spec.usages[\(index)]", usage, usages))
      }
      for (index, usage) in given.enumerated() where given[..<index].contains(usage) {
        errors.append(.duplicate("spec.usages[\(index)]", usage))
      }
      return errors
    }
    behaviour.selectableFields = [
      SelectableField(name: "spec.signerName") { $0["spec"]?["signerName"]?.stringValue ?? "" }
    ]
    return behaviour
  }()
}
