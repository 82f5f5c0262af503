// Package wire is the language between a running application and the workbench.
//
// A stream is a sequence of frames:
//
//	byte    Magic, which also names the version of the language
//	byte    Kind
//	uint32  length of the payload, little endian, at most MaxPayload
//	bytes   payload
//
// Append functions write frames to a slice and allocate nothing when it has
// room; Reader and the Parse functions read them, and answer damage with
// ErrDamaged, never with a panic and never with more memory than came in. A
// reader skips kinds it does not know. The package holds no state but a
// Reader's; any goroutine may use it.
//
//   - AppendRequestFinished, AppendLog, ...: records to bytes
//   - Reader: bytes to frames
//   - ParseRequest, ParseLog, ...: payloads to records
package wire

// A Kind says what a frame carries.
type Kind uint8

const (
	KindConnectionOpened Kind = iota + 1
	KindConnectionUpdated
	KindConnectionClosed
	KindRequestStarted
	KindRequestPhase
	KindRequestFinished
	KindError
	KindLog
	KindRoutes
	KindLoopReport
	KindLoopBlocked
	KindDropped
	KindStanding

	// KindControl and above belong to control messages.
	KindControl Kind = 128
)
