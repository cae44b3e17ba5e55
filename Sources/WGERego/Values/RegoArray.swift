public import WGECore

/// The elements of a Rego array: values, or a JSON array that is read in place.
public struct RegoArray: Sendable {
  private enum Storage: Sendable {
    case values([RegoValue])
    case json([JSON])
  }

  private let storage: Storage
  /// Of values; that of JSON is not kept.
  private let known: ValueExtent

  /// An array of values.
  public init(_ values: [RegoValue]) { self.init(values, extent: .of(values)) }

  @inline(__always) init(_ values: [RegoValue], extent: ValueExtent) {
    storage = .values(values)
    known = extent
  }

  /// A JSON array, not converted.
  @inline(__always) public init(_ json: [JSON]) {
    storage = .json(json)
    known = .empty
  }

  var knownExtent: ValueExtent? { if case .values = storage { known } else { nil } }

  func extent(_ measured: inout Int) -> ValueExtent {
    switch storage {
    case .values: known
    case .json(let json): .of(json, &measured)
    }
  }

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
