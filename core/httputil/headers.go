package httputil

import (
	"iter"
	"strings"
)

// HTTPHeaders are the fields of a message: a map from names to values that keeps
// the order, and in which a name can occur several times. Names are compared
// without case and given back as "Content-Type". The zero value is empty and
// ready to use.
//
// A copy of the struct shares its fields with the original; use Clone for one
// that does not. One owner at a time may change it.
type HTTPHeaders struct {
	raw    string  // lines as received, while nobody has changed anything
	fields []field // otherwise; names are normalised
}

type field struct{ name, value string }

// A HeaderRoom is space for the fields of an ordinary answer; see Use.
type HeaderRoom [8]field

// Use makes h empty and lets it keep its fields in room as long as they fit, so
// that they cost no allocation. It is for structs that hold both.
func (h *HTTPHeaders) Use(room *HeaderRoom) { h.raw, h.fields = "", room[:0] }

// ParsedHeaders wraps lines that are known to be valid: fields separated by CRLF,
// with or without one at the end, and without the empty line. It copies nothing;
// Get and the other questions read the lines, and only a change turns them into a
// list.
func ParsedHeaders(raw string) HTTPHeaders { return HTTPHeaders{raw: raw} }

// Get returns the value of a field, several values joined by commas, and the
// empty string if there is none.
func (h *HTTPHeaders) Get(name string) string {
	if h.raw != "" && len(h.fields) == 0 { // as received, so by far the most often
		value, rest, found := findField(h.raw, name)
		if !found {
			return ""
		}
		if _, _, several := findField(rest, name); !several {
			return value
		}
		return strings.Join(h.GetList(name), ",")
	}
	var first string
	var found int
	for value := range h.values(name) {
		if found == 0 {
			first = value
		}
		found++
	}
	if found < 2 {
		return first
	}
	return strings.Join(h.GetList(name), ",")
}

// GetList returns the values of a field, each line by itself.
func (h *HTTPHeaders) GetList(name string) []string {
	var list []string
	for value := range h.values(name) {
		list = append(list, value)
	}
	return list
}

// Has reports whether there is a field of that name.
func (h *HTTPHeaders) Has(name string) bool {
	for range h.values(name) {
		return true
	}
	return false
}

// values yields each value of a field.
func (h *HTTPHeaders) values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if name == "" {
			return
		}
		for i := range h.fields {
			if EqualFold(h.fields[i].name, name) && !yield(h.fields[i].value) {
				return
			}
		}
		for rest := h.raw; ; {
			value, after, found := findField(rest, name)
			if !found || !yield(value) {
				return
			}
			rest = after
		}
	}
}

// findField returns the value of the first field of that name in lines, and the
// lines behind it.
func findField(lines, name string) (value, rest string, found bool) {
	for lines != "" && name != "" {
		line, rest := cutLine(lines)
		if isField(line, name) {
			return TrimSpace(line[len(name)+1:]), rest, true
		}
		lines = rest
	}
	return "", "", false
}

// isField reports whether line is a field of that name.
func isField(line, name string) bool {
	return len(line) > len(name) && line[len(name)] == ':' && lower(line[0]) == lower(name[0]) &&
		EqualFold(line[:len(name)], name)
}

func cutLine(raw string) (line, rest string) {
	i := strings.IndexByte(raw, '\n')
	if i < 0 {
		return raw, ""
	}
	return strings.TrimSuffix(raw[:i], "\r"), raw[i+1:]
}

// Set gives a field one value in place of all it had. Space around the value is
// dropped. It fails with an HTTPInputError if name is no token or value holds a
// control character, and then changes nothing.
func (h *HTTPHeaders) Set(name, value string) error {
	at := h.index(name)
	if at >= 0 && ValidFieldValue(value) { // the name was checked before
		h.setAt(at, value)
		return nil
	}
	if err := checkField(name, value); err != nil {
		return err
	}
	name = NormalizeName(name)
	h.materialize()
	if at = h.index(name); at >= 0 {
		h.setAt(at, value)
	} else {
		h.append(name, TrimSpace(value))
	}
	return nil
}

// index is where the first field of a normalised name stands, of those that are not
// as received; -1 if there is none.
func (h *HTTPHeaders) index(name string) int {
	for i := range h.fields {
		if h.fields[i].name == name {
			return i
		}
	}
	return -1
}

// setAt gives a field, the first of its name, one value.
func (h *HTTPHeaders) setAt(i int, value string) {
	h.fields[i].value = TrimSpace(value)
	h.remove(h.fields[i].name, i+1)
}

