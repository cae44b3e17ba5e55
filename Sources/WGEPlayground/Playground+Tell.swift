#if Server
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif

  extension Playground {
    /// Prints a line that is seen at once, also by a program that reads it through a pipe.
    public static func tell(_ text: String) {
      print(text)
      fflush(nil)
    }
  }
#endif
