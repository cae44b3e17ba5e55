/// How much of the native stack reading a template may take.
///
/// Parser and compiler call themselves for blocks and parentheses within each other, and so does letting go of the tree,
/// on whatever thread that happens, with less for each level. A level takes a few hundred bytes or some thousand,
/// depending on how this module was compiled, so that counting levels alone does not tell when a stack overflows.
struct StackBudget {
  /// Threads of tasks have 512 KiB on some platforms, part of which is in use.
  private static let bytes: UInt = 320 << 10

  private let start: UInt

  /// Begins here.
  init() { start = Self.here }

  private static var here: UInt {
    var mark: UInt8 = 0
    return withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
  }

  /// False where a further level may be one too many. Stacks grow downwards.
  var hasRoom: Bool { start &- Self.here < Self.bytes || Self.here > start }
}
