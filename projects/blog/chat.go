package main

import (
	"context"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/web"
)

// ChatHandler shows the chat and takes what is said there.
type ChatHandler struct {
	Page
	room *Room
}

func (h *ChatHandler) Get() error {
	messages, _ := h.room.After(0)
	return h.Render("chat.html", web.Args{"messages": messages})
}

// Post goes back to the page, which serves a browser without scripts; chat.js
// posts the same form and does not follow the redirect.
func (h *ChatHandler) Post() {
	if text := h.GetArgument("text"); text != "" {
		h.room.Say(h.GetArgument("name", "somebody"), text)
	}
	h.Redirect(h.ReverseURL("chat"))
}

// ChatUpdatesHandler answers with what was said after a message, as soon as
// there is something: this is long polling.
type ChatUpdatesHandler struct {
	web.RequestHandler
	room *Room
}

// pollTimeout is below the minute after which proxies give up on an answer.
const pollTimeout = 50 * time.Second

// Get takes a context, so it has a goroutine of its own and may wait. The
// context ends when the browser has gone.
//
// When the program is about to be replaced, or stopped, Get answers with nothing
// rather than keep the server waiting. The browser then asks again, and its next
// request is answered by the successor.
func (h *ChatUpdatesHandler) Get(ctx context.Context, after int64) error {
	messages, more := h.room.After(after)
	if len(messages) == 0 {
		timeout := time.NewTimer(pollTimeout)
		defer timeout.Stop()
		select {
		case <-more:
			messages, _ = h.room.After(after)
		case <-h.Application().Draining():
		case <-timeout.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	h.Write(map[string]any{"messages": messages})
	return nil
}

// A Message is one thing said in the chat.
type Message struct {
	ID   int64  `json:"id"` // ascending
	Name string `json:"name"`
	Text string `json:"text"`
	Time string `json:"time"`
}

// maxMessages bounds the memory of the chat.
const maxMessages = 200

// A Room keeps the last messages and tells those who wait about new ones.
type Room struct {
	mu       sync.Mutex
	last     int64         // ID of the last message
	messages []Message     // oldest first, at most maxMessages
	more     chan struct{} // closed by the next message
}

// NewRoom returns an empty room. Its message IDs go on from the time, so that
// they ascend across a restart too: a browser which waits for what comes after
// the last message of an earlier program gets the first one of this program.
func NewRoom() *Room {
	return &Room{last: time.Now().UnixMilli(), messages: []Message{}, more: make(chan struct{})}
}

// Say adds a message.
func (r *Room) Say(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.messages = append(r.messages, Message{r.last, name, text, time.Now().Format("15:04")})
	if extra := len(r.messages) - maxMessages; extra > 0 {
		r.messages = append([]Message{}, r.messages[extra:]...)
	}
	close(r.more)
	r.more = make(chan struct{})
}

// After returns the messages with an ID above the given one, and a channel that
// is closed when there are more.
func (r *Room) After(id int64) ([]Message, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := len(r.messages)
	for first > 0 && r.messages[first-1].ID > id {
		first--
	}
	return r.messages[first:], r.more
}
