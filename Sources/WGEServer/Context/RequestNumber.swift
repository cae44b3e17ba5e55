#if Server
  /// Names for requests: nobody can guess them, so nobody can look for another's in a log.
  enum RequestNumber {
    static func next() -> String {
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
  }
#endif
