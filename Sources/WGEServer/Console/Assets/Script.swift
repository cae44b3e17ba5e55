#if Server
  extension ConsoleAsset {
    /// Live updates. Every page is complete without it.
    ///
    /// The stream sends the rendered main block whenever it changed for this user; the script puts it in
    /// place and keeps focus, open details and typed text.
    static let scriptText = """
      "use strict";
      (() => {
        const main = document.querySelector("main[data-live]");
        const badge = document.getElementById("live");
        const say = (text) => { if (badge) badge.textContent = text; };
        const policy = window.trustedTypes
          ? window.trustedTypes.createPolicy("wge", { createHTML: (text) => text })
          : { createHTML: (text) => text };
        const keyOf = (element) => element && (element.id || element.name || element.getAttribute("href"));
        const put = (html) => {
          const focused = keyOf(document.activeElement);
          const typed = new Map();
          main.querySelectorAll("input[id]").forEach((e) => { if (e.value !== e.defaultValue) typed.set(e.id, e.value); });
          const open = new Set([...main.querySelectorAll("details[open][id]")].map((e) => e.id));
          main.innerHTML = policy.createHTML(html);
          main.querySelectorAll("details[id]").forEach((e) => { if (open.has(e.id)) e.open = true; });
          typed.forEach((value, id) => { const e = document.getElementById(id); if (e) e.value = value; });
          if (focused) {
            const again = [...main.querySelectorAll("a,button,input,summary")].find((e) => keyOf(e) === focused);
            if (again) again.focus({ preventScroll: true });
          }
        };
        if (main && window.EventSource) {
          let source;
          let last = Date.now();
          const connect = () => {
            if (source) source.close();
            source = new EventSource(main.dataset.live + "?page=" + encodeURIComponent(location.pathname));
            source.addEventListener("open", () => { last = Date.now(); say("live"); });
            source.addEventListener("block", (event) => { last = Date.now(); put(JSON.parse(event.data)); say("live"); });
            source.addEventListener("ping", () => { last = Date.now(); });
            source.addEventListener("auth", () => { source.close(); say("signed out: reload to sign in"); });
            source.addEventListener("error", () => say("reconnecting"));
          };
          connect();
          const check = () => { if (!document.hidden && Date.now() - last > 45000) connect(); };
          setInterval(check, 15000);
          ["visibilitychange", "online", "pageshow"].forEach((name) => window.addEventListener(name, check));
        }
        document.addEventListener("keydown", (event) => {
          if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
          const row = [...document.querySelectorAll("main tbody a, main .lane a, main .lane button")];
          const at = row.indexOf(document.activeElement);
          if (event.key === "j" && row.length) row[Math.min(row.length - 1, at + 1)].focus();
          if (event.key === "k" && row.length) row[Math.max(0, at - 1)].focus();
          if (event.key === "g") { const a = document.querySelector("header nav a"); if (a) a.focus(); }
        });
      })();

      """
  }
#endif
