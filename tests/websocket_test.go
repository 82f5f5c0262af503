package tests

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket"
)

// chatPage is a chat by WebSocket; that of new projects is by long polling.
const chatPage = `<!DOCTYPE html>
<title>Chat</title>
<ul id="messages"></ul>
<form id="say"><input name="text"></form>
<script>
const form = document.getElementById("say")
const socket = new WebSocket("ws://" + location.host + "/socket", ["chat"])
socket.onopen = () => { document.title = "open " + socket.protocol + " " + socket.extensions }
socket.onclose = event => { document.title = ["closed", event.code, event.reason, event.wasClean].join("|") }
socket.onmessage = event => {
  const item = document.createElement("li")
  item.textContent = event.data
  document.getElementById("messages").append(item)
}
form.onsubmit = event => {
  event.preventDefault()
  socket.send(form.elements.text.value)
}
</script>`

type chatPageHandler struct{ web.RequestHandler }

func (h *chatPageHandler) Get() {
	h.SetHeader("Content-Type", "text/html; charset=UTF-8")
	h.Write(chatPage)
}

// A chatSocket is one browser's part in the chat.
type chatSocket struct {
	websocket.WebSocketHandler
	hub   *websocket.Hub
	ended chan<- websocket.Code
}

func (h *chatSocket) WebSocketOptions() websocket.Options {
	return websocket.Options{Compression: &websocket.Compression{Threshold: 20}}
}

func (h *chatSocket) SelectSubprotocol(offered []string) string { return offered[0] }

func (h *chatSocket) Open() error { return h.hub.Join(h, "chat") }

func (h *chatSocket) OnMessage(text string) error {
	if text == "/quit" {
		return h.Close(4000, "as you like")
	}
	return h.hub.WriteMessage("chat", text)
}

func (h *chatSocket) OnClose() { h.ended <- h.CloseCode() }

// TestBrowserWebSocketChat talks from one tab to another.
func TestBrowserWebSocketChat(t *testing.T) {
	t.Parallel()
	hub, err := websocket.NewHub(websocket.HubOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan websocket.Code, 2) // for both
	s := tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 2, LogFunction: func(*web.RequestHandler) {}},
		web.URL[chatPageHandler](`/`),
		web.URL[chatSocket](`/socket`, web.Init(func(h *chatSocket) { h.hub, h.ended = hub, ended }))))
	one := openBrowser(t)
	two := one.another()
	const opened = `document.title.startsWith("open chat permessage-deflate")`
	for _, b := range []*tab{one, two} {
		b.open(s.URL("/"))
		b.waitFor("a compressed connection", opened)
	}
	say := func(b *tab, text string) {
		t.Helper()
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		b.eval(fmt.Sprintf(`(form => { form.elements.text.value = %s; form.requestSubmit() })(document.getElementById("say"))`, quoted))
	}
	const said = `document.getElementById("messages").lastChild?.textContent == %q`
	for _, text := range []string{"short", "long enough to be compressed, and compressed, and compressed", "<b>ünïcode</b> 🌪 and more of it"} {
		for _, from := range []*tab{one, two} {
			say(from, text)
			for _, b := range []*tab{one, two} {
				b.waitFor("the message", fmt.Sprintf(said, text))
			}
			say(from, "next")
			for _, b := range []*tab{one, two} {
				b.waitFor("the message", fmt.Sprintf(said, "next"))
			}
		}
	}
	say(one, "/quit")
	one.waitFor("the end", `document.title == "closed|4000|as you like|true"`)
	if code := <-ended; code != 4000 {
		t.Errorf("the server saw %d; want 4000", code)
	}
	two.eval(`socket.close(4321, "bye")`)
	two.waitFor("the end", `document.title == "closed|4321||true"`)
	if code := <-ended; code != 4321 {
		t.Errorf("the server saw %d; want 4321", code)
	}
	if n := hub.Len("chat"); n != 0 {
		t.Errorf("%d are in the room; want nobody", n)
	}
	one.fine()
	two.fine()
}
