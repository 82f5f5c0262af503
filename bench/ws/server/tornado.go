//go:build linux

package main

import (
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket"
)

type tornadoSocket struct{ websocket.WebSocketHandler }

var tornadoHub, _ = websocket.NewHub(websocket.HubOptions{}) // fails only with a broker

func (h *tornadoSocket) WebSocketOptions() websocket.Options {
	return websocket.Options{PingInterval: pings}
}

func (h *tornadoSocket) Open() error {
	if messages == 0 {
		return nil
	}
	return tornadoHub.Join(h, "all")
}

func (h *tornadoSocket) OnMessage(data []byte, binary bool) error {
	if binary {
		return h.WriteBinary(data)
	}
	return h.WriteMessage(string(data))
}

func serveTornado(address string) error {
	app := web.NewApplication(web.Settings{LogFunction: func(*web.RequestHandler) {}}, web.URL[tornadoSocket](`/`))
	return app.ListenAndServe(address)
}

func broadcastTornado(text string) {
	if err := tornadoHub.WriteMessage("all", text); err != nil {
		panic(err)
	}
}
