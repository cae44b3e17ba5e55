#if Server
  extension ConsoleAsset {
    /// The one stylesheet: custom properties for three themes, no outside font or image.
    static let stylesheetText = """
      :root{--bg:#f6f7f9;--raised:#fff;--sunken:#eceff3;--fg:#16191d;--muted:#545d69;--line:#d5dae1;--accent:#0b57c2;--accent-fg:#fff;--ok:#11682f;--warn:#8a4b00;--bad:#b3211c;--info:#0b57c2;--idle:#545d69;--focus:#0b57c2;color-scheme:light}
      @media(prefers-color-scheme:dark){:root:not([data-theme=light]):not([data-theme=contrast]){--bg:#101317;--raised:#181c22;--sunken:#0b0d10;--fg:#e7eaee;--muted:#a1abb8;--line:#303842;--accent:#7fb2ff;--accent-fg:#08131f;--ok:#6fd58f;--warn:#f0b45a;--bad:#ff8f87;--info:#7fb2ff;--idle:#a1abb8;--focus:#7fb2ff;color-scheme:dark}}
      :root[data-theme=dark]{--bg:#101317;--raised:#181c22;--sunken:#0b0d10;--fg:#e7eaee;--muted:#a1abb8;--line:#303842;--accent:#7fb2ff;--accent-fg:#08131f;--ok:#6fd58f;--warn:#f0b45a;--bad:#ff8f87;--info:#7fb2ff;--idle:#a1abb8;--focus:#7fb2ff;color-scheme:dark}
      :root[data-theme=contrast]{--bg:#fff;--raised:#fff;--sunken:#fff;--fg:#000;--muted:#000;--line:#000;--accent:#00008b;--accent-fg:#fff;--ok:#004d00;--warn:#5c3000;--bad:#8b0000;--info:#00008b;--idle:#000;--focus:#00008b;color-scheme:light}
      *{box-sizing:border-box}
      body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
      a{color:var(--accent)}
      :focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:3px}
      .skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--raised);padding:8px;z-index:9}
      .vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
      header.top{display:flex;flex-wrap:wrap;gap:4px 20px;align-items:center;padding:8px 24px;background:var(--raised);border-bottom:1px solid var(--line)}
      header.top .brand{font-weight:700;font-size:17px;color:var(--fg);text-decoration:none;letter-spacing:.02em}
      header.top nav{display:flex;gap:4px;flex:1}
      header.top nav a{padding:6px 12px;border-radius:6px;color:var(--fg);text-decoration:none}
      header.top nav a:hover{background:var(--sunken)}
      header.top nav a[aria-current]{background:var(--sunken);font-weight:600}
      header.top select{width:auto}header.top nav a,button{white-space:nowrap}header.top form{display:inline-flex;gap:6px;align-items:center;margin:0}
      .live{color:var(--muted);font-size:13px}
      main{max-width:1400px;margin:0 auto;padding:20px 24px 64px}
      h1{font-size:24px;line-height:1.25;margin:0 0 4px}h2{font-size:17px;margin:28px 0 8px}h3{font-size:15px;margin:0}table+h3{margin-top:18px}h3+table,h3+p{margin-top:6px}
      p.lead{margin:0 0 18px;color:var(--muted)}
      .crumbs{font-size:13px;color:var(--muted);margin-bottom:6px}
      table{border-collapse:collapse;width:100%;background:var(--raised);border:1px solid var(--line);border-radius:8px;overflow:hidden}
      th,td{text-align:left;padding:9px 14px;border-bottom:1px solid var(--line);vertical-align:top}
      thead th{font-size:13px;color:var(--muted);font-weight:600;background:var(--sunken)}
      tbody tr:last-child>*{border-bottom:0}
      tbody th{font-weight:600}
      code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;font-size:.92em;overflow-wrap:anywhere}
      .pill{display:inline-flex;align-items:center;gap:6px;font-weight:600;font-size:13px;white-space:nowrap}
      .pill svg{width:15px;height:15px;flex:none;fill:currentColor}
      .ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}.info{color:var(--info)}.idle{color:var(--idle)}
      .muted{color:var(--muted)}.small{font-size:13px}
      .lanes{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(290px,1fr);gap:18px;overflow-x:auto;padding:2px 2px 10px;margin:0;list-style:none}
      .lane{background:var(--raised);border:1px solid var(--line);border-radius:10px;padding:14px 16px;display:flex;flex-direction:column;gap:10px;position:relative}
      .lane.needs{border-color:var(--warn);border-width:2px}
      .lane.broken{border-color:var(--bad);border-width:2px}
      .lane header{display:flex;justify-content:space-between;gap:8px;align-items:baseline}
      .lane .rev{font-size:22px;font-weight:700;line-height:1.2}
      .lane .msg{margin:0;font-size:13px;color:var(--muted)}
      .targets{list-style:none;margin:0;padding:0;display:grid;gap:8px}
      .targets li{border-top:1px solid var(--line);padding-top:8px}
      .targets .row{display:flex;justify-content:space-between;gap:8px}
      .gate{background:var(--sunken);border-radius:8px;padding:10px 12px;display:grid;gap:8px}
      .gate p{margin:0}.gate form{display:grid;gap:8px}
      button,.button{font:inherit;font-weight:600;padding:7px 14px;border-radius:7px;border:1px solid var(--line);background:var(--raised);color:var(--fg);cursor:pointer;text-decoration:none;display:inline-block}
      button:hover,.button:hover{background:var(--sunken)}
      button.primary{background:var(--accent);border-color:var(--accent);color:var(--accent-fg)}
      button.primary:hover{filter:brightness(1.08)}
      button.quiet{border:0;background:none;padding:6px 8px;font-weight:400;color:var(--muted)}
      input[type=text],input[type=password],select{font:inherit;padding:7px 10px;border:1px solid var(--muted);border-radius:7px;background:var(--raised);color:var(--fg);width:100%}
      label{font-weight:600;font-size:13px}
      .actions{display:flex;gap:8px;flex-wrap:wrap}
      .strip{border:1px solid var(--warn);border-left-width:5px;border-radius:8px;background:var(--raised);padding:10px 14px;margin:0 0 16px}
      .strip.notice{max-width:1352px;margin:16px max(24px,calc((100% - 1352px)/2)) 0}.strip.error{border-color:var(--bad)}.strip.done{border-color:var(--ok)}
      .strip ul{margin:4px 0 0;padding-left:18px}
      .empty{border:1px dashed var(--line);border-radius:10px;padding:32px;text-align:center;color:var(--muted)}
      .login{max-width:380px;margin:10vh auto;background:var(--raised);border:1px solid var(--line);border-radius:12px;padding:28px}
      .login form{display:grid;gap:14px}.login .field{display:grid;gap:4px}
      details summary{cursor:pointer;font-weight:600}
      pre{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:14px;overflow:auto;font-size:13px}
      dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0 0 8px}dl.facts dt{color:var(--muted)}dl.facts dd{margin:0}
      @media(max-width:720px){main,header.top{padding-left:14px;padding-right:14px}.lanes{grid-auto-flow:row;grid-auto-columns:auto}thead{position:absolute;left:-999px}table,tbody,tr,td,tbody th{display:block}tbody tr{padding:8px 0;border-bottom:1px solid var(--line)}td,tbody th{border:0;padding:3px 14px}}
      @media print{header.top,.actions,.gate form{display:none}}
      @media(prefers-reduced-motion:no-preference){.spin{animation:spin 1.6s linear infinite;transform-origin:50% 50%}@keyframes spin{to{transform:rotate(1turn)}}}

      """
  }
#endif
