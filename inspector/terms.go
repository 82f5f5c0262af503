package inspector

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// SlowRequest is how long a request takes that is:slow shows.
const SlowRequest = 100 * time.Millisecond

// HeldRequest is how long a request waited that is:held shows: for its turn, or
// for a new build.
const HeldRequest = 10 * time.Millisecond

// IsError reports whether something went wrong with r on the server's side.
func (r *Request) IsError() bool { return r.Status >= 500 || r.Err != "" || r.Error != 0 }

// Elapsed is how long r took, or takes until now.
func (r *Request) Elapsed() time.Duration {
	if r.Done {
		return r.Duration
	}
	return time.Since(r.Started)
}

// Path is the URI without the query.
func (r *Request) Path() string {
	path, _, _ := strings.Cut(r.URI, "?")
	return path
}

// filterTerms make a node of the value behind each key.
var filterTerms map[string]func(value string) (node, error)

func init() {
	filterTerms = map[string]func(string) (node, error){
		"method":  methodTerm,
		"status":  statusTerm,
		"path":    pathTerm,
		"handler": handlerTerm,
		"time":    timeTerm,
		"size":    sizeTerm,
		"ip":      ipTerm,
		"header":  headerTerm,
		"body":    bodyTerm,
		"is":      isTerm,
		"level":   levelTerm,
		"logger":  loggerTerm,
		"kind":    kindTerm,
		"file":    fileTerm,
		"request": requestTerm,
		"build":   buildTerm,
	}
}

// wordTerm seeks a word in what a row shows.
func wordTerm(word string) node {
	has := contains(word)
	status := -1
	if n, err := strconv.Atoi(word); err == nil && len(word) <= 3 {
		status = n
	}
	return &term{
		onRequest: func(r *Request) bool {
			return has(r.URI) || has(r.Method) || has(r.Handler) ||
				status >= 0 && r.Status > 0 && (r.Status == status || strings.Contains(strconv.Itoa(r.Status), word))
		},
		onConnection: func(c *Connection) bool {
			return has(c.RemoteAddr) || has(c.LocalAddr) || has(c.Handler) || has(c.State.String()) || has(c.Err)
		},
		onError: func(e *Error) bool {
			return has(e.Message) || has(e.Kind) || has(e.Detail) || has(e.File) || inFrames(e, func(f *Frame) bool {
				return has(f.Function) || has(f.File)
			})
		},
		onLog: func(l *Log) bool { return has(l.Message) || has(l.Level) || has(l.Logger) },
	}
}

func inFrames(e *Error, match func(*Frame) bool) bool {
	for i := range e.Stack {
		if match(&e.Stack[i]) {
			return true
		}
	}
	for i := range e.Templates {
		if match(&e.Templates[i]) {
			return true
		}
	}
	return false
}

func methodTerm(value string) (node, error) {
	methods := strings.Split(value, ",")
	return &term{onRequest: func(r *Request) bool {
		return slices.ContainsFunc(methods, func(m string) bool { return strings.EqualFold(m, r.Method) })
	}}, nil
}

func statusTerm(value string) (node, error) {
	var ranges []span
	for _, part := range strings.Split(value, ",") {
		s, err := statusSpan(part)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, s)
	}
	return &term{onRequest: func(r *Request) bool {
		return r.Status > 0 && slices.ContainsFunc(ranges, func(s span) bool { return s.contains(int64(r.Status)) })
	}}, nil
}

// statusSpan reads 404, 4xx, >=400 or 400-403.
func statusSpan(value string) (span, error) {
	wrong := fmt.Errorf("%q is no status; write 404, 4xx, >=400 or 400-403", value)
	if len(value) == 3 && strings.EqualFold(value[1:], "xx") && value[0] >= '1' && value[0] <= '9' {
		hundred := int64(value[0]-'0') * 100
		return span{hundred, hundred + 99}, nil
	}
	if low, high, ok := strings.Cut(value, "-"); ok {
		from, err := strconv.ParseUint(low, 10, 16)
		to, err2 := strconv.ParseUint(high, 10, 16)
		if err != nil || err2 != nil {
			return span{}, wrong
		}
		return span{int64(from), int64(to)}, nil
	}
	s, err := comparison(value, "=", func(number string) (int64, error) {
		n, err := strconv.ParseUint(number, 10, 16)
		return int64(n), err
	})
	if err != nil {
		return span{}, wrong
	}
	return s, nil
}

func pathTerm(value string) (node, error) {
	matches := glob(value)
	return &term{onRequest: func(r *Request) bool { return matches(r.Path()) }}, nil
}

