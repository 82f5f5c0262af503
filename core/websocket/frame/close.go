package frame

import (
	"fmt"
	"unicode/utf8"
)

// A Code says why a connection ends.
type Code uint16

// The codes of RFC 6455 section 7.4.1 and of IANA's registry. From 3000 to 3999
// they are registered by libraries, from 4000 to 4999 everybody's own.
const (
	Normal           Code = 1000
	GoingAway        Code = 1001 // the server stops, the browser leaves the page
	ProtocolError    Code = 1002
	UnsupportedData  Code = 1003
	NoStatus         Code = 1005 // never sent: the close frame had no code
	Abnormal         Code = 1006 // never sent: the connection ended without a close frame
	InvalidPayload   Code = 1007 // text that is not UTF-8, data that does not inflate
	PolicyViolation  Code = 1008
	MessageTooBig    Code = 1009
	MissingExtension Code = 1010
	InternalError    Code = 1011
	ServiceRestart   Code = 1012
	TryAgainLater    Code = 1013
	BadGateway       Code = 1014
	TLSFailure       Code = 1015 // never sent
)

var codeNames = map[Code]string{
	Normal: "normal closure", GoingAway: "going away", ProtocolError: "protocol error",
	UnsupportedData: "unsupported data", NoStatus: "no status", Abnormal: "abnormal closure",
	InvalidPayload: "invalid payload", PolicyViolation: "policy violation", MessageTooBig: "message too big",
	MissingExtension: "missing extension", InternalError: "internal error", ServiceRestart: "service restart",
	TryAgainLater: "try again later", BadGateway: "bad gateway", TLSFailure: "TLS failure",
}

// String is the name of a code: "going away", or "code 4000".
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return fmt.Sprintf("code %d", uint16(c))
}

// Sendable reports whether a close frame may have the code.
func (c Code) Sendable() bool {
	switch c {
	case NoStatus, Abnormal, TLSFailure:
		return false
	}
	_, registered := codeNames[c]
	return registered || 3000 <= c && c <= 4999
}

// MaxReason is the longest reason of a close frame, in bytes.
const MaxReason = MaxControl - 2

var (
	errClosePayload = &Error{ProtocolError, "a close frame with half a code"}
	errCloseCode    = &Error{ProtocolError, "a close code that must not be sent"}
	errCloseReason  = &Error{InvalidPayload, "a close reason that is not UTF-8"}
)

// ParseClose reads the payload of a close frame. An empty one has the code
// NoStatus. It fails with an *Error if the code must not be sent or the reason is
// not UTF-8.
func ParseClose(payload []byte) (code Code, reason string, err error) {
	switch len(payload) {
	case 0:
		return NoStatus, "", nil
	case 1:
		return 0, "", errClosePayload
	}
	code = Code(payload[0])<<8 | Code(payload[1])
	switch {
	case !code.Sendable():
		return 0, "", errCloseCode
	case !utf8.Valid(payload[2:]):
		return 0, "", errCloseReason
	}
	return code, string(payload[2:]), nil
}

// AppendClose appends the payload of a close frame: nothing for NoStatus and zero,
// which have no place for a reason. The reason is cut to MaxReason bytes between
// two characters; octets that are not UTF-8 are replaced. Whether the code may be
// sent is the caller's to ask.
func AppendClose(dst []byte, code Code, reason string) []byte {
	if code == NoStatus || code == 0 {
		return dst
	}
	dst = append(dst, byte(code>>8), byte(code))
	start := len(dst)
	for _, r := range reason {
		if len(dst)-start+utf8.RuneLen(r) > MaxReason {
			break
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
