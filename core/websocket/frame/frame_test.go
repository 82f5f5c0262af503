package frame

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParseHeader(t *testing.T) {
	for _, tt := range []struct {
		name, wire string
		want       Header
		err        error
	}{
		{"text", "\x81\x05", Header{Opcode: Text, Fin: true, Length: 5}, nil},
		{"a fragment", "\x02\x00", Header{Opcode: Binary}, nil},
		{"masked", "\x81\x85abcd", Header{Opcode: Text, Fin: true, Masked: true, Mask: [4]byte{'a', 'b', 'c', 'd'}, Length: 5}, nil},
		{"compressed", "\xc1\x01", Header{Opcode: Text, Fin: true, Compressed: true, Length: 1}, nil},
		{"125", "\x82\x7d", Header{Opcode: Binary, Fin: true, Length: 125}, nil},
		{"126", "\x82\x7e\x00\x7e", Header{Opcode: Binary, Fin: true, Length: 126}, nil},
		{"65535", "\x82\x7e\xff\xff", Header{Opcode: Binary, Fin: true, Length: 65535}, nil},
		{"65536", "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", Header{Opcode: Binary, Fin: true, Length: 65536}, nil},
		{"the longest", "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", Header{Opcode: Binary, Fin: true, Length: 1<<63 - 1}, nil},
		{"ping", "\x89\x7d", Header{Opcode: Ping, Fin: true, Length: 125}, nil},

		{"RSV2", "\xa1", Header{}, errReserved},
		{"RSV3", "\x91", Header{}, errReserved},
		{"opcode 3", "\x83", Header{}, errOpcode},
		{"opcode 7", "\x87", Header{}, errOpcode},
		{"opcode 11", "\x8b", Header{}, errOpcode},
		{"opcode 15", "\x8f", Header{}, errOpcode},
		{"ping in fragments", "\x09", Header{}, errControlFin},
		{"a compressed ping", "\xc9", Header{}, errControlRSV1},
		{"a long ping", "\x89\x7e", Header{}, errControlLength},
		{"125 in two octets", "\x82\x7e\x00\x7d", Header{}, errLength},
		{"65535 in eight octets", "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", Header{}, errLength},
		{"top bit", "\x82\x7f\x80", Header{}, errLengthBit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for end := range len(tt.wire) {
				if _, n, err := ParseHeader([]byte(tt.wire[:end])); n != 0 || err != nil {
					t.Errorf("of %q got %d, %v; want no decision yet", tt.wire[:end], n, err)
				}
			}
			h, n, err := ParseHeader([]byte(tt.wire + "next"))
			if err != tt.err || err == nil && (h != tt.want || n != len(tt.wire)) {
				t.Fatalf("got %+v, %d, %v; want %+v, %v", h, n, err, tt.want, tt.err)
			}
			if tt.err == nil && string(h.Append(nil)) != tt.wire {
				t.Errorf("got %q when appended; want %q", h.Append(nil), tt.wire)
			}
		})
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	_, _, err := ParseHeader([]byte("\xf1"))
	var e *Error
	if !errors.As(err, &e) || e.Code != ProtocolError || e.Error() != "websocket: a reserved bit is set (1002)" {
		t.Errorf("got %v", err)
	}
}

func TestOpcodeNames(t *testing.T) {
	for opcode, want := range map[Opcode]string{Text: "text", Pong: "pong", 5: "opcode 5"} {
		if opcode.String() != want {
			t.Errorf("got %v; want %s", opcode, want)
		}
	}
}

// TestMask masks pieces of every length at every alignment, and in pieces.
func TestMask(t *testing.T) {
	mask := [4]byte{0x12, 0x34, 0x56, 0x78}
	source := make([]byte, 160)
	for i := range source {
		source[i] = byte(rand.Uint32())
	}
	for start := range 9 {
		for length := range 100 {
			for offset := range 5 {
				got := append([]byte(nil), source...)
				Mask(mask, offset, got[start:start+length])
				want := append([]byte(nil), source...)
				for i := range length {
					want[start+i] ^= mask[(offset+i)%4]
				}
				if !bytes.Equal(got, want) {
					t.Fatalf("%d bytes at %d, offset %d: got %x; want %x", length, start, offset, got, want)
				}
			}
		}
	}
	for cut := range 100 {
		whole, pieces := append([]byte(nil), source...), append([]byte(nil), source...)
		Mask(mask, 0, whole)
		Mask(mask, 0, pieces[:cut])
		Mask(mask, cut, pieces[cut:])
		if !bytes.Equal(whole, pieces) {
			t.Fatalf("cut at %d: got %x; want %x", cut, pieces, whole)
		}
	}
}

func TestClosePayload(t *testing.T) {
	long := strings.Repeat("x", MaxReason)
	for _, tt := range []struct {
		name, payload string
		code          Code
		reason        string
		err           error
	}{
		{"empty", "", NoStatus, "", nil},
		{"half a code", "\x03", 0, "", errClosePayload},
		{"normal", "\x03\xe8", Normal, "", nil},
		{"a reason", "\x03\xe9bye", GoingAway, "bye", nil},
		{"the longest reason", "\x03\xe8" + long, Normal, long, nil},
		{"bad UTF-8", "\x03\xe8\xff", 0, "", errCloseReason},
		{"UTF-8 that is cut", "\x03\xe8\xe2\x82", 0, "", errCloseReason},
		{"a surrogate", "\x03\xe8\xed\xa0\x80", 0, "", errCloseReason},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, reason, err := ParseClose([]byte(tt.payload))
			if code != tt.code || reason != tt.reason || err != tt.err {
				t.Fatalf("got %v, %q, %v; want %v, %q, %v", code, reason, err, tt.code, tt.reason, tt.err)
			}
			if err == nil && string(AppendClose(nil, code, reason)) != tt.payload {
				t.Errorf("got %q when appended; want %q", AppendClose(nil, code, reason), tt.payload)
			}
		})
	}
}

func TestCloseCodes(t *testing.T) {
	good := func(c int) bool {
		return 1000 <= c && c <= 1003 || 1007 <= c && c <= 1014 || 3000 <= c && c <= 4999
	}
	for c := range 65536 {
		_, _, err := ParseClose([]byte{byte(c >> 8), byte(c)})
		if Code(c).Sendable() != good(c) || (err == nil) != good(c) {
			t.Errorf("code %d: got sendable %t, %v", c, Code(c).Sendable(), err)
		}
	}
	if got := ServiceRestart.String() + ", " + Code(4000).String(); got != "service restart, code 4000" {
		t.Errorf("got %s", got)
	}
}

func TestAppendClose(t *testing.T) {
	for _, tt := range []struct {
		name   string
		code   Code
		reason string
		want   string
	}{
		{"no code", 0, "lost", ""},
		{"1005", NoStatus, "lost", ""},
		{"cut between characters", Normal, strings.Repeat("é", 100), "\x03\xe8" + strings.Repeat("é", 61)},
		{"not UTF-8", Normal, "a\xffb", "\x03\xe8a\ufffdb"},
	} {
		if got := string(AppendClose(nil, tt.code, tt.reason)); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got, tt.want)
		}
	}
}
