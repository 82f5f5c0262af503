package main

import "github.com/tornado-dev/tornado/core/web"

// StoriesAPIHandler answers with all stories as JSON.
type StoriesAPIHandler struct {
	web.RequestHandler
	store *Store
}

// Get writes an object rather than a bare list, so that there is room for more
// beside the stories.
func (h *StoriesAPIHandler) Get() {
	h.Write(map[string]any{"stories": h.store.Stories()})
}

// StoryAPIHandler answers with one story as JSON.
type StoryAPIHandler struct {
	web.RequestHandler
	store *Store
}

func (h *StoryAPIHandler) Get(id int) error {
	story, ok := h.store.Story(id)
	if !ok {
		return noStory(id)
	}
	h.Write(story)
	return nil
}
