internal import CHeapUse
internal import Foundation
internal import Synchronization

/// What the operating system says.
enum Machine {
  /// Running and waiting processes over 1, 5 and 15 minutes, and the cores they share.
  static var load: String {
    let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? "unknown"
    let words = text.split(separator: " ").prefix(3).joined(separator: " ")
    return "\(words) on \(ProcessInfo.processInfo.activeProcessorCount) cores"
  }

  /// A field of a process's status in KiB; 0 when it is gone.
  static func memory(_ process: Int32, _ field: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") where line.hasPrefix(field + ":") {
      return Int(line.filter(\.isNumber)) ?? 0
    }
    return 0
  }

  static func processorSeconds(_ process: Int32) -> Double {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    // The name, which may hold spaces, ends with the last parenthesis.
    guard let end = text.lastIndex(of: ")") else { return 0 }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
    return (user + system) / 100
  }

  /// Bytes that this process has allocated and not freed.
  static var heap: Int { Int(clamping: heap_use()) }
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  var value: Value { mutex.withLock { $0 } }

  func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { mutex.withLock { body(&$0) } }
}

func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
