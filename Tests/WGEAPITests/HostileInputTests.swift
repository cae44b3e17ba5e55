import SwiftProtobuf
import Testing
import WGEAPI
import WGECore
import WGETestSupport

/// Damages good input at random: nothing may trap, and whatever is refused is refused as invalid.
@Suite struct HostileInputTests {
  static let alphabet = Array(#"{}[]":,\/%+&=.0123456789eE-tfnul "#.utf8) + [0, 0x0D, 0x0A, 0x7F, 0x80, 0xC3, 0xFF]

  func damage(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let at = Int.random(in: 0...bytes.count, using: &generator)
      let byte = Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &generator)]
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.insert(byte, at: at)
      case 1 where at < bytes.count: bytes.remove(at: at)
      case 2 where at < bytes.count: bytes[at] = byte
      default: bytes.insert(contentsOf: bytes[at...].prefix(8), at: at)
      }
    }
    return bytes
  }

  @Test(arguments: UInt64(1)...8)
  func bodies(seed: UInt64) async {
    var generator = SeededGenerator(seed: seed)
    let good = Array(
      #"{"namespace":"n","env":"prod","revision":"1.2.3","comment":"é","x":{"y":[1,2.5e3,null,true]}}"#.utf8)
    let endpoint = endpoint { _, _ in .init() }
    for _ in 0..<500 {
      let body = damage(good, &generator)
      do throws(APIStatus) {
        _ = try await endpoint.answer(path: ["name": "p"], query: [], body: body, call: caller)
      } catch {
        #expect(error.code == .invalidArgument, "seed \(seed): \(error) for \(body)")
      }
    }
  }

  @Test(arguments: UInt64(1)...8)
  func queriesAndPaths(seed: UInt64) async {
    var generator = SeededGenerator(seed: seed)
    let endpoint = UnaryEndpoint<
      ClusterServices_V1_ListGitopsClustersRequest, ClusterServices_V1_ListGitopsClustersResponse
    >("cluster_services.v1.ClustersService/ListGitopsClusters") { _, _ in .init() }
    for _ in 0..<500 {
      let text = String(
        decoding: damage(Array("label=a%3Db&pageSize=10&pageToken=x%2Fy&refType=Secret".utf8), &generator),
        as: UTF8.self)
      if let query = PercentEncoding.decodeQuery(text) {
        do throws(APIStatus) {
          _ = try await endpoint.answer(path: [:], query: query, body: [], call: caller)
        } catch {
          #expect(error.code == .invalidArgument, "seed \(seed): \(error) for \(text)")
        }
      }
      let path = String(decoding: damage(Array("/v1/pipelines/a%2Fb/%c3%a9".utf8), &generator), as: UTF8.self)
      for segment in RequestPath(path)?.segments ?? [] {
        #expect(!segment.isEmpty && segment != "." && segment != "..", "seed \(seed): \(path)")
      }
    }
  }
}
