#if Server
  import WGEKube
  import WGEPipelines

  /// Errors as a status and a sentence for people.
  enum ConsoleFailure {
    static func explain(_ error: any Error) -> (status: Int, message: String) {
      switch error {
      case let error as PipelinesError: return (status(error.code), error.message)
      case let error as KubeError:
        if error.isForbidden { return (403, error.description) }
        if error.isNotFound { return (404, error.description) }
        return error.isUnreachable ? (503, error.description) : (500, error.description)
      case let error as ClusterError: return (503, error.description)
      default: return (500, "\(error)")
      }
    }

    private static func status(_ code: PipelinesError.Code) -> Int {
      switch code {
      case .unauthenticated: 401
      case .forbidden: 403
      case .notFound: 404
      case .invalid: 400
      case .notWaiting: 422
      case .conflict: 409
      case .unavailable: 503
      case .other: 500
      }
    }
  }
#endif
