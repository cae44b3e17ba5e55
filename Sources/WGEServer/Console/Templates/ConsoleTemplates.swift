#if Server
  import Mustache

  /// The console's pages as Mustache text. Only escaping tags are used: `{{{` is refused at start.
  enum ConsoleTemplates {
    /// All templates, parsed.
    /// - Throws: the parser's error, or ``UnescapedTag``: both are faults of this file, found at start.
    static func library() throws -> MustacheLibrary {
      var templates: [String: MustacheTemplate] = [:]
      for (name, text) in all {
        if text.contains("{{{") || text.contains("{{&") { throw UnescapedTag(template: name) }
        templates[name] = try MustacheTemplate(string: text)
      }
      return MustacheLibrary(templates: templates)
    }

    struct UnescapedTag: Error {
      let template: String
    }

    /// A page is the layout around a main block; the live stream sends the main block alone.
    static let all: [String: String] = [
      "layout": layout, "login": login, "error": error, "clusters": clusters, "pipelines": pipelines,
      "pipeline": pipeline, "pullrequests": pullRequests, "pill": pill, "strip": strip, "lane": lane,
      "record": record, "page-login": page("login", live: false), "page-error": page("error", live: false),
      "page-clusters": page("clusters"), "page-pipelines": page("pipelines"), "page-pipeline": page("pipeline"),
      "page-pullrequests": page("pullrequests"),
      "block-clusters": block("clusters"), "block-pipelines": block("pipelines"),
      "block-pipeline": block("pipeline"), "block-pullrequests": block("pullrequests"),
    ]

    /// The main block alone, in the same surroundings as on its page.
    private static func block(_ name: String) -> String { "{{#content}}{{>\(name)}}{{/content}}" }

    private static func page(_ block: String, live: Bool = true) -> String {
      "{{<layout}}{{$main}}<main id=\"main\" tabindex=\"-1\"\(live ? " data-live=\"{{base}}/ui/stream\"" : "")>{{#content}}{{>\(block)}}{{/content}}</main>{{/main}}{{/layout}}"
    }

    private static let layout = """
      <!doctype html>
      <html lang="en"{{#theme}} data-theme="{{theme}}"{{/theme}}>
      <head>
      <meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
      <title>{{title}} · WGE</title>
      <link rel="icon" href="{{base}}{{iconPath}}" type="image/svg+xml">
      <link rel="stylesheet" href="{{base}}{{stylesheetPath}}">
      <script src="{{base}}{{scriptPath}}" defer></script>
      </head>
      <body>
      <a class="skip" href="#main">Skip to content</a>
      <header class="top">
      <a class="brand" href="{{base}}/pipelines">WGE</a>
      {{#user}}<nav aria-label="Main">{{#navigation}}<a href="{{base}}{{href}}"{{#current}} aria-current="page"{{/current}}>{{label}}</a>{{/navigation}}</nav>
      <span class="live" id="live" role="status"></span>{{/user}}
      <form method="post" action="{{base}}/ui/theme"><input type="hidden" name="next" value="{{here}}"><label class="vh" for="theme">Theme</label><select id="theme" name="theme">{{#themes}}<option value="{{value}}"{{#chosen}} selected{{/chosen}}>{{label}}</option>{{/themes}}</select><button class="quiet">Set theme</button></form>
      {{#user}}<form method="post" action="{{base}}/logout"><span class="muted small">{{user}}</span><button class="quiet">Sign out</button></form>{{/user}}
      </header>
      {{#notice}}<p class="strip notice {{tone}}" role="status">{{text}}</p>{{/notice}}
      {{$main}}{{/main}}
      </body>
      </html>

      """

    private static let login = """
      <div class="login"><h1>Sign in</h1><p class="lead">With the cluster-user account.</p>
      {{#message}}<p class="strip error" role="alert">{{message}}</p>{{/message}}
      <form method="post" action="{{base}}/login"><input type="hidden" name="next" value="{{next}}">
      <div class="field"><label for="username">User name</label><input id="username" name="username" type="text" autocomplete="username" value="{{username}}" required></div>
      <div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required></div>
      <button class="primary">Sign in</button></form></div>
      """

    private static let error = """
      <h1>{{heading}}</h1><p class="lead">{{message}}</p><p><a class="button" href="{{base}}{{back}}">Back</a></p>
      """

    private static let pill = """
      <span class="pill {{tone}}"><svg viewBox="0 0 16 16" aria-hidden="true"{{#spins}} class="spin"{{/spins}}><path fill-rule="evenodd" d="{{glyph}}"/></svg>{{word}}</span>
      """

    private static let strip = """
      {{#hasErrors}}<div class="strip" role="status"><strong>Some of this could not be read</strong><ul>{{#errors}}<li>{{.}}</li>{{/errors}}</ul></div>{{/hasErrors}}
      """

    private static let clusters = """
      <h1>Clusters</h1><p class="lead">{{summary}}</p>
      {{>strip}}
      <table><caption class="vh">Clusters</caption><thead><tr><th scope="col">Name</th><th scope="col">Namespace</th><th scope="col">Status</th><th scope="col">Message</th><th scope="col">Labels</th></tr></thead>
      <tbody>{{#rows}}<tr><th scope="row">{{name}}{{#isManagement}} <span class="muted small">management</span>{{/isManagement}}</th><td>{{namespace}}</td><td>{{#status}}{{>pill}}{{/status}}</td><td>{{message}}</td><td class="mono">{{labels}}</td></tr>{{/rows}}</tbody></table>
      """

    private static let pipelines = """
      <h1>Pipelines</h1><p class="lead">{{summary}}</p>
      {{>strip}}
      {{#isEmpty}}<p class="empty">No pipelines that you may see. A Pipeline object names the environments of an application and how it is promoted.</p>{{/isEmpty}}
      {{^isEmpty}}<table><caption class="vh">Pipelines</caption><thead><tr><th scope="col">Pipeline</th><th scope="col">Application</th><th scope="col">Environments</th></tr></thead>
      <tbody>{{#rows}}<tr><th scope="row"><a href="{{base}}{{href}}">{{name}}</a><div class="muted small">{{namespace}}</div></th><td class="mono">{{application}}</td><td>{{#environments}}<div><strong>{{name}}</strong> <span class="mono">{{revision}}</span> {{#status}}{{>pill}}{{/status}}</div>{{/environments}}</td></tr>{{/rows}}</tbody></table>{{/isEmpty}}
      """

    private static let record = """
      <tr><td class="mono">{{revision}}</td><td>{{#status}}{{>pill}}{{/status}}</td><td>{{started}}</td><td>{{finished}}</td><td>{{#link}}<a href="{{href}}">{{label}}</a>{{/link}}</td><td>{{#who}}<div>{{.}}</div>{{/who}}</td></tr>
      """

    private static let lane = """
      <li class="lane {{tone}}" id="env-{{name}}"><header><h3>{{name}}</h3>{{#status}}{{>pill}}{{/status}}</header>
      <div class="rev">{{revision}}</div>
      {{#message}}<p class="msg">{{message}}</p>{{/message}}
      {{#gate}}<div class="gate"><p><strong>{{revision}}</strong> waits for approval.</p>
      <form method="post" action="{{base}}{{action}}"><input type="hidden" name="env" value="{{environment}}"><input type="hidden" name="revision" value="{{revision}}">
      <label for="comment-{{environment}}">Comment <span class="muted">(optional)</span></label><input type="text" id="comment-{{environment}}" name="comment" maxlength="1000" autocomplete="off">
      <div class="actions"><button class="primary" id="approve-{{environment}}" name="decision" value="approve">Approve</button><button id="reject-{{environment}}" name="decision" value="reject">Reject</button></div></form></div>{{/gate}}
      {{#link}}<div><a class="button" href="{{href}}">{{label}}</a></div>{{/link}}
      {{#retry}}<form method="post" action="{{base}}{{action}}"><input type="hidden" name="env" value="{{environment}}"><button id="retry-{{environment}}" name="decision" value="retry">Try again</button></form>{{/retry}}
      <ul class="targets">{{#targets}}<li><div class="row"><strong>{{cluster}}</strong>{{#status}}{{>pill}}{{/status}}</div><div class="row small"><span class="muted">{{namespace}}</span><span class="mono">{{revision}}</span></div>{{#error}}<p class="msg bad">{{error}}</p>{{/error}}</li>{{/targets}}</ul></li>
      """

    private static let pipeline = """
      <p class="crumbs"><a href="{{base}}/pipelines">Pipelines</a> / {{namespace}}</p>
      <h1>{{name}}</h1><p class="lead">{{application}}{{#latest}} · newest revision <span class="mono">{{latest}}</span>{{/latest}}</p>
      {{>strip}}
      <ol class="lanes" aria-label="Environments in order of promotion">{{#lanes}}{{>lane}}{{/lanes}}</ol>
      <h2>Promotions</h2>
      {{#histories}}<h3>{{name}}</h3>{{#hasRecords}}<table><caption class="vh">Promotions into {{name}}</caption><thead><tr><th scope="col">Revision</th><th scope="col">Outcome</th><th scope="col">Started</th><th scope="col">Finished</th><th scope="col">Pull request</th><th scope="col">Who</th></tr></thead><tbody>{{#records}}{{>record}}{{/records}}</tbody></table>{{/hasRecords}}{{^hasRecords}}<p class="muted">None yet.</p>{{/hasRecords}}{{/histories}}
      <h2>Conditions</h2>
      <table><caption class="vh">Conditions</caption><thead><tr><th scope="col">Type</th><th scope="col">Status</th><th scope="col">Reason</th><th scope="col">Message</th><th scope="col">Since</th></tr></thead><tbody>{{#conditions}}<tr><th scope="row">{{type}}</th><td>{{value}}</td><td>{{reason}}</td><td>{{message}}</td><td>{{since}}</td></tr>{{/conditions}}</tbody></table>
      {{#yaml}}<h2>Manifest</h2><details id="yaml"><summary>Show the YAML</summary><pre tabindex="0"><code>{{yaml}}</code></pre></details>{{/yaml}}
      """

    private static let pullRequests = """
      <h1>Pull requests</h1><p class="lead">{{summary}}</p>
      {{#isEmpty}}<p class="empty">No pull requests yet.</p>{{/isEmpty}}
      {{^isEmpty}}<table><caption class="vh">Pull requests</caption><thead><tr><th scope="col">Pull request</th><th scope="col">State</th><th scope="col">Branches</th><th scope="col">Opened</th><th scope="col">Action</th></tr></thead>
      <tbody>{{#rows}}<tr id="pr-{{number}}"><th scope="row">{{title}}<div class="muted small">{{repository}} #{{number}}</div></th><td>{{#status}}{{>pill}}{{/status}}</td><td class="mono">{{branches}}</td><td>{{opened}}</td><td>{{#merge}}<form method="post" action="{{base}}/pullrequests"><input type="hidden" name="repository" value="{{repository}}"><input type="hidden" name="number" value="{{number}}"><button class="primary" id="merge-{{number}}">Merge</button></form>{{/merge}}</td></tr>{{/rows}}</tbody></table>{{/isEmpty}}
      """
  }
#endif
