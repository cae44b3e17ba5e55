// The bridge between Swift's Codable types and JSON values, without text in between.
//
//   JSON(encoding: value)      walks value.encode(to:) with a JSONValueEncoder, which collects JSON
//   json.decode(T.self)        calls T.init(from:) with a JSONValueDecoder, which reads JSON
//   JSON: Codable              hands the value itself over when the coder is one of ours, and
//                              spells it out member by member when it is a foreign one
//
// Invariants: nothing is rounded (a number that does not fit the Swift type is an error), `null`
// and an absent member both decode to nil, nil properties are left out on the way back.

/// Why a JSON value does not fit the Swift type that was asked for.
public struct JSONDecodingError: Error, Hashable, CustomStringConvertible {
  /// Where: `spec.environments[1].name`; empty for the whole value.
  public let path: String
  /// What was expected and found, as a sentence fragment.
  public let problem: String

  /// An error at a path, which is empty for the whole value.
  public init(path: String, problem: String) {
    self.path = path
    self.problem = problem
  }

  /// `path: problem`.
  public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}

extension JSON {
  /// The value that a Codable type encodes itself as.
  ///
  /// Members that are nil are left out, as `encodeIfPresent` does. ``JSON`` values inside are taken
  /// over as they are.
  /// - Throws: `EncodingError` for a NaN or infinite number, for a date that RFC 3339 cannot spell,
  ///   and whatever the type's own `encode(to:)` throws.
  public init(encoding value: some Encodable) throws {
    self = try JSONValueEncoder.encode(value, path: nil)
  }

  /// This value as a Swift type.
  /// - Throws: ``JSONDecodingError`` naming the field that does not fit. Errors of a type's own
  ///   `init(from:)` are wrapped in one, with the path of the value that the type was made from.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws(JSONDecodingError) -> T {
    do {
      return try JSONValueDecoder(value: self, path: nil).unbox(type)
    } catch let error as JSONDecodingError {
      throw error
    } catch let error as DecodingError {
      throw JSONDecodingError(error)
    } catch {
      throw JSONDecodingError(path: "", problem: "\(error)")
    }
  }
}

// MARK: - Paths

/// The way from the root to a value, linked upwards, so that going down one level costs one small
/// allocation and the text is made only for errors.
final class CodingPathNode: Sendable {
  enum Step: Sendable {
    case key(any CodingKey)
    case index(Int)
  }

  let step: Step
  let parent: CodingPathNode?

  init(_ step: Step, parent: CodingPathNode?) {
    self.step = step
    self.parent = parent
  }

  static func keys(of node: CodingPathNode?) -> [any CodingKey] {
    var keys: [any CodingKey] = []
    var current = node
    while let step = current {
      switch step.step {
      case .key(let key): keys.append(key)
      case .index(let index): keys.append(JSONCodingKey(index: index))
      }
      current = step.parent
    }
    return keys.reversed()
  }

  /// `spec.environments[1].name`.
  static func text(_ keys: [any CodingKey]) -> String {
    var text = ""
    for key in keys {
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        if !text.isEmpty { text += "." }
        text += key.stringValue.prefix(64)
      }
    }
    return text
  }
}

/// A member's name or an element's index where no key type was declared.
struct JSONCodingKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }

  init(index: Int) { self.init(intValue: index) }

  static let `super` = JSONCodingKey(stringValue: "super")
}

extension JSONDecodingError {
  init(_ error: DecodingError) {
    let context: DecodingError.Context
    var problem: String?
    switch error {
    case .typeMismatch(_, let found): context = found
    case .valueNotFound(let type, let found):
      context = found
      problem = "expected \(JSONValueDecoder.name(of: type)), found null"
    case .keyNotFound(let key, let found):
      context = found
      problem = "the required field \"\(key.stringValue)\" is missing"
    case .dataCorrupted(let found): context = found
    @unknown default:
      self.init(path: "", problem: "\(error)")
      return
    }
    self.init(path: CodingPathNode.text(context.codingPath), problem: problem ?? context.debugDescription)
  }
}
