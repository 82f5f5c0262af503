package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/tornado-dev/tornado/core/web"
)

type MainHandler struct{ web.RequestHandler }

func (h *MainHandler) Get() { h.Write("Hello, " + h.GetArgument("name", "world")) }

type Story struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

type StoryHandler struct {
	web.RequestHandler
	stories map[int]Story
}

// Get takes a context, so it runs in its own goroutine and may wait.
func (h *StoryHandler) Get(ctx context.Context, id int) error {
	story, ok := h.stories[id]
	if !ok {
		return web.HTTPError{StatusCode: 404}
	}
	h.Write(story)
	return nil
}

// Example serves an application and asks it for three things.
func Example() {
	stories := map[int]Story{7: {7, "Tornado"}}
	app := web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}},
		web.URL[MainHandler](`/`),
		web.URL[StoryHandler](`/story/([0-9]+)`, web.Name("story"), web.Init(func(h *StoryHandler) { h.stories = stories })),
	)
	server, err := app.Listen("127.0.0.1:0") // a program would call log.Fatal(app.ListenAndServe(":8888"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	story, err := app.ReverseURL("story", 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range []string{"/?name=you", story, "/story/8"} {
		fmt.Println(fetch(server.Addresses()[0], path))
	}
	// Output:
	// HTTP/1.1 200 OK: Hello, you
	// HTTP/1.1 200 OK: {"id":7,"title":"Tornado"}
	// HTTP/1.1 404 Not Found: 404: Not Found
}

// fetch asks for a path in the plainest way there is.
func fetch(address, path string) string {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.0\r\nAccept: text/plain\r\n\r\n", path)
	answer := bufio.NewReader(conn)
	status, _ := answer.ReadString('\n')
	rest, _ := io.ReadAll(answer)
	_, body, _ := strings.Cut(string(rest), "\r\n\r\n")
	return strings.TrimSpace(status) + ": " + strings.TrimSpace(body)
}

func ExampleBuildApplication() {
	_, err := web.BuildApplication(web.Settings{}, web.URL[StoryHandler](`/story`))
	_, problem, _ := strings.Cut(err.Error(), ".go:")
	_, problem, _ = strings.Cut(problem, ": ")
	fmt.Println(problem)
	// Output:
	// web_test.StoryHandler.Get(context.Context, int) error does not fit the pattern `/story`, which has no groups; write func (h *StoryHandler) Get(ctx context.Context) error
}
