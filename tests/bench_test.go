package tests

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// freshAnswer asks until the answer is want, as a person who presses reload at
// once, and returns how long that took since the save began.
func freshAnswer(b *testing.B, client *http.Client, url, want string, since time.Time) time.Duration {
	b.Helper()
	for deadline := since.Add(patience); time.Now().Before(deadline); {
		response, err := client.Get(url)
		if err != nil {
			b.Fatal(err)
		}
		var body strings.Builder
		_, err = fmt.Fprint(&body, readAll(b, response))
		if err != nil {
			b.Fatal(err)
		}
		if strings.Contains(body.String(), want) {
			return time.Since(since)
		}
		// An old answer is possible only until the save has been noticed.
		<-time.After(500 * time.Microsecond)
	}
	b.Fatalf("no answer with %q", want)
	return 0
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkGoSave compares, turn by turn, go build of a project after a change
// with the time from such a change to the new program's answer. go build writes
// what tornado-dev writes: a program without DWARF tables.
func BenchmarkGoSave(b *testing.B) {
	dir := newApp(b)
	w := start(b, dir, "--addr", "127.0.0.1:0")
	url := "http://" + w.live() + "/version"
	plain := newApp(b) // the same project, with nobody watching
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	var builds, defaults, answers []time.Duration
	version := 1
	build := func(flags ...string) time.Duration {
		version++
		save(b, plain, "version.go", versionSource(version))
		args := append([]string{"build", "-o", filepath.Join(b.TempDir(), "app")}, flags...)
		command := exec.Command("go", args...)
		command.Dir = plain
		begun := time.Now()
		if out, err := command.CombinedOutput(); err != nil {
			b.Fatalf("go build: %v\n%s", err, out)
		}
		return time.Since(begun)
	}
	build() // both caches are warm from here on
	build("-ldflags=-w")
	b.ResetTimer()
	for b.Loop() {
		defaults = append(defaults, build())
		builds = append(builds, build("-ldflags=-w"))
		version++
		begun := time.Now()
		save(b, dir, "version.go", versionSource(version))
		answers = append(answers, freshAnswer(b, client, url, fmt.Sprint(version), begun))
		w.live()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(defaults)), "ms-go-build")
	b.ReportMetric(milliseconds(median(builds)), "ms-go-build-w")
	b.ReportMetric(milliseconds(median(answers)), "ms-save-to-answer")
	b.ReportMetric(milliseconds(median(answers)-median(builds)), "ms-more-than-build-w")
}

// BenchmarkTemplateSave is the time from saving a template to a page made of it.
func BenchmarkTemplateSave(b *testing.B) {
	dir := newApp(b)
	w := start(b, dir, "--addr", "127.0.0.1:0")
	url := "http://" + w.live() + "/page"
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	var answers []time.Duration
	n := 0
	b.ResetTimer()
	for b.Loop() {
		n++
		want := fmt.Sprintf("<b>%d</b>", n)
		begun := time.Now()
		save(b, dir, "templates/page.html", `{% extends "base.html" %}{% block body %}`+want+`{% end %}`)
		answers = append(answers, freshAnswer(b, client, url, want, begun))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(answers)), "ms-save-to-answer")
}

// BenchmarkProbe compares the CPU time that the program uses for a request with
// and without the workbench attached, in turns, at the same rate.
func BenchmarkProbe(b *testing.B) {
	dir := newApp(b)
	program := filepath.Join(b.TempDir(), "app")
	command := exec.Command("go", "build", "-o", program)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	alone := exec.Command(binary, "serve", "--addr", "127.0.0.1:18873", dir)
	if err := alone.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { alone.Process.Signal(interrupt); alone.Wait() }()
	waitForServer(b, "127.0.0.1:18873")
	w := start(b, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	var with, without []int
	waitUntil(b, "one program each, and no go command", func() bool {
		with, without = childrenOf(b, w.command.Process.Pid), childrenOf(b, alone.Process.Pid)
		return len(with) == 1 && len(without) == 1
	})
	var ratios, perRequest, perRequestAlone []float64
	b.ResetTimer()
	for b.Loop() {
		a := cpuPerRequest(b, without[0], "127.0.0.1:18873")
		p := cpuPerRequest(b, with[0], address)
		ratios = append(ratios, p/a)
		perRequest, perRequestAlone = append(perRequest, p), append(perRequestAlone, a)
	}
	slices.Sort(ratios)
	slices.Sort(perRequest)
	slices.Sort(perRequestAlone)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(perRequestAlone[len(ratios)/2], "cpu-µs-alone")
	b.ReportMetric(perRequest[len(ratios)/2], "cpu-µs-probed")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
}