func handlerTerm(value string) (node, error) {
	matches := containsOrGlob(value)
	return &term{
		onRequest:    func(r *Request) bool { return matches(r.Handler) },
		onConnection: func(c *Connection) bool { return matches(c.Handler) },
		onError: func(e *Error) bool {
			return inFrames(e, func(f *Frame) bool { return f.Own && matches(f.Function) })
		},
	}, nil
}

func timeTerm(value string) (node, error) {
	s, err := comparison(value, ">=", func(text string) (int64, error) {
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e12 {
			return int64(n * float64(time.Millisecond)), nil
		}
		d, err := time.ParseDuration(text)
		return int64(d), err
	})
	if err != nil {
		return nil, fmt.Errorf("%q is no duration; write >100ms, <2s or 500us", value)
	}
	return &term{
		onRequest: func(r *Request) bool { return s.contains(int64(r.Elapsed())) },
		onConnection: func(c *Connection) bool {
			end := c.Closed
			if end.IsZero() {
				end = time.Now()
			}
			return s.contains(int64(end.Sub(c.Opened)))
		},
	}, nil
}

func sizeTerm(value string) (node, error) {
	s, err := comparison(value, ">=", parseSize)
	if err != nil {
		return nil, fmt.Errorf("%q is no size; write >10k, <1M or 512", value)
	}
	return &term{
		onRequest:    func(r *Request) bool { return s.contains(r.AnswerLen) },
		onConnection: func(c *Connection) bool { return s.contains(c.BytesOut) },
	}, nil
}

