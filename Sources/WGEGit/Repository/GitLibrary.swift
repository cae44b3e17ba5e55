internal import CWGEGit2

/// libgit2's process-wide state: started once, never shut down.
///
/// No configuration outside a repository is ever read (the search paths are emptied), no hook,
/// filter or credential helper runs, objects are written with fsync, and connections go through
/// ``GitSocketStream`` because libgit2 1.5 has no time-outs of its own.
public enum GitLibrary {
  /// Starts the library; later calls cost one load.
  static func start() throws(GitHostError) {
    if let failure { throw failure }
  }

  private static let failure: GitHostError? = {
    // Not through `git`: the library's error state exists only from here on.
    guard git_libgit2_init() > 0 else { return GitHostError(.unsupported, "libgit2 cannot be started") }
    do throws(GitHostError) {
      for level in [
        GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
      ] {
        try git("empty the search path") { wge_git_set_search_path(level.rawValue, "") }
      }
      for option in [
        GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, GIT_OPT_ENABLE_FSYNC_GITDIR,
      ] {
        try git("set an option") { wge_git_enable(Int32(bitPattern: option.rawValue), 1) }
      }
      try git("set the user agent") { wge_git_set_user_agent("wge") }
      try GitSocketStream.register()
      return nil
    } catch {
      return error
    }
  }()

  /// Trusts the certificate authorities of a PEM file for every https remote of this process, in
  /// place of the system's.
  ///
  /// libgit2 1.5 keeps one trust store per process, so a store per remote cannot be offered. Call
  /// it once, before the first connection; the file must hold all authorities that are needed.
  /// - Throws: ``GitHostError`` with code `tls` when the file cannot be read or holds no certificate.
  public static func trustCertificateAuthorities(inFile file: String) throws(GitHostError) {
    try start()
    do {
      try git("read the certificate authorities in \(file)") { wge_git_set_certificate_file(file) }
    } catch {
      throw GitHostError(.tls, error.message, remedy: "give a readable file of PEM certificates", field: "caFile")
    }
  }
}
