import Testing
import WGECore
import WGETestSupport

@Suite struct QuantityTests {
  @Test(
    arguments: [
      ("0", "0"), ("0Ki", "0"), ("-0", "0"), ("1", "1"), ("+1", "1"), ("-1", "-1"), ("100m", "100m"), ("1000m", "1"),
      ("0.5", "500m"), (".5", "500m"), ("5.", "5"), ("1500m", "1500m"), ("1.5Gi", "1536Mi"), ("1024Mi", "1Gi"),
      ("1024", "1024"), ("1Ki", "1Ki"), ("1025Ki", "1025Ki"), ("0.5Ki", "512"), ("512Ki", "512Ki"), ("1000k", "1M"),
      ("1000000000", "1G"), ("12e6", "12e6"), ("12E6", "12e6"), ("1e3", "1e3"), ("1500e-3", "1500e-3"),
      ("100e-1", "10"),
      ("1e0", "1"), ("1E", "1E"), ("2Ei", "2Ei"), ("1n", "1n"), ("0.1n", "1n"), ("1.1n", "2n"), ("-0.1n", "-1n"),
      ("0.0000000001", "1n"), ("123456789u", "123456789u"), ("123456789000u", "123456789m"), ("0.001Ki", "1024m"),
      ("1.0000000000000000000000000001Ki", "1024000000001n"), ("9223372036854775807", "9223372036854775807"),
      ("1e-100", "1e-9"), ("0e1000", "0"), ("0e-1000", "0"), ("00012", "12"),
      ("1.999999999999Ei", "2305843009212541030495393154n"),
      ("100000E", "100000E"),
    ] as [(String, String)])
  func printsCanonically(text: String, canonical: String) throws {
    let quantity = try Quantity(parsing: text)
    #expect(quantity.description == canonical)
    #expect(try Quantity(parsing: quantity.description) == quantity)
  }

  @Test(arguments: [
    "", "-", "+", ".", "Ki", "1.2.3", "1ki", "1K", "1Mib", "1 Gi", " 1", "1e", "1e1.5", "1ee3", "--1", "1e99999", "٣",
    "1000000000000E", "1e1000", "100000000000000000000000000000000000000000", "999999999999Ei", "0x1", "1_0", "NaN",
  ])
  func refuses(text: String) { #expect(throws: QuantityParseError.self) { try Quantity(parsing: text) } }

  @Test func comparesByValue() throws {
    #expect(try Quantity(parsing: "1000m") == Quantity(1))
    #expect(try Quantity(parsing: "1Gi") > Quantity(parsing: "1G"))
    #expect(try Quantity(parsing: "-1") < Quantity(parsing: "1n"))
    #expect(try Set([Quantity(parsing: "1"), Quantity(parsing: "1e0"), Quantity(parsing: "1000m")]).count == 1)
  }

  @Test func computes() throws {
    #expect(try Quantity(parsing: "100m").adding(Quantity(parsing: "1.9"))?.description == "2")
    #expect(try Quantity(parsing: "1Gi").subtracting(Quantity(parsing: "1Mi"))?.description == "1023Mi")
    #expect(try Quantity(0).adding(Quantity(parsing: "1Ki"))?.description == "1Ki")
    #expect(try Quantity(parsing: "50000000000E").adding(Quantity(parsing: "50000000000E")) == nil)
    #expect(try Quantity(parsing: "1001m").value == 2)
    #expect(try Quantity(parsing: "-1001m").value == -2)
    #expect(try Quantity(parsing: "1u").milliValue == 1)
    #expect(try Quantity(parsing: "1000E").value == .max)
    #expect(Quantity(milli: 250).description == "250m")
    #expect(Quantity(0).isZero)
  }

  @Test func codes() throws {
    #expect(try ("1.5Gi" as JSON).decode(Quantity.self).description == "1536Mi")
    #expect(try (2 as JSON).decode(Quantity.self) == Quantity(2))
    #expect(try JSON(parsing: "0.1").decode(Quantity.self).description == "100m")
    #expect(try JSON(encoding: Quantity(parsing: "1000m")) == "1")
    let error = #expect(throws: JSONDecodingError.self) { try (["cpu": "x"] as JSON).decode([String: Quantity].self) }
    #expect(error?.path == "cpu")
  }

  @Test func randomTextNeverTraps() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<20_000 { Self.checkRandomText(&random) }
  }

  static func checkRandomText(_ random: inout SeededGenerator, _ comment: Comment? = nil) {
    let pieces = [
      "0", "1", "9", "99999999999", ".", "-", "+", "e", "E", "Ki", "Ei", "n", "m", "u", "k", "000000000000",
    ]
    let text = (0..<random.below(7)).map { _ in pieces[random.below(pieces.count)] }.joined()
    guard let quantity = try? Quantity(parsing: text) else { return }
    #expect((try? Quantity(parsing: quantity.description)) == quantity, comment ?? "\(text)")
    _ = quantity.adding(quantity)?.adding(quantity)
  }
}
