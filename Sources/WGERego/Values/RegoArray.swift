public import WGECore

/// The elements of a Rego array: values, or a JSON array that is read in place.
public struct RegoArray: Sendable {
  private enum Storage: Sendable {
    case values([RegoValue])
    case json([JSON])
  }

  private let storage: Storage

  /// An array of values.
  @inline(__always) public init(_ values: [RegoValue]) { storage = .values(values) }

  /// A JSON array, not converted.
  @inline(__always) public init(_ json: [JSON]) { storage = .json(json) }

  /// The elements as values.
  public var values: [RegoValue] {
    switch storage {
    case .values(let values): values
    case .json(let json): json.map { RegoValue($0) }
    }
  }
}

extension RegoArray: RandomAccessCollection {
  /// 0.
  @inline(__always) public var startIndex: Int { 0 }

  /// The number of elements.
  @inline(__always) public var endIndex: Int {
    switch storage {
    case .values(let values): values.count
    case .json(let json): json.count
    }
  }

  /// The element at an index.
  @inline(__always) public subscript(index: Int) -> RegoValue {
    switch storage {
    case .values(let values): values[index]
    case .json(let json): RegoValue(json[index])
    }
  }
}
