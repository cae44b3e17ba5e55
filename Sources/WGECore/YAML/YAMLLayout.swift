/// Where the nodes of a YAML text stand, in bytes.
struct YAMLLayout {
  /// A node and the bytes of its value, without its anchor and tag.
  struct Node {
    indirect enum Kind {
      case scalar(YAMLScalarStyle)
      case alias
      case sequence([Node])
      case mapping([(key: String?, value: Node)])
    }

    var kind: Kind
    var range: Range<Int>
    var anchor: String?

    func child(_ step: YAMLEditor.Step) -> Node? {
      switch (kind, step) {
      case (.mapping(let members), .key(let key)): members.first { $0.key == key }?.value
      case (.sequence(let elements), .index(let index)): elements.indices.contains(index) ? elements[index] : nil
      default: nil
      }
    }
  }

  struct Document {
    /// Of its marker, or of its content when it has none.
    var start: Int
    /// It begins with a marker.
    var isExplicit: Bool
    var root: Node
  }

  private(set) var documents: [Document] = []
  /// The file's: that of its first line.
  let lineBreak: [UInt8]

  /// - Throws: ``YAMLEditError/notYAML(_:)``, also for nesting that YAML texts of people do not have.
  init(_ bytes: [UInt8]) throws(YAMLEditError) {
    let first = bytes.firstIndex(of: UInt8(ascii: "\n"))
    let isWindows = first.map { $0 > 0 && bytes[$0 - 1] == UInt8(ascii: "\r") } ?? false
    lineBreak = isWindows ? Array("\r\n".utf8) : Array("\n".utf8)
    do throws(YAMLSyntaxError) {
      var reader = Reader(events: try YAMLEvents(bytes), offsets: Self.offsets(bytes))
      while let document = try reader.document() { documents.append(document) }
    } catch {
      throw .notYAML("line \(error.position.line): \(error.problem)")
    }
  }

  /// libYAML counts characters; where each begins in the bytes, and the end.
  static func offsets(_ bytes: [UInt8]) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(bytes.count + 1)
    let start = YAMLEvents.markLength(bytes)
    for index in bytes.indices.dropFirst(start) where bytes[index] & 0xC0 != 0x80 { result.append(index) }
    result.append(bytes.count)
    return result
  }

  private struct Reader {
    let events: YAMLEvents
    let offsets: [Int]

    func offset(_ index: Int) -> Int { offsets[min(max(index, 0), offsets.count - 1)] }

    mutating func document() throws(YAMLSyntaxError) -> Document? {
      while true {
        let event = try events.next()
        switch event.kind {
        case .streamEnd: return nil
        case .documentStart:
          let root = try node(try events.next(), depth: 0)
          return Document(start: offset(event.start), isExplicit: event.end > event.start, root: root)
        default: continue
        }
      }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLSyntaxError) -> Node {
      guard depth <= 256 else { throw YAMLSyntaxError(problem: "nested too deeply", position: event.position) }
      let start = offset(event.start)
      var end = offset(event.end)
      let kind: Node.Kind
      switch event.kind {
      case .scalar(let scalar): kind = .scalar(scalar.style)
      case .alias: kind = .alias
      case .sequenceStart:
        var elements: [Node] = []
        while true {
          let next = try events.next()
          if case .sequenceEnd = next.kind {
            end = offset(next.end)
            break
          }
          elements.append(try node(next, depth: depth + 1))
        }
        kind = .sequence(elements)
      case .mappingStart:
        var members: [(key: String?, value: Node)] = []
        while true {
          let next = try events.next()
          if case .mappingEnd = next.kind {
            end = offset(next.end)
            break
          }
          var key: String?
          if case .scalar(let scalar) = next.kind { key = scalar.text }
          _ = try node(next, depth: depth + 1)
          members.append((key, try node(try events.next(), depth: depth + 1)))
        }
        kind = .mapping(members)
      default: throw YAMLSyntaxError(problem: "a value is missing", position: event.position)
      }
      return Node(kind: kind, range: start..<max(start, end), anchor: event.anchor)
    }
  }
}
