#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import Logging
  internal import WGEAuth
  internal import WGECore

  /// Signing in and out, and who one is.
  struct SessionRoutes: Sendable {
    let signIn: SignIn?
    let cookie: SessionCookie
    let bodyTimeout: Duration

    func add(to routes: inout ExactRoutes) {
      // Without the method there is no route: it would tell whether a password is right.
      if let signIn {
        routes.add(.post, "/oauth2/sign_in") { try await signInWith(signIn, $0, $1) }
      }
      routes.add(.post, "/oauth2/logout") { request, _ in
        var response = Response(status: .ok, headers: [.contentLength: "0"])
        response.headers[.setCookie] = signIn?.signOut(cookies: request.headers[values: .cookie]) ?? cookie.clearing
        return response
      }
      routes.add(.get, "/oauth2/userinfo") { _, context in
        if let refusal = context.refusal { return refusal.response }
        guard let user = context.user else { return .refusal(.badRequest, "there is no session") }
        return .json(Self.userInfo(user).serialized())
      }
      routes.add(.get, "/v1/userinfo") { _, context in
        guard let user = context.user else { return (context.refusal ?? .unauthenticated).response }
        return .json(Self.userInfo(user).serialized())
      }
    }

    private func signInWith(_ signIn: SignIn, _ request: Request, _ context: ServerContext) async throws -> Response {
      try request.requireJSON()
      let body = try await request.wholeBody(upTo: ServerDefaults.signInSize, within: bodyTimeout)
      guard let json = try? JSON(parsing: body, options: JSONParseOptions(maximumDepth: ServerDefaults.signInDepth)),
        json.objectValue != nil
      else { return .refusal(.badRequest, "Failed to read request body.") }
      let user = json["username"] ?? .string("")
      let password = json["password"] ?? .string("")
      guard let user = user.stringValue, let password = password.stringValue else {
        return .refusal(.badRequest, "Failed to read request body.")
      }
      do {
        let setCookie = try await signIn.signIn(user: user, password: Secret(password), from: context.client)
        context.logger.info(
          "signed in", metadata: ["client": "\(context.client)"])
        return Response(status: .ok, headers: [.setCookie: setCookie, .contentLength: "0"])
      } catch let error as AuthError {
        context.logger.warning(
          "sign-in refused",
          metadata: [
            "client": "\(context.client)", "reason": "\(error)",
            "user": "\(UserPrincipal(id: user, method: .userAccount).logID)",
          ])
        if error == .unauthenticated { return .refusal(.unauthorized, "Incorrect username or password.") }
        return error.response
      }
    }

    static func userInfo(_ user: UserPrincipal) -> JSON {
      let hasGroups = user.method == .oidc || user.method == .tokenPassthrough
      return [
        "email": .string(user.method == .anonymous ? "" : user.id), "id": .string(user.id),
        "groups": hasGroups ? .array(user.groups.map(JSON.string)) : .null,
      ]
    }
  }
#endif
