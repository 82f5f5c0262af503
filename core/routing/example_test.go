package routing_test

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/routing"
)

func ExamplePattern() {
	story := routing.MustCompile(`/story/([^/]+)`)

	var m routing.Match
	fmt.Println(story.Match("/story/caf%C3%A9%2Fbar", &m), m.Value(0))

	path, _ := story.Reverse("café")
	fmt.Println(path)
	// Output:
	// true café/bar
	// /story/caf%C3%A9
}
