package web

import (
	"context"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
)

// An echoDelegate answers with the body of the request.
type echoDelegate struct {
	app     *Application
	request httputil.HTTPServerRequest
	body    []byte
}

func (d *echoDelegate) StartRequest(request *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &echoDelegate{app: d.app, request: *request}
}

func (d *echoDelegate) HeadersReceived() *concurrent.Future[struct{}] { return nil }

func (d *echoDelegate) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	d.body = append(d.body, chunk...)
	return nil
}

func (d *echoDelegate) Finish() {
	d.app.Go(func(ctx context.Context) {
		d.request.Connection.AddCallback(func() {
			headers := new(httputil.HTTPHeaders)
			_ = headers.Set("Content-Length", itoa(len(d.body))) // a number
			if err := d.request.Connection.WriteHeaders(httputil.ResponseStartLine{Code: 200}, headers, d.body); err == nil {
				_ = d.request.Connection.Finish()
			}
		})
	})
}

func (d *echoDelegate) OnConnectionClose(error) {}

func TestFallback(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{Loops: 1}, URL[helloHandler](`/`),
		Fallback(`/echo`, func(a *Application) httputil.HTTPServerConnectionDelegate { return &echoDelegate{app: a} }))
	for _, tt := range []struct {
		request string
		status  int
		body    string
	}{
		{ask("POST", "/echo", "text"), 200, "text"},
		{get("/"), 200, "Hello, world"},
		{get("/none"), 404, ""},
	} {
		got := exchangeOverSocket(t, app, tt.request)
		if got.status != tt.status || tt.body != "" && got.body != tt.body {
			t.Errorf("%q: got %d %q; want %d %q", tt.request, got.status, got.body, tt.status, tt.body)
		}
	}
	if routes := app.Routes(); len(routes) != 2 || routes[1].Pattern != "/echo" {
		t.Errorf("got the routes %+v", routes)
	}
}
