package frame

import (
	"testing"
)

func TestNegotiate(t *testing.T) {
	all := DeflateOptions{ServerContextTakeover: true, ClientContextTakeover: true}
	for _, tt := range []struct {
		name    string
		fields  []string
		options DeflateOptions
		want    string // empty: declined
	}{
		{"none", nil, all, ""},
		{"empty", []string{""}, all, ""},
		{"plain", []string{"permessage-deflate"}, all, "permessage-deflate"},
		{"our default", []string{"permessage-deflate"}, DeflateOptions{}, "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"theirs", []string{"permessage-deflate; client_no_context_takeover;server_no_context_takeover"}, all, "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"windows", []string{"permessage-deflate; server_max_window_bits=10; client_max_window_bits=12"}, all, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12"},
		{"the smallest window", []string{"permessage-deflate; server_max_window_bits=8"}, all, "permessage-deflate; server_max_window_bits=8"},
		{"a client that can be asked", []string{"permessage-deflate; client_max_window_bits"}, all, "permessage-deflate"},
		{"and is", []string{"permessage-deflate; client_max_window_bits"}, DeflateOptions{true, true, 10}, "permessage-deflate; client_max_window_bits=10"},
		{"and is smaller already", []string{"permessage-deflate; client_max_window_bits=9"}, DeflateOptions{true, true, 10}, "permessage-deflate; client_max_window_bits=9"},
		{"and cannot be asked", []string{"permessage-deflate"}, DeflateOptions{true, true, 10}, "permessage-deflate"},
		{"quoted", []string{`permessage-deflate; server_max_window_bits="10"`}, all, "permessage-deflate; server_max_window_bits=10"},
		{"quoted with a backslash", []string{`permessage-deflate; server_max_window_bits="1\0"`}, all, "permessage-deflate; server_max_window_bits=10"},
		{"another extension", []string{"x-webkit-deflate-frame, permessage-deflate"}, all, "permessage-deflate"},
		{"another extension with a comma in quotes", []string{`foo; a="b,c;d", permessage-deflate`}, all, "permessage-deflate"},
		{"several fields", []string{"foo", "permessage-deflate"}, all, "permessage-deflate"},
		{"the second offer", []string{"permessage-deflate; server_max_window_bits=7, permessage-deflate; server_no_context_takeover"}, all, "permessage-deflate; server_no_context_takeover"},
		{"the second offer of several fields", []string{"permessage-deflate; bogus", "permessage-deflate"}, all, "permessage-deflate"},

		{"unknown", []string{"permessage-deflate; bogus=1"}, all, ""},
		{"unknown without a value", []string{"permessage-deflate; bogus"}, all, ""},
		{"duplicate", []string{"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"}, all, ""},
		{"duplicate without a value", []string{"permessage-deflate; client_max_window_bits; client_max_window_bits=9"}, all, ""},
		{"a value too much", []string{"permessage-deflate; server_no_context_takeover=1"}, all, ""},
		{"an empty value", []string{"permessage-deflate; client_no_context_takeover="}, all, ""},
		{"a value that lacks", []string{"permessage-deflate; server_max_window_bits"}, all, ""},
		{"7", []string{"permessage-deflate; client_max_window_bits=7"}, all, ""},
		{"16", []string{"permessage-deflate; client_max_window_bits=16"}, all, ""},
		{"a leading zero", []string{"permessage-deflate; client_max_window_bits=08"}, all, ""},
		{"a sign", []string{"permessage-deflate; client_max_window_bits=+9"}, all, ""},
		{"negative", []string{"permessage-deflate; client_max_window_bits=-10"}, all, ""},
		{"a fraction", []string{"permessage-deflate; client_max_window_bits=10.0"}, all, ""},
		{"no name", []string{"permessage-deflate; =x"}, all, ""},
		{"empty parameter", []string{"permessage-deflate;"}, all, ""},
		{"no extension", []string{"; server_max_window_bits=10"}, all, ""},
		{"capital letters", []string{"PERMESSAGE-DEFLATE"}, all, ""},
		{"quotes that do not end", []string{`permessage-deflate; server_max_window_bits="10`}, all, ""},
		{"a space in a name", []string{"permessage-deflate x"}, all, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			agreed, answer, ok := Negotiate(tt.fields, tt.options)
			if answer != tt.want || ok != (tt.want != "") {
				t.Fatalf("got %q, %t; want %q", answer, ok, tt.want)
			}
			if ok && agreed.String() != answer {
				t.Errorf("got %+v; want what the answer says", agreed)
			}
		})
	}
}

func TestCheckDeflate(t *testing.T) {
	plain, strict := &Deflate{}, &Deflate{ServerNoContextTakeover: true, ServerMaxWindowBits: 10, ClientMaxWindowBits: 12}
	for _, tt := range []struct {
		name    string
		offered *Deflate
		fields  []string
		want    Deflate
		used    bool
		ok      bool
	}{
		{"not used", plain, nil, Deflate{}, false, true},
		{"used", plain, []string{"permessage-deflate"}, Deflate{}, true, true},
		{"not offered", nil, []string{"permessage-deflate"}, Deflate{}, false, false},
		{"not offered and not used", nil, nil, Deflate{}, false, true},
		{"all parameters", plain, []string{"permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=8"}, Deflate{true, true, 9, 8}, true, true},
		{"as strict as we are", strict, []string{"permessage-deflate; server_no_context_takeover; server_max_window_bits=10"}, Deflate{true, false, 10, 12}, true, true},
		{"a context that was not wished for", strict, []string{"permessage-deflate; server_max_window_bits=10"}, Deflate{false, false, 10, 12}, true, true},
		{"less strict: window", strict, []string{"permessage-deflate; server_no_context_takeover; server_max_window_bits=11"}, Deflate{}, false, false},
		{"less strict: no window", strict, []string{"permessage-deflate; server_no_context_takeover"}, Deflate{}, false, false},
		{"a window for us that is larger", strict, []string{"permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=13"}, Deflate{}, false, false},
		{"client_max_window_bits without a value", plain, []string{"permessage-deflate; client_max_window_bits"}, Deflate{}, false, false},
		{"unknown", plain, []string{"permessage-deflate; bogus"}, Deflate{}, false, false},
		{"another", plain, []string{"foo"}, Deflate{}, false, false},
		{"two", plain, []string{"permessage-deflate", "permessage-deflate"}, Deflate{}, false, false},
	} {
		agreed, used, ok := CheckDeflate(tt.fields, tt.offered)
		if agreed != tt.want || used != tt.used || ok != tt.ok {
			t.Errorf("%s: got %+v, %t, %t; want %+v, %t, %t", tt.name, agreed, used, ok, tt.want, tt.used, tt.ok)
		}
	}
	for _, d := range []Deflate{{}, {true, true, 9, 0}, {false, false, 0, 11}} {
		if _, _, ok := Negotiate([]string{d.Offer()}, DeflateOptions{}); !ok {
			t.Errorf("our own offer %q is declined", d.Offer())
		}
	}
}
