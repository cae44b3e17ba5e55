/// How a scalar is written.
package enum YAMLScalarStyle: Sendable, Hashable {
  case plain
  case singleQuoted
  case doubleQuoted
  case literal
  case folded

  /// `|` or `>`.
  package var isBlock: Bool { self == .literal || self == .folded }
}

/// The scalars and comments of a YAML text, each with the bytes that spell it, in the order of the text.
///
/// libYAML says where the scalars stand. It drops comments, but outside of scalars a `#` can be nothing
/// else: neither indicators nor the names of anchors and tags hold one.
package struct YAMLOutline: Sendable, Hashable {
  /// One scalar; one that is absent, as after `key:`, is left out.
  package struct Scalar: Sendable, Hashable {
    /// Quotes included, without anchor and tag.
    package var span: Range<Int>
    package var style: YAMLScalarStyle
    /// What it says.
    package var text: String
    /// Lines count from 1.
    package var startLine: Int
    package var endLine: Int
    /// It is a key, or a part of one.
    package var isKey: Bool
    package var isTagged: Bool
    package var isInFlow: Bool
  }

  /// One comment, from its `#` up to the end of the line.
  package struct Comment: Sendable, Hashable {
    package var span: Range<Int>
    package var line: Int
    /// Nothing but blanks is before it on its line.
    package var isAlone: Bool
  }

  package private(set) var scalars: [Scalar] = []
  package private(set) var comments: [Comment] = []
  /// Lines that hold an alias, `*name`.
  package private(set) var aliasLines: Set<Int> = []

  /// - Throws: ``YAMLEditError/notYAML(_:)``.
  package init(_ bytes: [UInt8]) throws(YAMLEditError) {
    do throws(YAMLSyntaxError) {
      let lines = Lines(bytes)
      try readScalars(bytes, lines)
      findComments(bytes, lines)
    } catch {
      throw .notYAML("line \(error.position.line): \(error.problem)")
    }
  }

  private struct Frame {
    var isMapping: Bool
    var isFlow: Bool
    /// The collection is a key, or a part of one.
    var isKey: Bool
    var isAtKey = true
  }

  private mutating func readScalars(_ bytes: [UInt8], _ lines: Lines) throws(YAMLSyntaxError) {
    let events = try YAMLEvents(bytes)
    let offsets = YAMLLayout.offsets(bytes)
    func offset(_ index: Int) -> Int { offsets[min(max(index, 0), offsets.count - 1)] }
    var frames: [Frame] = []
    /// Whether the node that begins is a key; the next one then is the value.
    func step() -> Bool {
      guard let last = frames.last else { return false }
      guard last.isMapping else { return last.isKey }
      frames[frames.count - 1].isAtKey.toggle()
      return last.isAtKey || last.isKey
    }
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamEnd: return
      case .alias:
        _ = step()
        aliasLines.insert(lines.line(of: offset(event.start)))
      case .sequenceStart(let isFlow): frames.append(Frame(isMapping: false, isFlow: isFlow, isKey: step()))
      case .mappingStart(let isFlow): frames.append(Frame(isMapping: true, isFlow: isFlow, isKey: step()))
      case .sequenceEnd, .mappingEnd: frames.removeLast()
      case .scalar(let scalar):
        let isKey = step()
        let end = offset(event.end)
        let start = YAMLSpelling.propertiesEnd(bytes[min(offset(event.start), end)..<end])
        guard start < end else { continue }
        scalars.append(
          Scalar(
            span: start..<end, style: scalar.style, text: scalar.text, startLine: lines.line(of: start),
            endLine: lines.line(of: end - 1), isKey: isKey, isTagged: scalar.tag != nil,
            isInFlow: frames.last?.isFlow ?? false))
      case .streamStart, .documentStart, .documentEnd: continue
      }
    }
  }

  private mutating func findComments(_ bytes: [UInt8], _ lines: Lines) {
    var position = YAMLEvents.markLength(bytes)
    func scan(to end: Int) {
      while position < end {
        guard bytes[position] == UInt8(ascii: "#") else {
          position += 1
          continue
        }
        let line = lines.line(of: position)
        let isAlone = bytes[lines.start(of: line)..<position].allSatisfy { $0 == 0x20 || $0 == 0x09 }
        let start = position
        position = max(lines.end(of: line), start + 1)
        comments.append(Comment(span: start..<position, line: line, isAlone: isAlone))
      }
    }
    for scalar in scalars {
      scan(to: scalar.span.lowerBound)
      // Beside a block's indicator there may be a comment.
      if scalar.style.isBlock { scan(to: min(lines.end(of: scalar.startLine), scalar.span.upperBound)) }
      position = max(position, scalar.span.upperBound)
    }
    scan(to: bytes.count)
  }

  /// Where lines begin and end; YAML 1.1 also breaks them at U+0085, U+2028 and U+2029.
  private struct Lines {
    private var starts: [Int]
    private var ends: [Int] = []

    init(_ bytes: [UInt8]) {
      var index = YAMLEvents.markLength(bytes)
      starts = [index]
      while index < bytes.count {
        let length = Self.breakLength(bytes, index)
        if length > 0 {
          ends.append(index)
          starts.append(index + length)
        }
        index += max(length, 1)
      }
      ends.append(bytes.count)
    }

    private static func breakLength(_ bytes: [UInt8], _ index: Int) -> Int {
      func byte(_ offset: Int) -> UInt8? { index + offset < bytes.count ? bytes[index + offset] : nil }
      switch bytes[index] {
      case 0x0A: return 1
      case 0x0D: return byte(1) == 0x0A ? 2 : 1
      case 0xC2: return byte(1) == 0x85 ? 2 : 0
      case 0xE2: return byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9) ? 3 : 0
      default: return 0
      }
    }

    /// The line that a byte is on, from 1.
    func line(of offset: Int) -> Int {
      var (low, high) = (0, starts.count)
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if starts[middle] <= offset { low = middle } else { high = middle }
      }
      return low + 1
    }

    func start(of line: Int) -> Int { starts[line - 1] }
    /// Before its break.
    func end(of line: Int) -> Int { ends[line - 1] }
  }
}
