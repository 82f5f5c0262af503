package websocketclient_test

import (
	"context"
	"time"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/websocketclient"
)

func ExampleConnect() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := websocketclient.Connect(ctx, "ws://127.0.0.1:8888/echo", websocketclient.Options{
		PingInterval: 30 * time.Second,
		Reconnect: &websocketclient.Reconnect{
			OnDisconnect: func(_ *websocketclient.Connection, err error, delay time.Duration) {
				log.Application.Info("%v; again in %v", err, delay)
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := c.WriteMessage(ctx, "hello"); err != nil {
		log.Fatal(err)
	}
	m, err := c.ReadMessage(ctx)
	log.Application.Info("%s, %v", m.Text(), err)
	if err := c.Close(0, ""); err != nil {
		log.Fatal(err)
	}
}
