internal import CYaml

/// A position in a text, from 1; columns count characters.
struct YAMLPosition: Sendable {
  var line: Int
  var column: Int

  fileprivate init(_ mark: yaml_mark_t) {
    line = Int(clamping: mark.line) &+ 1
    column = Int(clamping: mark.column) &+ 1
  }

  init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// One step of a YAML text.
struct YAMLEvent {
  enum Kind {
    case streamStart
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(YAMLScalar)
    case sequenceStart(isFlow: Bool)
    case sequenceEnd
    case mappingStart(isFlow: Bool)
    case mappingEnd
  }

  let kind: Kind
  /// The anchor that names the node which starts here.
  let anchor: String?
  let position: YAMLPosition
  /// Characters before its first one and after its last one; an anchor and a tag belong to it.
  let start: Int
  let end: Int
}

/// A scalar as it is written.
struct YAMLScalar {
  let text: String
  /// The full tag, `tag:yaml.org,2002:int` or `!custom`; nil when none is written.
  let tag: String?
  /// True when neither quotes nor a tag say what it is.
  let isPlain: Bool
  let style: YAMLScalarStyle
}

/// What libYAML reports of a text that is not YAML.
struct YAMLSyntaxError: Error {
  let problem: String
  let position: YAMLPosition
}

/// The events of a text, from libYAML.
///
/// Its parser keeps its own stack on the heap and reads ahead only as far as it must, so that a
/// consumer which stops at its limits has not paid for what follows. Not sendable, used by one
/// reader.
final class YAMLEvents {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>

  /// - Throws: ``YAMLSyntaxError`` when there is no memory for the parser.
  init(_ bytes: [UInt8]) throws(YAMLSyntaxError) {
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    // libYAML would count a byte order mark as a column, and take the first key for one that is set in.
    let text = bytes.dropFirst(Self.markLength(bytes))
    input = .allocate(capacity: text.count)
    _ = input.initialize(fromContentsOf: text)
    guard yaml_parser_initialize(parser) == 1 else {
      throw YAMLSyntaxError(problem: "out of memory", position: YAMLPosition(line: 1, column: 1))
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    // The parser reads from the buffer until it is deleted, and both live as long as this object.
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  /// Bytes of a byte order mark that the text begins with; positions and indices do not count them.
  static func markLength(_ bytes: [UInt8]) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    let position = YAMLPosition(event.start_mark)
    var anchor: String?
    let kind: YAMLEvent.Kind
    switch event.type {
    case YAML_STREAM_START_EVENT: kind = .streamStart
    case YAML_DOCUMENT_START_EVENT: kind = .documentStart
    case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
    case YAML_ALIAS_EVENT: kind = .alias(Self.text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      anchor = Self.text(scalar.anchor)
      let value = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      kind = .scalar(
        YAMLScalar(
          text: String(decoding: value, as: UTF8.self), tag: Self.text(scalar.tag), isPlain: scalar.plain_implicit != 0,
          style: Self.style(scalar.style)))
    case YAML_SEQUENCE_START_EVENT:
      anchor = Self.text(event.data.sequence_start.anchor)
      kind = .sequenceStart(isFlow: event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
    case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      anchor = Self.text(event.data.mapping_start.anchor)
      kind = .mappingStart(isFlow: event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
    case YAML_MAPPING_END_EVENT: kind = .mappingEnd
    // YAML_NO_EVENT is what the parser gives after the end of the stream.
    default: kind = .streamEnd
    }
    return YAMLEvent(
      kind: kind, anchor: anchor, position: position, start: Int(clamping: event.start_mark.index),
      end: Int(clamping: event.end_mark.index))
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLScalarStyle {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func failure() -> YAMLSyntaxError {
    let state = parser.pointee
    let problem = state.problem.map { String(cString: $0) } ?? "out of memory"
    switch state.error {
    case YAML_READER_ERROR:
      return YAMLSyntaxError(problem: problem, position: position(ofOffset: state.problem_offset))
    case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
      let context = state.context.map { " \(String(cString: $0))" } ?? ""
      // What is missing at the end is reported on a line after the last.
      let end = position(ofOffset: input.count)
      let position = YAMLPosition(state.problem_mark)
      return YAMLSyntaxError(problem: problem + context, position: position.line > end.line ? end : position)
    default: return YAMLSyntaxError(problem: problem, position: YAMLPosition(state.mark))
    }
  }

  /// The reader, which checks the encoding, knows only how many bytes it got through.
  private func position(ofOffset offset: Int) -> YAMLPosition {
    var position = YAMLPosition(line: 1, column: 1)
    for byte in input.prefix(max(0, offset)) {
      if byte == 0x0A {
        position.line += 1
        position.column = 1
      } else if byte & 0xC0 != 0x80 {
        position.column += 1
      }
    }
    return position
  }
}
