/// Which bodies of a rule can succeed at all, by the value of one input path or argument.
///
/// Of all places that the bodies compare with a constant, the one that most of them name is looked up once; bodies
/// that compare it with another constant are not run. Bodies that do not name it always run. The order of the bodies
/// is kept.
struct RuleIndex: Sendable {
  enum Source: Sendable {
    case input([String])
    case argument(Int)
  }
  var source: Source
  var bodies: [RegoValue: [Int]]
  var always: [Int]
}
