internal import CWGEGit2

/// libgit2's process-wide state: started once, never shut down.
///
/// No configuration outside a repository is ever read (the search paths are emptied), no hook,
/// filter or credential helper runs, objects are written with fsync, and connections are never libgit2's
/// own (see ``GitWire``).
enum GitLibrary {
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
      return nil
    } catch {
      return error
    }
  }()
}
