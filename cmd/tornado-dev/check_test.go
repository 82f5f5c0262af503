package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckCommand(t *testing.T) {
	for _, tt := range []struct {
		name, text     string
		status         int
		stdout, stderr string
	}{
		{"fine", "{{ title }}", 0, "1 template, no mistakes\n", ""},
		{"a mistake", "a\n{% whle x %}", 1, "templates/page.html:2:1: unknown operator: 'whle'; did you mean 'while'?\n", "tornado-dev: 1 mistake in 1 template\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "templates"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "templates", "page.html"), []byte(tt.text), 0o666); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			status := run(context.Background(), []string{"check", dir}, &stdout, &stderr)
			if status != tt.status || stdout.String() != tt.stdout || stderr.String() != tt.stderr {
				t.Errorf("status %d, %q, %q; want %d, %q, %q", status, stdout.String(), stderr.String(), tt.status, tt.stdout, tt.stderr)
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		if status := run(context.Background(), []string{"check", t.TempDir()}, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "no templates found") {
			t.Errorf("status %d, %q", status, stderr.String())
		}
	})
}
