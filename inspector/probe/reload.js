// Keeps a page up to date while its program is being written. It is told one
// word at a time and knows nothing else of the workbench.
(function () {
  "use strict"
  const script = document.currentScript
  if (!script || window.__tornadoDev) return
  window.__tornadoDev = true
  const { build, token } = script.dataset
  script.remove()

  // When this page was last known to be up to date. The server is told how long
  // ago that was, so that nothing is missed in between.
  let heard = performance.timeOrigin
  let listening = null // an AbortController while this page listens

  let forbidden = false // by the page's own policy

  // A browser keeps six connections to a server. A page that nobody sees gives
  // its own back, and catches up when it is seen again.
  function start() {
    if (listening || forbidden || document.hidden) return
    listening = new AbortController()
    listen(listening.signal)
  }

  function stop() {
    if (!listening) return
    listening.abort()
    listening = null
  }

  async function listen(signal) {
    let wait = 100
    while (!signal.aborted) {
      let open = false
      try {
        const answer = await fetch("/.tornado-dev/events", {
          headers: {
            "Tornado-Dev-Token": token,
            "Tornado-Dev-Build": build,
            "Tornado-Dev-Away": String(Math.max(0, Math.round(Date.now() - heard))),
          },
          cache: "no-store",
          redirect: "error",
          signal,
        })
        if (answer.status === 403) { // of another start of the workbench
          stop()
          reloadOnce("token")
          return
        }
        if (!answer.ok) throw new Error(`status ${answer.status}`)
        open = true
        wait = 100
        await read(answer.body)
      } catch {
        wait = Math.min(wait * 2, 2000)
      }
      if (open) heard = Date.now()
      if (!signal.aborted) await new Promise(resolve => setTimeout(resolve, wait))
    }
  }

  async function read(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ""
    let first = true
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + value).split("\n")
      rest = lines.pop()
      for (const line of lines) {
        if (!line.startsWith("data: ")) continue
        obey(line.slice(6), first)
        first = false
      }
    }
  }

  function obey(word, first) {
    if (first && word !== "reload") forget()
    switch (word) {
      case "reload":
        stop()
        first ? reloadOnce("build") : location.reload()
        break
      case "css": styles(); break
      case "failed": failed(); break
      case "mended": mended(); break
    }
  }

  // A page that is out of date as soon as it is there may come from a cache, and
  // would be loaded for ever.
  function reloadOnce(reason) {
    const note = reason + " " + build
    try {
      if (sessionStorage.getItem("tornado-dev") === note) return
      sessionStorage.setItem("tornado-dev", note)
    } catch {
      return
    }
    location.reload()
  }

  function forget() {
    try { sessionStorage.removeItem("tornado-dev") } catch { /* it is not to be had */ }
  }

  const loading = new Map() // style sheets and what will replace them

  function styles() {
    for (const fresh of loading.values()) fresh.remove() // there is a newer one
    loading.clear()
    for (const link of document.querySelectorAll('link[rel~="stylesheet"][href]')) {
      const url = new URL(link.href)
      if (url.origin !== location.origin) continue
      url.searchParams.set("tornado-dev", Date.now())
      const fresh = link.cloneNode()
      fresh.removeAttribute("integrity")
      fresh.href = url.href
      // The old sheet stays until the new one is there, so that nothing flickers.
      const end = gone => () => {
        gone.remove()
        loading.delete(link)
      }
      fresh.onload = end(link)
      fresh.onerror = end(fresh)
      loading.set(link, fresh)
      link.after(fresh)
    }
  }

  let banner = null

  function failed() {
    if (banner && banner.isConnected) return
    banner = document.createElement("div")
    banner.id = "tornado-dev-banner"
    banner.setAttribute("role", "status")
    banner.textContent = "Build failed, see the terminal"
    banner.title = "This page comes from the build before. Click to hide."
    banner.style.cssText = "all:initial;position:fixed;right:16px;bottom:16px;z-index:2147483647;" +
      "box-sizing:border-box;max-width:calc(100vw - 32px);padding:8px 14px;border-radius:8px;cursor:pointer;" +
      "border:1px solid rgba(255,255,255,.22);background:#9f2a1c;color:#fff;box-shadow:0 4px 16px rgba(0,0,0,.25);" +
      "font:500 14px/20px system-ui,sans-serif"
    banner.onclick = () => banner.remove()
    document.documentElement.append(banner)
  }

  function mended() {
    if (banner) banner.remove()
    banner = null
  }

  // A policy of the application that forbids it is not to be tried every second.
  document.addEventListener("securitypolicyviolation", event => {
    if (!event.blockedURI.includes("/.tornado-dev/")) return
    forbidden = true
    stop()
  })
  document.addEventListener("visibilitychange", () => document.hidden ? stop() : start())
  addEventListener("pagehide", stop)
  addEventListener("pageshow", start)
  start()
})()
