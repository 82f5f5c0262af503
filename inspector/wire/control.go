package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tornado-dev/tornado/core/trace"
)

// A ControlType says what a Control message asks for or tells.
type ControlType string

const (
	// From the program to its supervisor.
	ControlHello      ControlType = "hello"       // PID: the first message
	ControlListen     ControlType = "listen"      // ID, Network, Address: asks for listening sockets
	ControlReady      ControlType = "ready"       // Address: a server accepts
	ControlRoots      ControlType = "roots"       // Paths: directories whose files are cached
	ControlHeld       ControlType = "held"        // every server stopped accepting and reading
	ControlHandedOver ControlType = "handed-over" // no connection is left

	// From the supervisor to the program.
	ControlListening ControlType = "listening" // ID, and either Error or the sockets as descriptors
	ControlHold      ControlType = "hold"      // stop accepting and reading, answer with ControlHeld
	ControlResume    ControlType = "resume"    // take back a hold
	ControlHandOver  ControlType = "hand-over" // one descriptor: send each connection over it
	ControlAdopt     ControlType = "adopt"     // one descriptor: take connections from it
	ControlForget    ControlType = "forget"    // Paths: drop what was made from these files
	ControlPage      ControlType = "page"      // Page: tell the open pages
	ControlQuit      ControlType = "quit"      // end, as at SIGTERM

	// From a program to its successor, on the socket of ControlHandOver.
	ControlConnection ControlType = "connection" // Address, Connection and its descriptor
)

// What a page may be told by ControlPage. There is nothing else, so that an
// eavesdropper learns nothing.
const (
	PageReload = "reload" // the page is out of date
	PageCSS    = "css"    // only style sheets are
	PageFailed = "failed" // the newest save did not build; this is the earlier program
	PageMended = "mended" // it builds again
)

// A Control is one message between a supervisor and the program it runs.
// Which fields are set follows from Type.
type Control struct {
	Type    ControlType `json:"type"`
	ID      uint64      `json:"id,omitempty"` // pairs an answer with what was asked
	PID     int         `json:"pid,omitempty"`
	Network string      `json:"network,omitempty"`
	Address string      `json:"address,omitempty"` // as the program asked for it
	Error   string      `json:"error,omitempty"`
	Paths   []string    `json:"paths,omitempty"` // absolute
	Page    string      `json:"page,omitempty"`

	// Connection travels without its descriptor, which goes beside the message.
	Connection *trace.HandedConnection `json:"connection,omitempty"`
}

// The environment variables by which a supervisor speaks to a program it starts.
const (
	// ProbeEnv holds the descriptors of the control socket and of the record
	// stream, as "3,4". The probe removes it from the environment.
	ProbeEnv = "TORNADO_PROBE"

	// DevelopmentEnv is "1" in a program run by tornado-dev.
	DevelopmentEnv = "TORNADO_DEV"

	// AllowHostsEnv lists further host names that may be asked for, with commas.
	// The probe removes it from the environment.
	AllowHostsEnv = "TORNADO_ALLOW_HOSTS"

	// TokenEnv holds the secret that the pages of one start of tornado-dev have in
	// common. The probe removes it from the environment.
	TokenEnv = "TORNADO_TOKEN"

	// SocketsEnv gives a program in production its listening sockets, as
	// "127.0.0.1:8888=3"; several have commas between them. core/netutil takes them.
	SocketsEnv = "TORNADO_SOCKETS"
)

// MaxControl is the size of the largest control message, in bytes.
const MaxControl = 16 << 20

// MaxDescriptors is how many descriptors one control message can carry.
const MaxDescriptors = 16

// ErrControlSize reports a control message above MaxControl, or one that claims
// to be empty. The connection cannot be used any longer.
var ErrControlSize = errors.New("wire: control message has an impossible size")

// ErrUnsupported reports that this system cannot pass descriptors to another
// process.
var ErrUnsupported = errors.New("running a project is not supported on this system; it needs Linux, macOS or a BSD")

const controlHeader = 4 // length of the JSON that follows, big-endian

// AppendControl appends m as it is on the wire to buf.
func AppendControl(buf []byte, m *Control) ([]byte, error) {
	payload, err := json.Marshal(m)
	if err != nil {
		return buf, fmt.Errorf("wire: control message: %w", err)
	}
	if len(payload) > MaxControl {
		return buf, ErrControlSize
	}
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(payload)))
	return append(buf, payload...), nil
}

// controlSize reads the header of a message: the number of bytes that follow it.
func controlSize(header []byte) (int, error) {
	n := binary.BigEndian.Uint32(header)
	if n == 0 || n > MaxControl {
		return 0, ErrControlSize
	}
	return int(n), nil
}

// ParseControl reads the payload of one message.
func ParseControl(payload []byte) (*Control, error) {
	m := new(Control)
	if err := json.Unmarshal(payload, m); err != nil {
		return nil, fmt.Errorf("wire: control message: %w", err)
	}
	if m.Type == "" {
		return nil, errors.New("wire: control message without a type")
	}
	return m, nil
}
