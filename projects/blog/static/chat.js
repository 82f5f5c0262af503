"use strict"

// Long polling: one request at a time waits on the server until somebody says
// something. No answer is lost between two requests, because each one names the
// last message that this page has.

const list = document.getElementById("messages")
const state = document.getElementById("state")
const form = document.getElementById("say")

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

function lastID() {
  return list.lastElementChild ? list.lastElementChild.dataset.id : "0"
}

// show uses textContent throughout, so what people write stays text.
function show(message) {
  const item = document.createElement("li")
  item.dataset.id = message.id
  for (const [tag, text] of [["b", message.name], ["time", message.time], ["span", message.text]]) {
    const part = document.createElement(tag)
    part.textContent = text
    item.append(part, " ")
  }
  list.append(item)
  item.scrollIntoView({ block: "nearest" })
}

function tell(text, good) {
  state.textContent = text
  state.className = good ? "state good" : "state bad"
}

async function poll() {
  const address = list.dataset.updates.replace(/0$/, "")
  let wait = 0
  for (;;) {
    // A server that lets us wait is there.
    const patience = setTimeout(tell, 500, "connected", true)
    try {
      const answer = await fetch(address + lastID(), { cache: "no-store" })
      if (!answer.ok) throw new Error(`status ${answer.status}`)
      const { messages } = await answer.json()
      messages.forEach(show)
      // An empty answer means that the server had nothing for a while, or is being
      // replaced: ask again at once, and the successor answers.
      wait = 0
    } catch {
      // The server is away. Wait longer each time, and a little at random, so that
      // not everybody comes back in the same moment.
      clearTimeout(patience) // before the pause
      tell("trying to connect", false)
      wait = Math.min(wait * 2 || 250, 8000)
      await pause(wait * (0.5 + Math.random()))
    } finally {
      clearTimeout(patience)
    }
  }
}

form.addEventListener("submit", async event => {
  event.preventDefault()
  const text = form.elements.text
  try {
    // The server answers with a redirect to this page, for browsers without this
    // script. There is no need to follow it: the message arrives through poll.
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      redirect: "manual",
    })
    if (answer.type !== "opaqueredirect") throw new Error(`status ${answer.status}`)
    text.value = ""
  } catch {
    tell("not sent, try again", false)
  }
  text.focus()
})

list.lastElementChild?.scrollIntoView({ block: "nearest" })
poll()
