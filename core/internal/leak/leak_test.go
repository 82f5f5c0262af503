package leak

import (
	"os"
	"strings"
	"testing"
)

func TestSince(t *testing.T) {
	before := Descriptors()
	if left := Since(before, patience); left != "" {
		t.Fatalf("nothing was left behind, and it says:\n%s", left)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() { // ends with the test
		defer close(ended)
		<-end
	}()
	left := Since(before, 0)
	if !strings.Contains(left, "TestSince.func") {
		t.Errorf("the goroutine is not found; got:\n%s", left)
	}
	if before != nil && strings.Count(left, "pipe:") != 2 {
		t.Errorf("the descriptors are not found; got:\n%s", left)
	}
	close(end)
	<-ended
	r.Close()
	w.Close()
	if left := Since(before, patience); left != "" {
		t.Errorf("everything was taken away, and it says:\n%s", left)
	}
}

func TestMain(m *testing.M) { Main(m) }