// parseSize reads a number with a unit of 1024 bytes and its powers.
func parseSize(text string) (int64, error) {
	text = strings.TrimSuffix(strings.ToLower(text), "b")
	unit := 1.0
	if text != "" {
		if power := strings.IndexByte("kmgt", text[len(text)-1]); power >= 0 {
			unit = math.Pow(1024, float64(power+1))
			text = text[:len(text)-1]
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n*unit < 1<<62) {
		return 0, errors.New("no size")
	}
	return int64(n * unit), nil
}

func ipTerm(value string) (node, error) {
	matches := glob(value)
	if prefix, err := netip.ParsePrefix(value); err == nil {
		matches = func(s string) bool {
			a, err := netip.ParseAddr(s)
			return err == nil && prefix.Contains(a.Unmap())
		}
	} else if strings.ContainsRune(value, '/') {
		return nil, fmt.Errorf("%q is no network; write 10.0.0.0/8", value)
	} else if addr, err := netip.ParseAddr(value); err == nil {
		matches = func(s string) bool {
			a, err := netip.ParseAddr(s)
			return err == nil && a.Unmap() == addr.Unmap()
		}
	}
	return &term{
		onRequest: func(r *Request) bool { return matches(r.RemoteIP) },
		onConnection: func(c *Connection) bool {
			ap, err := netip.ParseAddrPort(c.RemoteAddr)
			return err == nil && matches(ap.Addr().Unmap().String()) || matches(c.RemoteAddr)
		},
	}, nil
}

func headerTerm(value string) (node, error) {
	name, part, _ := strings.Cut(value, "=")
	if name == "" {
		return nil, errors.New("the name is missing; write name or name=value")
	}
	has := contains(part)
	return &term{onRequest: func(r *Request) bool {
		return hasField(r.Head, name, has) || hasField(r.AnswerHead, name, has)
	}}, nil
}

// hasField reports whether a head has a field with a name in any case, whose
// value matches.
func hasField(head, name string, matches func(string) bool) bool {
	_, rest, ok := strings.Cut(head, "\n") // the start line
	for ok {
		var line string
		line, rest, ok = strings.Cut(rest, "\n")
		if len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(line[:len(name)], name) &&
			matches(strings.TrimSpace(line[len(name)+1:])) {
			return true
		}
	}
	return false
}

func bodyTerm(value string) (node, error) {
	has := containsBytes(value)
	return &term{onRequest: func(r *Request) bool { return has(r.Body) || has(r.Answer) }}, nil
}

var isTerms = map[string]*term{
	"error": {
		onRequest:    (*Request).IsError,
		onConnection: func(c *Connection) bool { return c.Err != "" },
		onError:      func(*Error) bool { return true },
		onLog:        func(l *Log) bool { return l.Level == "error" },
	},
	"slow":   {onRequest: func(r *Request) bool { return r.Elapsed() >= SlowRequest }},
	"held":   {onRequest: func(r *Request) bool { return r.Spent[trace.PhaseQueue] >= HeldRequest }},
	"replay": {onRequest: func(r *Request) bool { return r.Source == FromReplay }},
	"inflight": {
		onRequest:    func(r *Request) bool { return !r.Done },
		onConnection: func(c *Connection) bool { return c.State == ConnectionActive },
	},
	"gone": {
		onError:      func(e *Error) bool { return e.Gone },
		onConnection: func(c *Connection) bool { return c.State == ConnectionClosed },
	},
}

func isTerm(value string) (node, error) {
	var either []node
	for _, name := range strings.Split(value, ",") {
		t, ok := isTerms[strings.ToLower(name)]
		if !ok {
			return nil, fmt.Errorf("%q is nothing a record can be; write error, slow, held, inflight, replay or gone", name)
		}
		either = append(either, t)
	}
	return combine(either, true), nil
}

var levels = []string{"", "debug", "info", "warning", "error"}

// levelTerm compares levels in their order; plain output, which has none, comes
// before debug.
func levelTerm(value string) (node, error) {
	var spans []span
	for _, part := range strings.Split(value, ",") {
		s, err := comparison(part, "=", func(name string) (int64, error) {
			name = strings.ToLower(name)
			if name == "warn" {
				name = "warning"
			}
			i := slices.Index(levels, name)
			if i <= 0 {
				return 0, errors.New("no level")
			}
			return int64(i), nil
		})
		if err != nil {
			return nil, fmt.Errorf("%q is no level; write debug, info, warning, error or >=warning", part)
		}
		spans = append(spans, s)
	}
	shows := func(level string) bool {
		i := int64(slices.Index(levels, level))
		return slices.ContainsFunc(spans, func(s span) bool { return s.contains(i) })
	}
	return &term{
		onLog:   func(l *Log) bool { return shows(l.Level) },
		onError: func(*Error) bool { return shows("error") },
	}, nil
}

func loggerTerm(value string) (node, error) {
	matches := containsOrGlob(value)
	return &term{onLog: func(l *Log) bool { return matches(l.Logger) }}, nil
}

func kindTerm(value string) (node, error) {
	kinds := strings.Split(value, ",")
	return &term{onError: func(e *Error) bool {
		return slices.ContainsFunc(kinds, func(kind string) bool { return strings.EqualFold(kind, e.Kind) })
	}}, nil
}

func fileTerm(value string) (node, error) {
	matches := containsOrGlob(value)
	return &term{onError: func(e *Error) bool {
		return matches(e.File) || inFrames(e, func(f *Frame) bool { return matches(f.File) })
	}}, nil
}

func requestTerm(value string) (node, error) {
	s, err := idSpan(value)
	return &term{
		onRequest:    func(r *Request) bool { return s.contains(int64(r.ID)) },
		onConnection: func(c *Connection) bool { return c.Request != 0 && s.contains(int64(c.Request)) },
		onError:      func(e *Error) bool { return e.Request != 0 && s.contains(int64(e.Request)) },
		onLog:        func(l *Log) bool { return l.Request != 0 && s.contains(int64(l.Request)) },
	}, err
}

func buildTerm(value string) (node, error) {
	s, err := idSpan(value)
	return &term{
		onRequest:    func(r *Request) bool { return s.contains(int64(r.Build)) },
		onConnection: func(c *Connection) bool { return s.contains(int64(c.Build)) },
		onError:      func(e *Error) bool { return s.contains(int64(e.Build)) },
		onLog:        func(l *Log) bool { return s.contains(int64(l.Build)) },
	}, err
}

func idSpan(value string) (span, error) {
	s, err := comparison(value, "=", func(text string) (int64, error) {
		n, err := strconv.ParseUint(text, 10, 62)
		return int64(n), err
	})
	if err != nil {
		return s, fmt.Errorf("%q is no number; write 17 or >17", value)
	}
	return s, nil
}

// A span is what a comparison lets through: from low to high, both included.
type span struct{ low, high int64 }

func (s span) contains(n int64) bool { return n >= s.low && n <= s.high }

// comparison reads an operator, or takes the one that is meant without, and a
// value.
func comparison(text, without string, parse func(string) (int64, error)) (span, error) {
	operator := without
	for _, o := range []string{">=", "<=", ">", "<", "="} {
		if rest, ok := strings.CutPrefix(text, o); ok {
			operator, text = o, rest
			break
		}
	}
	n, err := parse(strings.TrimSpace(text))
	if err != nil {
		return span{}, err
	}
	switch operator {
	case ">=":
		return span{n, math.MaxInt64}, nil
	case "<=":
		return span{math.MinInt64, n}, nil
	case ">":
		if n == math.MaxInt64 {
			return span{1, 0}, nil
		}
		return span{n + 1, math.MaxInt64}, nil
	case "<":
		if n == math.MinInt64 {
			return span{1, 0}, nil
		}
		return span{math.MinInt64, n - 1}, nil
	}
	return span{n, n}, nil
}
