package main

import (
	"strings"
	"sync"
	"time"
)

// A Story is one entry of the blog.
type Story struct {
	ID     int       `json:"id"`
	Title  string    `json:"title"`
	Body   string    `json:"body"`
	Author string    `json:"author,omitempty"`
	Posted time.Time `json:"posted"`

	Picture *Picture `json:"-"` // nil if there is none
}

// Date is the day it was posted, as the pages show it.
func (s Story) Date() string { return s.Posted.Format("2 January 2006") }

// Minutes is about how long it takes to read.
func (s Story) Minutes() int { return 1 + len(strings.Fields(s.Body))/200 }

// A Block is a paragraph, or a piece of code, of a story.
type Block struct {
	Text string
	Code bool
}

// Blocks cuts the body at empty lines. What is indented is code.
func (s Story) Blocks() []Block {
	var blocks []Block
	for text := range strings.SplitSeq(s.Body, "\n\n") {
		code := strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "    ")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if code {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "\n\t", "\n"), "\n    ", "\n")
		}
		blocks = append(blocks, Block{Text: text, Code: code})
	}
	return blocks
}

// Summary is the first paragraph.
func (s Story) Summary() string {
	for _, block := range s.Blocks() {
		if !block.Code {
			return block.Text
		}
	}
	return ""
}

// A Store keeps the stories in memory: a new start begins with the samples
// again. Put your database behind the same methods, and give the handlers that
// call it a context (see ChatUpdatesHandler), for then they wait.
//
// Handlers run on several event loops at once, hence the mutex.
type Store struct {
	mu      sync.Mutex
	stories []Story // oldest first; the ID is the index plus one
}

// NewStore returns a store that holds the given stories, oldest first.
func NewStore(stories ...Story) *Store {
	store := &Store{}
	for _, story := range stories {
		store.Add(story)
	}
	return store
}

// Add stores the story under a new ID and returns it with that.
func (s *Store) Add(story Story) Story {
	s.mu.Lock()
	defer s.mu.Unlock()
	story.ID = len(s.stories) + 1
	s.stories = append(s.stories, story)
	return story
}

// Story returns the story with the given ID, and whether there is one.
func (s *Store) Story(id int) (Story, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > len(s.stories) {
		return Story{}, false
	}
	return s.stories[id-1], true
}

// Stories returns all stories, newest first.
func (s *Store) Stories() []Story {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := make([]Story, 0, len(s.stories))
	for i := len(s.stories) - 1; i >= 0; i-- {
		newest = append(newest, s.stories[i])
	}
	return newest
}
