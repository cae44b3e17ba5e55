public import WGECore

/// Who wrote or committed, as it stands in a commit.
public struct GitSignature: Sendable, Hashable, CustomStringConvertible {
  /// The display name.
  public var name: String
  /// May be empty.
  public var email: String
  /// Git keeps whole seconds.
  public var time: Timestamp
  /// Minutes east of UTC, -1439 to 1439.
  public var offsetMinutes: Int

  /// A signature; in UTC unless an offset is given.
  public init(name: String, email: String, time: Timestamp, offsetMinutes: Int = 0) {
    self.name = name
    self.email = email
    self.time = time
    self.offsetMinutes = offsetMinutes
  }

  /// `Name <e-mail>`.
  public var description: String { "\(name) <\(email)>" }
}

/// A person or machine as a commit's author or a pull request's actor, without a time.
public struct GitIdentity: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The display name; must not be empty nor contain `<`, `>` or line breaks.
  public var name: String
  /// The address. Empty where a host tells none: a commit that is pushed then bears `noreply@` and the
  /// repository's host; one that is made in a repository of this machine is refused.
  public var email: String

  /// An identity.
  public init(name: String, email: String) {
    self.name = name
    self.email = email
  }

  /// `Name <e-mail>`.
  public var description: String { "\(name) <\(email)>" }

  /// This identity at an instant.
  public func signature(at time: Timestamp) -> GitSignature {
    GitSignature(name: name, email: email, time: time)
  }
}