// Add gives a field one more value, as a line of its own. It fails as Set does.
func (h *HTTPHeaders) Add(name, value string) error {
	if err := checkField(name, value); err != nil {
		return err
	}
	h.materialize()
	h.append(NormalizeName(name), TrimSpace(value))
	return nil
}

func checkField(name, value string) error {
	if !ValidToken(name) {
		return Malformed("invalid field name %q", excerpt(name))
	}
	if !ValidFieldValue(value) {
		return Malformed("invalid value %q of field %s", excerpt(value), excerpt(name))
	}
	return nil
}

func (h *HTTPHeaders) append(name, value string) {
	if h.fields == nil {
		h.fields = make([]field, 0, len(HeaderRoom{}))
	}
	h.fields = append(h.fields, field{name, value})
}

// Del removes a field.
func (h *HTTPHeaders) Del(name string) {
	if !h.Has(name) {
		return
	}
	h.materialize()
	h.remove(NormalizeName(name), 0)
}

// remove drops the fields of a normalised name from index from on.
func (h *HTTPHeaders) remove(name string, from int) {
	kept := h.fields[:from]
	for _, f := range h.fields[from:] {
		if f.name != name {
			kept = append(kept, f)
		}
	}
	clear(h.fields[len(kept):])
	h.fields = kept
}

// Reset makes h empty and keeps the space that its fields took.
func (h *HTTPHeaders) Reset() {
	clear(h.fields)
	h.raw, h.fields = "", h.fields[:0]
}

func (h *HTTPHeaders) materialize() {
	if h.raw == "" {
		return
	}
	raw := h.raw
	h.raw = ""
	for name, value := range parsedFields(raw) {
		h.append(name, value)
	}
}

// All yields the fields in their order, names as "Content-Type".
func (h *HTTPHeaders) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, f := range h.fields {
			if !yield(f.name, f.value) {
				return
			}
		}
		for name, value := range parsedFields(h.raw) {
			if !yield(name, value) {
				return
			}
		}
	}
}

func parsedFields(raw string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for raw != "" {
			var line string
			line, raw = cutLine(raw)
			name, value, ok := strings.Cut(line, ":")
			if ok && !yield(NormalizeName(name), TrimSpace(value)) {
				return
			}
		}
	}
}

// Len is the number of fields; each line counts.
func (h *HTTPHeaders) Len() int {
	n := 0
	for range h.All() {
		n++
	}
	return n
}

// Clone returns headers that share nothing with h that can be changed.
func (h *HTTPHeaders) Clone() HTTPHeaders {
	return HTTPHeaders{raw: h.raw, fields: append([]field(nil), h.fields...)}
}

// CopyFrom gives h the fields of other, in the space it has.
func (h *HTTPHeaders) CopyFrom(other *HTTPHeaders) {
	h.raw, h.fields = other.raw, append(h.fields[:0], other.fields...)
}

// Append appends the fields as they go over the wire, each with its CRLF, without
// the empty line that ends a head.
func (h *HTTPHeaders) Append(dst []byte) []byte {
	for i := range h.fields {
		dst = appendField(dst, h.fields[i].name, h.fields[i].value)
	}
	if h.raw != "" {
		for name, value := range parsedFields(h.raw) {
			dst = appendField(dst, name, value)
		}
	}
	return dst
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}

// String is the wire form, for people.
func (h *HTTPHeaders) String() string { return string(h.Append(nil)) }

// Parse adds the fields of text: lines that end in CRLF, of which the last may
// lack it; empty lines are skipped. It fails with an HTTPInputError at the first
// line that is no field. A line end of LF alone and a folded line, which RFC 9112
// section 5.2 took away, are refused: two readers who disagree on where a field
// ends are how requests are smuggled.
func (h *HTTPHeaders) Parse(text string) error {
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\r\n")
		if line == "" {
			continue
		}
		if err := h.ParseLine(line); err != nil {
			return err
		}
	}
	return nil
}

// ParseLine adds the field of one line, with or without the CRLF at its end. It
// fails as Parse does.
func (h *HTTPHeaders) ParseLine(line string) error {
	line = strings.TrimSuffix(line, "\r\n")
	if line != "" && (line[0] == ' ' || line[0] == '\t') {
		return Malformed("folded line %q in the header", excerpt(line))
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return Malformed("no colon in the header line %q", excerpt(line))
	}
	return h.Add(name, value)
}
