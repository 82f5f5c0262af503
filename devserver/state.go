// Package devserver runs a project while somebody works on it: it watches the
// files, builds, starts the new program, hands the sockets over and lets the old
// program finish. It also runs a project in production.
//
// Anybody may call the methods of a Server; what happens does so on goroutines of
// Server.Run, whose end waits for all of them.
//
//   - Server: New finds the project, Run works on it, Snapshot tells the State
//   - State: what the project is doing, Changed and StatesSince what it did
//   - Serve: builds without the probe, and runs in production
//   - devserver/lines: prints states and records as lines
package devserver

import "time"

// Phase is what the project is doing.
type Phase uint8

const (
	Building Phase = iota // includes waiting for the new program to say that it is ready
	Failed                // the newest build did not build or did not start
	Live
)

func (p Phase) String() string { return [...]string{"building", "failed", "live"}[p] }

// A State is what a glance at the status bar should tell. It is a copy.
type State struct {
	Phase   Phase
	Since   time.Time // when Phase began
	Project string    // directory, absolute
	Package string    // main package, "./cmd/blog"
	Address string    // "127.0.0.1:8888"; empty until the program asked for one
	Build   int       // number of the program that answers; 0 before the first
	PID     int       // of that program
	Trigger string    // what was saved, relative to Project, "" for the first build

	HoldTime  time.Duration // from noticing the last save until the running program stood still
	BuildTime time.Duration // of the last build
	StartTime time.Duration // of the last start, until it was ready
	Message   string        // why it failed, in one line
	Serving   bool          // an earlier program answers although Phase is not Live
	Draining  int           // earlier programs that finish what they have
	Held      bool          // requests wait for the new program
	Reloads   int           // template, static and catalogue saves that needed no build
}
