package main

import (
	"bytes"
	"image"
	_ "image/gif" // what DecodeConfig knows
	_ "image/jpeg"
	_ "image/png"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/web"
)

// A Picture is what a reader has uploaded.
type Picture struct {
	ContentType string
	Content     []byte
}

const maxPicture = 4 << 20 // bytes

// uploaded takes the picture from a form; nil if none was chosen. What kind it is,
// its content says: the names that browsers send can be anything. The complaint says
// what is wrong with it, or nothing.
func uploaded(files []httputil.HTTPFile) (picture *Picture, complaint string) {
	if len(files) == 0 {
		return nil, ""
	}
	content := files[0].Body
	if len(content) > maxPicture {
		return nil, "That picture is too large: 4 MB are enough."
	}
	_, kind, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, "That is no picture: it should be a PNG, JPEG or GIF."
	}
	// A copy, for content is a part of the whole request.
	return &Picture{ContentType: "image/" + kind, Content: bytes.Clone(content)}, ""
}

// PictureHandler answers with the picture of a story.
type PictureHandler struct {
	web.RequestHandler
	store *Store
}

func (h *PictureHandler) Get(id int) error {
	story, ok := h.store.Story(id)
	if !ok || story.Picture == nil {
		return noStory(id)
	}
	h.SetHeader("Content-Type", story.Picture.ContentType)
	h.SetHeader("X-Content-Type-Options", "nosniff") // it is a picture, and nothing else
	h.Write(story.Picture.Content)
	return nil
}
