import Foundation
import SwiftASN1
import Testing
import WGECore
import WGEGoTemplate
import WGESprigCrypto
import X509

@Suite struct CertificateTests {
  private func render(_ text: String) throws -> String {
    try Template(text, name: "t", options: TemplateOptions(functions: .sprig().merging(.sprigCrypto())))
      .render(.object([:]))
  }

  /// What a template printed as `CERT|KEY|CERT|KEY...`.
  private func parts(_ text: String) throws -> [String] {
    try render(text).split(separator: "|").map(String.init)
  }

  private func isSigned(_ certificate: Certificate, by issuer: Certificate) -> Bool {
    issuer.publicKey.isValidSignature(certificate.signature, for: certificate)
  }

  @Test func issuesChains() throws {
    let parts = try parts(
      #"""
      {{$ca := genCA "ca" 10}}{{$c := genSignedCert "x" (list "10.0.0.1" "::1") (list "x.example" "*.y") 5 $ca -}}
      {{$ca.Cert}}|{{$ca.Key}}|{{$c.Cert}}|{{$c.Key}}
      """#)
    let (authority, leaf) = (try Certificate(pemEncoded: parts[0]), try Certificate(pemEncoded: parts[2]))
    #expect(isSigned(authority, by: authority))
    #expect(isSigned(leaf, by: authority))
    #expect(leaf.issuer == authority.subject)
    #expect(leaf.subject.description == "CN=x")
    #expect(try authority.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: nil))
    #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
    #expect(
      try authority.extensions.keyUsage
        == KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: true))
    #expect(try leaf.extensions.keyUsage == KeyUsage(digitalSignature: true, keyEncipherment: true))
    #expect(try leaf.extensions.extendedKeyUsage == ExtendedKeyUsage([.serverAuth, .clientAuth]))
    #expect(
      try leaf.extensions.authorityKeyIdentifier?.keyIdentifier
        == authority.extensions.subjectKeyIdentifier?.keyIdentifier)
    #expect(
      Array(try #require(try leaf.extensions.subjectAlternativeNames)) == [
        .dnsName("x.example"), .dnsName("*.y"), .ipAddress(ASN1OctetString(contentBytes: [10, 0, 0, 1])),
        .ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
      ])
    #expect(leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore) == 5 * 86_400)
    #expect(try Certificate.PrivateKey(pemEncoded: parts[3]).publicKey == leaf.publicKey)
    #expect(parts[3].hasPrefix("-----BEGIN RSA PRIVATE KEY-----\n"))
  }

  @Test(arguments: ["ecdsa", "ed25519"])
  func takesKeys(_ type: String) throws {
    let parts = try parts(
      #"""
      {{$k := genPrivateKey "\#(type)"}}{{$ca := genCAWithKey "ca" 1 $k -}}
      {{$s := genSelfSignedCertWithKey "s" nil (list "s") 1 $k -}}
      {{$c := genSignedCertWithKey "c" nil nil 1 $ca $k}}{{$k}}|{{$ca.Cert}}|{{$ca.Key}}|{{$s.Cert}}|{{$c.Cert}}|
      {{- $b := buildCustomCert (b64enc $c.Cert) (b64enc $c.Key)}}{{$b.Cert}}|{{$b.Key}}
      """#)
    #expect(parts[0] == parts[2])
    let authority = try Certificate(pemEncoded: parts[1])
    let own = try Certificate(pemEncoded: parts[3])
    #expect(isSigned(own, by: own))
    #expect(isSigned(try Certificate(pemEncoded: parts[4]), by: authority))
    #expect(parts[5] == parts[4] && parts[6] == parts[2])
  }

  @Test func refusesWithTheReason() throws {
    for (text, message) in [
      (#"{{genCAWithKey "a" 1 "x"}}"#, "parsing private key: no PEM data in input"),
      (#"{{genSelfSignedCert "a" (list 1) nil 1}}"#, "error parsing ip: 1 is not a string"),
      (#"{{genSelfSignedCert "a" (list "10.0.0.256") nil 1}}"#, "error parsing ip: 10.0.0.256"),
      (#"{{genSelfSignedCert "a" nil (list 1) 1}}"#, "error processing alternate dns name: 1 is not a string"),
      (#"{{buildCustomCert "YQ==" "!!"}}"#, "unable to decode base64 private key"),
      (#"{{buildCustomCert "YQ==" "YQ=="}}"#, "unable to decode certificate"),
      (#"{{genPrivateKey "dsa"}}"#, "DSA keys are not supported; use rsa, ecdsa or ed25519"),
      (#"{{genCAWithKey "a" 9223372036854775807 (genPrivateKey "ecdsa")}}"#, "out of the calendar"),
    ] {
      let error = #expect(throws: TemplateError.self) { try render(text) }
      #expect("\(error.map { "\($0)" } ?? "")".contains(message))
    }
    #expect(try render(#"{{genPrivateKey "x"}}"#) == "Unknown type x")
  }
}
