/// Floats as Go's strconv writes them.
package enum GoFloatText {
  /// Format 'g' with the shortest precision, which `%v` uses: an exponent below 1e-4 and from `limit` digits on.
  package static func general(_ value: Double, limit: Int = 6, into out: inout [UInt8]) {
    guard value.isFinite else {
      out.append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf").utf8)
      return
    }
    layOut(FloatDigits(shortest: value.description), limit: limit, into: &out)
  }

  package static func general(_ value: Float, limit: Int = 6, into out: inout [UInt8]) {
    guard value.isFinite else { return general(Double(value), into: &out) }
    layOut(FloatDigits(shortest: value.description), limit: limit, into: &out)
  }

  private static func layOut(_ digits: FloatDigits, limit: Int, into out: inout [UInt8]) {
    let exponent = digits.digits.isEmpty ? 0 : digits.point - 1
    if exponent < -4 || exponent >= limit {
      digits.scientific(UInt8(ascii: "e"), into: &out)
    } else {
      digits.positional(into: &out)
    }
  }

  package static func general(_ value: Double) -> String {
    var out: [UInt8] = []
    general(value, into: &out)
    return String(decoding: out, as: UTF8.self)
  }
}
