package frame

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// firstBad is the index of the first octet after which no valid text can follow;
// -1 if there is none. It tries all continuations.
func firstBad(text string) int {
	endings := []string{"", "\x80", "\x90", "\xa0", "\xbf", "\x80\x80", "\x90\x80", "\xa0\x80", "\xbf\xbf", "\x80\x80\x80", "\x90\x80\x80", "\xbf\x80\x80"}
	for i := range len(text) {
		possible := false
		for _, ending := range endings {
			possible = possible || utf8.ValidString(text[:i+1]+ending)
		}
		if !possible {
			return i
		}
	}
	return -1
}

var texts = []string{
	"", "plain", strings.Repeat("a long plain text, ", 20), "κόσμε", "日本語", "😀", "\x00", "\u007f", "\u0080", "\u07ff", "\u0800",
	"\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff", "\ufffd",
	strings.Repeat("é", 40), "12345678é12345678😀12345678",
	"\x80", "\xbf", "\xc0", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x00", "\xe0\x80", "\xe0\x9f\x80", "\xe0\xa0", "\xed\xa0\x80",
	"\xed\xbf\xbf", "\xef\xbf", "\xf0\x80", "\xf0\x8f", "\xf0\x90\x80", "\xf4\x90", "\xf4\x90\x80\x80", "\xf5", "\xf8\x88", "\xfe", "\xff",
	"12345678\xffmore", "κόσμε\xed\xa0\x80edited", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80",
}

func TestUTF8(t *testing.T) {
	for _, text := range texts {
		bad := firstBad(text)
		var u UTF8
		for i := range len(text) {
			if got, want := u.Valid([]byte(text[i:i+1])), bad < 0 || i < bad; got != want {
				t.Errorf("%q: octet %d: got %t; want %t", text, i, got, want)
			}
			if i == bad {
				break
			}
		}
		for cut := range len(text) + 1 {
			var u UTF8
			valid := u.Valid([]byte(text[:cut])) && u.Valid([]byte(text[cut:]))
			if valid != (bad < 0) || valid && u.Complete() != utf8.ValidString(text) {
				t.Errorf("%q cut at %d: got %t, complete %t", text, cut, valid, u.Complete())
			}
		}
	}
}
