import Foundation

/// A process that a test kills or stops.
///
///     wge-victim store FILE WRITERS [BYTES]
///     wge-victim stand KUBECONFIG NAMESPACE IDENTITY
@main struct Victim {
  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      if arguments.count >= 3, arguments[0] == "store", let writers = Int(arguments[2]) {
        let limit = arguments.count > 3 ? UInt64(arguments[3]) : nil
        try await StorageWriter(file: arguments[1], writers: writers, limit: limit).run()
      } else if arguments.count == 4, arguments[0] == "stand" {
        try await Candidate(kubeconfig: arguments[1], namespace: arguments[2], identity: arguments[3]).run()
      } else {
        report("usage: wge-victim store FILE WRITERS [BYTES] | stand KUBECONFIG NAMESPACE IDENTITY")
        exit(2)
      }
    } catch {
      report("error \(error)")
      exit(1)
    }
  }
}

/// One write system call: lines of several tasks do not mix.
func report(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
