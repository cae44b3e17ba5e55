#if Server
  import WGEClusters
  import WGECore
  import WGEPipelines

  /// A status as people see it: shape, word and colour, so that no one of them carries it alone.
  struct Pill: Sendable, Hashable {
    let word: String
    /// A class of the stylesheet: `ok`, `warn`, `bad`, `info` or `idle`.
    let tone: String
    /// An SVG path on a 16 by 16 grid.
    let glyph: String
    var spins = false

    private enum Shape {
      static let check = "M8 0a8 8 0 110 16A8 8 0 018 0zm3.6 5L7 9.9 4.6 7.6 3.4 8.9 7 12.4 12.8 6z"
      static let octagon = "M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zM7 3.5v5.5h2V3.500zM7 10.500v2h2v-2z"
      static let ring = "M8 0a8 8 0 017.9 7h-2.100A6 6 0 108 14v2A8 8 0 118 0z"
      static let pause = "M3 1h4v14H3zM9 1h4v14H9z"
      static let hand = "M8 0a8 8 0 110 16A8 8 0 018 0zm-1 3v6l4.500 2.700 1-1.700L9 8V3z"
      static let branch =
        "M4 1a2.500 2.500 0 011 4.800v4.400a2.500 2.500 0 11-2 0V5.800A2.500 2.500 0 014 1zm8 3a2.500 2.500 0 01.900 4.800C12.500 11 10 11.500 7 11.700V9.700c2.500-.200 3.800-.500 4-1A2.500 2.500 0 0112 4z"
      static let dash = "M1 7h4v2H1zM6 7h4v2H6zM11 7h4v2h-4z"
      static let cross =
        "M8 0a8 8 0 110 16A8 8 0 018 0zM5 3.600L3.600 5l3 3-3 3L5 12.400l3-3 3 3 1.400-1.400-3-3 3-3L11 3.600l-3 3z"
      static let link = "M1 6h4v4H1zm10 0h4v4h-4zM7 2h2v3H7zm0 9h2v3H7z"
    }

    static let ready = Pill(word: "Ready", tone: "ok", glyph: Shape.check)
    static let notReady = Pill(word: "Not Ready", tone: "bad", glyph: Shape.octagon)
    static let unknown = Pill(word: "Unknown", tone: "idle", glyph: Shape.dash)

    init(word: String, tone: String, glyph: String, spins: Bool = false) {
      self.word = word
      self.tone = tone
      self.glyph = glyph
      self.spins = spins
    }

    init(_ state: ClusterSummary.State) {
      self =
        switch state {
        case .ready: .ready
        case .notReady: .notReady
        case .unreachable: Pill(word: "Unreachable", tone: "warn", glyph: Shape.link)
        case .deleting: Pill(word: "Deleting", tone: "warn", glyph: Shape.cross)
        case .unknown: .unknown
        }
    }

    init(_ state: PromotionState?) {
      self =
        switch state {
        case nil: .unknown
        case .upToDate: Pill(word: "Up to date", tone: "ok", glyph: Shape.check)
        case .waitingSource: Pill(word: "Waiting for source", tone: "idle", glyph: Shape.pause)
        case .gated: Pill(word: "Waiting for approval", tone: "warn", glyph: Shape.hand)
        case .promoting: Pill(word: "Promoting", tone: "info", glyph: Shape.ring, spins: true)
        case .pullRequestOpen: Pill(word: "Pull request open", tone: "warn", glyph: Shape.branch)
        case .applying: Pill(word: "Applying", tone: "info", glyph: Shape.ring, spins: true)
        case .stalled: Pill(word: "Stalled", tone: "bad", glyph: Shape.octagon)
        case .abandoned: Pill(word: "Abandoned", tone: "bad", glyph: Shape.cross)
        case .failed: Pill(word: "Failed", tone: "bad", glyph: Shape.octagon)
        case .superseded: Pill(word: "Superseded", tone: "idle", glyph: Shape.cross)
        case .other(let name)?: Pill(word: name, tone: "idle", glyph: Shape.dash)
        }
    }

    /// Whether a target runs what it should.
    init(ready: Bool, error: String?) {
      self = error != nil ? Pill(word: "Not readable", tone: "bad", glyph: Shape.octagon) : ready ? .ready : .notReady
    }

    static func pullRequest(_ state: String) -> Pill {
      switch state {
      case "open": Pill(word: "Open", tone: "warn", glyph: Shape.branch)
      case "merged": Pill(word: "Merged", tone: "ok", glyph: Shape.check)
      default: Pill(word: "Closed", tone: "idle", glyph: Shape.cross)
      }
    }
  }
#endif
