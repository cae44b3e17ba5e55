/// Which bodies of a rule can succeed at all, by the value of one input path or argument.
///
/// Of all places that the bodies compare with a constant, the one that most of them name is looked up once; bodies
/// that compare it with another constant are not run. Bodies that do not name it always run. The order of the bodies
/// is kept.
final class RuleIndex: Sendable {
  enum Source: Sendable {
    case input([String])
    case argument(Int)
  }
  let source: Source
  let bodies: [RegoValue: [Int]]
  let always: [Int]

  init(source: Source, bodies: [RegoValue: [Int]], always: [Int]) {
    self.source = source
    self.bodies = bodies
    self.always = always
  }
}
