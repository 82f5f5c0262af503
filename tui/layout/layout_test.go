package layout

import (
	"strings"
	"testing"
	"time"
)

const family = "👩‍👩‍👧‍👦"

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name  string
		text  string
		width int
		want  string
	}{
		{"fits", "abc", 3, "abc"},
		{"cut", "abcd", 3, "ab…"},
		{"one cell", "abcd", 1, "…"},
		{"no room", "abcd", 0, ""},
		{"negative", "abcd", -1, ""},
		{"wide", "日本語", 5, "日本…"},
		{"wide across the cut", "日本語", 4, "日…"},
		{"combining", "e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"joined", family + family, 3, family + "…"},
		{"styled", "\x1b[1mabcd\x1b[0m", 3, "\x1b[1mab…\x1b[0m"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Cut(tt.text, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCutLeft(t *testing.T) {
	for _, tt := range []struct {
		name  string
		text  string
		width int
		want  string
	}{
		{"fits", "abc", 3, "abc"},
		{"cut", "abcd", 3, "…cd"},
		{"one cell", "abcd", 1, "…"},
		{"no room", "abcd", 0, ""},
		{"wide", "日本語", 5, "…本語"},
		{"wide across the cut", "日本語", 4, "…語"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := CutLeft(tt.text, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFitIsExact(t *testing.T) {
	for _, text := range []string{"", "a", "日本語の長い名前", "e\u0301", family, "\x1b[31mred\x1b[0m", "…", strings.Repeat("x", 300)} {
		for width := range 200 {
			for name, got := range map[string]string{"Fit": Fit(text, width), "FitRight": FitRight(text, width)} {
				if w := Width(got); w != width {
					t.Errorf("%s(%q, %d) is %d cells wide", name, text, width, w)
				}
			}
			if w := Width(CutLeft(text, width)); w > width {
				t.Errorf("CutLeft(%q, %d) is %d cells wide", text, width, w)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		name  string
		text  string
		width int
		want  []string
	}{
		{"short", "ab\ncd", 5, []string{"ab", "cd"}},
		{"long", "abcdefg", 3, []string{"abc", "def", "g"}},
		{"spaces stay", "  a  b", 3, []string{"  a", "  b"}},
		{"wide", "日本語", 4, []string{"日本", "語"}},
		{"empty lines", "a\n\nb", 3, []string{"a", "", "b"}},
		{"no room", "a", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Wrap(tt.text, tt.width); strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBlockAndBeside(t *testing.T) {
	left, right := Block([]string{"a", "too long"}, 3, 3), Block([]string{"x"}, 2, 3)
	want := "a  |x \nto…|  \n   |  "
	if got := strings.Join(Beside(left, "|", right), "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Block([]string{"a"}, 3, -1); len(got) != 0 {
		t.Errorf("a block of negative height has %d lines", len(got))
	}
}

func TestDuration(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0"}, {1, "<1µs"}, {999, "<1µs"}, {1000, "1.00µs"}, {850 * time.Microsecond, "850µs"}, {999400, "999µs"},
		{999600, "1.00ms"}, {12345 * time.Microsecond, "12.3ms"}, {999700 * time.Microsecond, "1.00s"}, {1240 * time.Millisecond, "1.24s"},
		{59940 * time.Millisecond, "59.9s"}, {59960 * time.Millisecond, "1m00s"}, {185 * time.Second, "3m05s"}, {-time.Second, "-1.00s"},
	} {
		if got := Duration(tt.d); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.d, got, tt.want)
		}
		if got := Duration(tt.d); tt.d >= 0 && Width(got) > 6 {
			t.Errorf("%v: %q is wider than the columns it is made for", tt.d, got)
		}
	}
}

func TestAge(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "0s"}, {0, "0s"}, {8 * time.Second, "8s"}, {185 * time.Second, "3m05s"}, {130 * time.Minute, "2h10m"}, {99 * time.Hour, "4d03h"},
	} {
		if got := Age(tt.d); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.d, got, tt.want)
		}
	}
	if got := Seconds(1240 * time.Millisecond); got != "1.2s" {
		t.Errorf("Seconds: got %q", got)
	}
}

func TestBytes(t *testing.T) {
	for _, tt := range []struct {
		n    int64
		want string
	}{
		{0, "0 B"}, {1023, "1023 B"}, {1024, "1.0 KiB"}, {1536, "1.5 KiB"}, {64 << 10, "64 KiB"}, {1<<20 - 1, "1.0 MiB"}, {3250585, "3.1 MiB"}, {5 << 30, "5.0 GiB"}, {1 << 62, "4194304 TiB"},
	} {
		if got := Bytes(tt.n); got != tt.want {
			t.Errorf("%d: got %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestCount(t *testing.T) {
	for _, tt := range []struct {
		n    int64
		want string
	}{{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}, {-1000, "-1,000"}, {-100, "-100"}} {
		if got := Count(tt.n); got != tt.want {
			t.Errorf("%d: got %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestRate(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want string
	}{{0, "0"}, {0.5, "0.5"}, {3, "3"}, {9.97, "10"}, {12.4, "12"}, {999.7, "1.0k"}, {1240, "1.2k"}, {10400, "10k"}, {2.5e6, "2.5M"}} {
		if got := Rate(tt.v); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.v, got, tt.want)
		}
	}
}

func TestSparkline(t *testing.T) {
	ms := time.Millisecond
	for _, tt := range []struct {
		name   string
		values []time.Duration
		top    time.Duration
		width  int
		want   string
	}{
		{"nothing", nil, ms, 5, ""},
		{"zeros", []time.Duration{0, 0}, 0, 5, "▁▁"},
		{"range", []time.Duration{0, 10 * ms, 20 * ms}, 20 * ms, 5, "▁▄█"},
		{"small against top", []time.Duration{ms}, 100 * ms, 5, "▁"},
		{"above top", []time.Duration{50 * ms, 100 * ms}, 20 * ms, 5, "▄█"},
		{"the newest", []time.Duration{0, 0, 20 * ms}, 20 * ms, 1, "█"},
		{"too many", []time.Duration{0, 20 * ms, 0, 0, 0, 0, 0}, 20 * ms, 3, "█▁▁"},
		{"slightly too many", []time.Duration{0, 0, 0, 10 * ms}, 20 * ms, 3, "▁▁▄"},
		{"no room", []time.Duration{0}, 0, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sparkline(tt.values, tt.top, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBar(t *testing.T) {
	for _, tt := range []struct {
		name       string
		start, end float64
		width      int
		want       string
	}{
		{"whole", 0, 1, 4, "████"},
		{"half", 0, 0.5, 4, "██  "},
		{"second half", 0.5, 1, 4, "  ██"},
		{"sliver", 0, 0.001, 4, "▏   "},
		{"sliver at the end", 1, 1.5, 4, "    "},
		{"last sliver", 0.999, 1, 4, "   ▏"},
		{"nothing", 0.5, 0.5, 4, "    "},
		{"eighths", 0, 0.125, 4, "▌   "},
		{"no room", 0, 1, 0, ""},
		{"out of range", -1, 2, 3, "███"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Bar(tt.start, tt.end, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for start := range 21 {
		for end := range 21 {
			if got := Bar(float64(start)/20, float64(end)/20, 17); Width(got) != 17 {
				t.Errorf("from %d to %d of 20: %q is %d cells wide", start, end, got, Width(got))
			}
		}
	}
}
