internal import WGECore

// Setting versions in files that people wrote.
//
// The promise: of the whole file only the bytes of marked scalars change. The way: parse the file;
// find its scalars and comments, to the byte; attach each marker of ours to
// the one scalar on its line, or directly below it when it is alone on its line; replace the bytes;
// parse the result and compare it with the first: exactly the marked places must have changed, to
// exactly the revision. If anything is not so, nothing is changed and the reason is said.

/// Sets the scalars that a ``PromotionMarker`` marks.
public enum MarkerEditor {
  /// What came of a file.
  public struct Result: Sendable, Hashable {
    /// The whole file; the input when nothing was to be changed.
    public var bytes: [UInt8]
    /// How many scalars bear the marker.
    public var markers: Int
    /// How many of them had another value.
    public var edits: Int
    /// Lines of markers for this environment that no scalar is on or below.
    public var unattachedLines: [Int]
  }

  /// Whether the bytes may hold a marker at all, of whatever pipeline.
  public static func mayHoldMarker(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= PromotionMarker.token.count else { return false }
    return String(decoding: bytes, as: UTF8.self).utf8.firstRange(of: PromotionMarker.token) != nil
  }

  /// Sets every scalar that bears the marker to the revision.
  /// - Throws: ``MarkerError``. The file is then to be left as it is.
  public static func edit(
    _ bytes: [UInt8], marker: PromotionMarker, revision: String
  ) throws(MarkerError) -> Result {
    if let problem = PipelineValidation.problem(inRevision: revision) { throw .revision(problem) }
    guard mayHoldMarker(bytes) else { return Result(bytes: bytes, markers: 0, edits: 0, unattachedLines: []) }
    guard bytes.count <= PipelineDefaults.markerFileBytes else { throw .tooLarge(bytes.count) }
    let before = try documents(bytes)
    let scan: YAMLOutline
    do { scan = try YAMLOutline(bytes) } catch { throw .notYAML("\(error)") }

    let attached = try attach(marker, scan, bytes)
    var edited = bytes
    var edits = 0
    for scalar in attached.scalars.reversed() {
      guard
        let new = YAMLScalarText.spelling(
          of: revision, like: scalar.style, isTagged: scalar.isTagged, inFlow: scalar.isInFlow)
      else { continue }
      let isSame = scalar.text == revision
      let wasText = scalar.style != .plain || scalar.isTagged || !YAMLResolution.isNotText(revision)
      if isSame && wasText { continue }
      edited.replaceSubrange(scalar.span, with: new)
      edits += 1
    }
    if edits > 0 {
      try verify(
        before, try documents(edited), edits: edits, hasAliases: !scan.aliasLines.isEmpty, revision: revision)
    }
    return Result(
      bytes: edited, markers: attached.scalars.count, edits: edits, unattachedLines: attached.unattachedLines)
  }

  // MARK: Attaching

  /// The scalars that markers of ours are on or above, in the order of the file, each once.
  private static func attach(
    _ marker: PromotionMarker, _ scan: YAMLOutline, _ bytes: [UInt8]
  ) throws(MarkerError) -> (scalars: [YAMLOutline.Scalar], unattachedLines: [Int]) {
    var found: [Int: YAMLOutline.Scalar] = [:]
    var unattached: [Int] = []
    let ours = scan.comments.filter { PromotionMarker(comment: bytes[$0.span]) == marker }
    guard !ours.isEmpty else { return ([], []) }
    let values = scan.scalars.filter { !$0.isKey }
    let byStart = Dictionary(grouping: values, by: \.startLine)
    let byEnd = Dictionary(grouping: values, by: \.endLine)
    for comment in ours {
      let line = comment.isAlone ? comment.line + 1 : comment.line
      var candidates = byStart[line, default: []].filter { $0.style.isBlock }
      candidates +=
        comment.isAlone
        ? byStart[line, default: []].filter { !$0.style.isBlock }
        : byEnd[line, default: []].filter { !$0.style.isBlock && $0.span.upperBound <= comment.span.lowerBound }
      let aliases = scan.aliasLines.contains(line)
      guard let scalar = candidates.first else {
        if aliases { throw .unsupported(line: line, "the marked value is an alias: mark the anchored value instead") }
        unattached.append(comment.line)
        continue
      }
      if candidates.count > 1 || aliases {
        throw .unsupported(line: line, "several values stand on the marker's line: give the version a line of its own")
      }
      if scalar.style.isBlock {
        throw .unsupported(line: line, "the marked value is a block scalar: write it as a plain or quoted one")
      }
      found[scalar.span.lowerBound] = scalar
    }
    return (found.values.sorted { $0.span.lowerBound < $1.span.lowerBound }, unattached)
  }

  // MARK: Verifying

  private static func documents(_ bytes: [UInt8]) throws(MarkerError) -> [JSON] {
    do { return try YAML.parse(bytes) } catch { throw .notYAML("\(error)") }
  }

  /// The places that changed are those that were meant to, and as they were meant to. Through
  /// aliases one scalar may stand in several places.
  private static func verify(
    _ before: [JSON], _ after: [JSON], edits: Int, hasAliases: Bool, revision: String
  ) throws(MarkerError) {
    var changed = 0
    let isSame = before.count == after.count && zip(before, after).allSatisfy { differs($0, $1, revision, &changed) }
    let isCounted = hasAliases ? changed >= edits : changed == edits
    guard isSame, isCounted else {
      throw .unverified("setting the marked values would have changed something else")
    }
  }

  /// Counts leaves that became the revision; false when anything else is different.
  private static func differs(_ old: JSON, _ new: JSON, _ revision: String, _ changed: inout Int) -> Bool {
    switch (old, new) {
    case (.object(let old), .object(let new)):
      guard old.count == new.count else { return false }
      return zip(old, new).allSatisfy { $0.key == $1.key && differs($0.value, $1.value, revision, &changed) }
    case (.array(let old), .array(let new)):
      guard old.count == new.count else { return false }
      return zip(old, new).allSatisfy { differs($0, $1, revision, &changed) }
    case (.object, _), (.array, _), (_, .object), (_, .array): return false
    default:
      if old == new { return true }
      changed += 1
      return new == .string(revision)
    }
  }
}

/// Why the markers of a file cannot be set.
public enum MarkerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file cannot be read as YAML, a template for instance. It may or may not bear our marker.
  case notYAML(String)
  /// The file bears our marker at a place that cannot be set.
  case unsupported(line: Int, String)
  /// The edit would have changed more than the marked values.
  case unverified(String)
  /// The file is larger than ``PipelineDefaults/markerFileBytes``.
  case tooLarge(Int)
  /// The revision cannot be written into a file.
  case revision(String)

  /// The file as a whole is not looked at, so that nobody knows whether it bears our marker.
  var isAboutWholeFile: Bool {
    switch self {
    case .notYAML, .tooLarge: true
    case .unsupported, .unverified, .revision: false
    }
  }

  /// A sentence fragment that follows the file's name.
  public var description: String {
    switch self {
    case .notYAML(let problem): "cannot be read as YAML: \(problem)"
    case .unsupported(let line, let problem): "line \(line): \(problem)"
    case .unverified(let problem): problem
    case .tooLarge(let count): "has \(count) bytes, more than \(PipelineDefaults.markerFileBytes)"
    case .revision(let problem): problem
    }
  }
}
