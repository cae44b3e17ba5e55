/// Digits of whole numbers.
package enum GoDecimal {
  package static func append(_ value: UInt64, to out: inout [UInt8]) {
    if value < 10 {
      out.append(0x30 | UInt8(value))
      return
    }
    let start = out.count
    var rest = value
    while rest > 0 {
      out.append(0x30 | UInt8(rest % 10))
      rest /= 10
    }
    out[start...].reverse()
  }

  package static func append(_ value: Int, to out: inout [UInt8]) {
    if value < 0 { out.append(0x2D) }
    append(UInt64(value.magnitude), to: &out)
  }
}
