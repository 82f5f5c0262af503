package frame

import (
	"encoding/json"
	"os"
	"testing"
)

// TestVectors runs the cases that are pure functions; those of connections are
// package websocket's.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile("../testdata/websocket.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			ID, Fn string
			Args   struct {
				Key  string
				Mask []byte `json:"mask_b64"`
				Data []byte `json:"data_b64"`
			}
			Result string
			Masked []byte `json:"result_b64"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, c := range file.Cases {
		switch ran[c.Fn]++; c.Fn {
		case "accept":
			if got := Accept(c.Args.Key); got != c.Result {
				t.Errorf("%s: got %q; want %q", c.ID, got, c.Result)
			}
		case "mask":
			if Mask([4]byte(c.Args.Mask), 0, c.Args.Data); string(c.Args.Data) != string(c.Masked) {
				t.Errorf("%s: got %q; want %q", c.ID, c.Args.Data, c.Masked)
			}
		}
	}
	if ran["accept"] == 0 || ran["mask"] == 0 {
		t.Errorf("ran %v; want some of each", ran)
	}
}
