import CHeapUse
import CWGEAllocations
import Foundation
import WGEWorkloads

// Absolute times say more about the machine than about the code; ratios against a peer that ran in
// the same minute are worth comparing. Workload and peer therefore take turns, and who goes first
// changes with every turn.
//
// Usage: wge-ratios [words that the workload's name must contain]

let clock = ContinuousClock()

/// The time of one run, averaged over the workload's repetitions.
func measure(_ body: Workload.Body, repetitions: Int) async throws -> Duration {
  let start = clock.now
  for _ in 0..<repetitions { try await body() }
  return (clock.now - start) / repetitions
}

func median<T: Comparable>(_ values: [T]) -> T { values.sorted()[values.count / 2] }

/// In milliseconds, or below one in nanoseconds.
func text(_ duration: Duration) -> String {
  if duration < .milliseconds(1) { return "\(Int((duration / .nanoseconds(1)).rounded())) ns" }
  let microseconds = (duration / .microseconds(1)).rounded()
  return "\(microseconds / 1000) ms"
}

func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

/// The most that this process held in memory while a body ran, and how much more that was than it held before, in KiB;
/// nil where the system does not tell.
func peakMemory(_ body: Workload.Body) async throws -> (peak: Int, growth: Int)? {
  // What earlier work freed and the allocator kept is not this body's.
  heap_give_back()
  // Forgets the peak of what ran before.
  guard let file = fopen("/proc/self/clear_refs", "w") else { return nil }
  fputs("5", file)
  fclose(file)
  guard let before = memory("VmRSS:") else { return nil }
  try await body()
  return memory("VmHWM:").map { ($0, max($0 - before, 0)) }
}

/// A line of the process's status, in KiB.
private func memory(_ name: String) -> Int? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
  return status.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: " ").dropFirst().first
    .flatMap { Int($0) }
}

func report(_ workload: Workload) async throws {
  try await workload.body()
  try await workload.peer?.body()
  var ours: [Duration] = []
  var theirs: [Duration] = []
  let end = clock.now + .seconds(3)
  // At least five turns, however slow; odd numbers have a median.
  while ours.count < 5 || (clock.now < end && ours.count < 201) || ours.count % 2 == 0 {
    if let peer = workload.peer, ours.count % 2 == 1 {
      theirs.append(try await measure(peer.body, repetitions: workload.repetitions))
    }
    ours.append(try await measure(workload.body, repetitions: workload.repetitions))
    if let peer = workload.peer, theirs.count < ours.count {
      theirs.append(try await measure(peer.body, repetitions: workload.repetitions))
    }
  }
  let before = wge_allocations()
  try await workload.body()
  let allocations = wge_allocations() - before
  var line = "\(workload.name): median \(text(median(ours))) (\(ours.count) turns)"
  if before >= 0 { line += ", \(allocations) allocations" }
  if let (peak, growth) = try await peakMemory(workload.body) {
    line += ", at most \(peak >> 10) MiB resident, \(growth >> 10) MiB more than before"
  }
  if let peer = workload.peer {
    let ratios = zip(ours, theirs).map { $0 / $1 }
    line += "; \(peer.name): \(text(median(theirs))); ratio \(hundredths(median(ratios)))"
    line += " (\(hundredths(ratios.min() ?? 0))...\(hundredths(ratios.max() ?? 0))), below 1 is faster than the peer"
  }
  print(line)
}

let words = CommandLine.arguments.dropFirst()
do {
  for workload in try Workload.all() where words.allSatisfy({ workload.name.contains($0) }) {
    do { try await report(workload) } catch {
      try? await workload.cleanUp()
      throw error
    }
    try await workload.cleanUp()
  }
} catch {
  FileHandle.standardError.write(Data("wge-ratios: \(error)\n".utf8))
  exit(1)
}
