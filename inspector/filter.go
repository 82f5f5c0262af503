package inspector

// A Filter says which records to show. The zero Filter matches everything.
type Filter struct{ text string }

// A FilterError says what is wrong with the text of a filter, and where.
type FilterError struct {
	Column  int // counted in runes from 1
	Message string
}

func (e *FilterError) Error() string { return e.Message }

// ParseFilter reads a filter; an error is a *FilterError.
func ParseFilter(text string) (Filter, error) { return Filter{}, nil }

// Empty reports whether f matches everything because it has no terms.
func (f Filter) Empty() bool { return true }

// String is the text f was made of.
func (f Filter) String() string { return f.text }

// Match reports whether f shows r.
func (f Filter) Match(r *Request) bool { return true }

// MatchConnection reports whether f shows c.
func (f Filter) MatchConnection(c *Connection) bool { return true }

// MatchError reports whether f shows e.
func (f Filter) MatchError(e *Error) bool { return true }

// MatchLog reports whether f shows l.
func (f Filter) MatchLog(l *Log) bool { return true }
