// Keeps a page up to date while its program is being written. It is told one
// word at a time and knows nothing else of the workbench.
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || !window.EventSource || window.__tornadoDev) return;
  window.__tornadoDev = true;
  var build = new URL(script.src).searchParams.get("build");
  var events = new EventSource("/.tornado-dev/events?build=" + encodeURIComponent(build));
  var banner = null;

  function styles() {
    document.querySelectorAll('link[rel~="stylesheet"][href]').forEach(function (link) {
      var url = new URL(link.href);
      if (url.origin !== location.origin) return;
      url.searchParams.set("tornado-dev", Date.now());
      var fresh = link.cloneNode();
      fresh.href = url.href;
      // The old sheet stays until the new one is there, so that nothing flickers.
      fresh.onload = fresh.onerror = function () { link.remove(); };
      link.after(fresh);
    });
  }

  function failed() {
    if (banner || !document.body) return;
    banner = document.createElement("div");
    banner.setAttribute("role", "status");
    banner.textContent = "The last save does not build or start. This is the program before it.";
    banner.style.cssText = "position:fixed;right:12px;bottom:12px;z-index:2147483647;padding:8px 12px;" +
      "background:#a00;color:#fff;font:14px sans-serif;border-radius:4px;max-width:24em";
    document.body.appendChild(banner);
  }

  function mended() {
    if (banner) banner.remove();
    banner = null;
  }

  events.onmessage = function (event) {
    switch (event.data) {
      case "reload":
        events.close();
        location.reload();
        break;
      case "css": styles(); break;
      case "failed": failed(); break;
      case "mended": mended(); break;
    }
  };
  // A page that is left must not hold a connection in the browser's cache.
  addEventListener("pagehide", function () { events.close(); });
  addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });
})();
