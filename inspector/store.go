package inspector

import (
	"io"

	"github.com/tornado-dev/tornado/inspector/wire"
)

// DefaultMaxBytes is the bound of a Store whose Options name none.
const DefaultMaxBytes = 64 << 20

// Options of a Store. The zero value works.
type Options struct {
	// MaxBytes bounds what all records together may hold. Zero means
	// DefaultMaxBytes.
	MaxBytes int64

	// ProjectDir is the directory whose files are the developer's own, absolute.
	// Empty leaves errors as they come: no frame is Own, none has an excerpt.
	ProjectDir string

	// FrameworkDirs are directories inside ProjectDir (or outside) whose files are
	// not the developer's own: the copy of the framework a project carries.
	FrameworkDirs []string
}

// A Store keeps records within a bound in bytes.
type Store struct{}

// NewStore returns an empty Store.
func NewStore(o Options) *Store { return &Store{} }

// An Ingest takes in what one build's probe sends.
type Ingest struct{}

// NewIngest begins the records of a build.
func (s *Store) NewIngest(build int) *Ingest { return nil }

// Read decodes r until it ends, applies what it reads, and calls Close.
func (i *Ingest) Read(r io.Reader) error { return nil }

// Apply takes in one frame.
func (i *Ingest) Apply(kind wire.Kind, payload []byte) error { return nil }

// Close says that the build's stream has ended.
func (i *Ingest) Close() {}

// AddError adds an error and returns its ID.
func (s *Store) AddError(e Error) uint64 { return 0 }

// AddLog adds a line of log and returns its ID.
func (s *Store) AddLog(l Log) uint64 { return 0 }

// Subscribe returns a channel that holds one value when something changed since
// it was last received from.
func (s *Store) Subscribe() (changed <-chan struct{}, cancel func()) { return nil, func() {} }

// Snapshot returns what the store holds.
func (s *Store) Snapshot() Snapshot { return Snapshot{} }

// Since calls f with every complete record after seq.
func (s *Store) Since(seq uint64, f func(Record)) (next uint64, missed int) { return 0, 0 }

// Request returns the request with an ID.
func (s *Store) Request(id uint64) (*Request, bool) { return nil, false }

// Error returns the error with an ID.
func (s *Store) Error(id uint64) (*Error, bool) { return nil, false }

// MarkMended marks errors of a kind that point into one of files as Gone.
func (s *Store) MarkMended(kind string, files ...string) {}

// ResolveBuildErrors marks "build" and "start" errors of builds up to build as Gone.
func (s *Store) ResolveBuildErrors(build int) {}

// MarkReplay says that the connection from localAddr is a replay.
func (s *Store) MarkReplay(localAddr string) {}

// Clear forgets what is over.
func (s *Store) Clear() {}
