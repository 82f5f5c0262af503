package template

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxReprDepth is how deep containers are printed, and compared, in each other;
	// what is deeper, because it contains itself, is "...".
	maxReprDepth = 50

	// maxRepr is how many bytes of a container are printed. One that contains
	// itself twice grows with the power of its depth.
	maxRepr = 1 << 21
)

// A nesting says where in a container one is.
type nesting struct {
	depth int
	limit int // length of the output past which all is "..."
}

func (n nesting) inner() nesting { return nesting{n.depth + 1, n.limit} }

// appendText appends v as {{ v }} shows it: like Python's str for what Python
// knows, by String or Error for what has it, else as its parts.
func appendText(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "None"...)
	case string:
		return append(dst, v...)
	case *string:
		if v != nil {
			return append(dst, *v...)
		}
	case []byte:
		return append(dst, v...)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendFloat(dst, v)
	case bool:
		return appendBool(dst, v)
	case *Error:
		return append(dst, v.Message...)
	}
	return appendOther(dst, v, nesting{0, len(dst) + maxRepr}, false)
}

// appendRepr appends v as Python's repr does.
func appendRepr(dst []byte, v any) []byte {
	return appendInner(dst, v, nesting{0, len(dst) + maxRepr})
}

func appendInner(dst []byte, v any, n nesting) []byte {
	switch v := v.(type) {
	case string:
		return appendReprString(dst, v)
	case []byte:
		return appendReprString(append(dst, 'b'), string(v))
	case *Error:
		return append(appendReprString(append(append(dst, v.className()...), '('), v.Message), ')')
	case date, datetime, clock, duration:
		return appendTimeRepr(dst, v)
	}
	return appendOther(dst, v, n, true)
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "True"...)
	}
	return append(dst, "False"...)
}

// appendFloat writes f as Python does: the fewest digits that give f again, with
// an exponent below 1e-4 and from 1e16 on.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	abs := math.Abs(f)
	if abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !slices.Contains(dst[start:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendReprString writes s in quotes, double ones if it has single ones only.
func appendReprString(dst []byte, s string) []byte {
	quote := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		quote = '"'
	}
	dst = append(dst, quote)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == rune(quote) || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == utf8.RuneError && n == 1:
			dst = fmt.Appendf(dst, `\x%02x`, s[i])
		case r == ' ' || unicode.IsPrint(r):
			dst = append(dst, s[i:i+n]...)
		case r < 0x100:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r < 0x10000:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
		i += n
	}
	return append(dst, quote)
}

// appendOther appends what appendText and appendRepr do not handle themselves.
func appendOther(dst []byte, v any, n nesting, repr bool) []byte {
	if n.depth > maxReprDepth || n.depth > 0 && len(dst) > n.limit {
		return append(dst, "..."...)
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "None"...)
	case bool:
		return appendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case float64:
		return appendFloat(dst, v)
	case *big.Int:
		return v.Append(dst, 10)
	case *list:
		return appendItems(append(dst, '['), v.items, n, "]")
	case tuple:
		closing := ")"
		if len(v) == 1 {
			closing = ",)"
		}
		return appendItems(append(dst, '('), v, n, closing)
	case *set:
		return appendSet(dst, v, n)
	case *dict:
		if v.class != "" {
			return appendPairs(append(append(dst, v.class...), "({"...), v.keys, v.values, n, "})")
		}
		return appendPairs(append(dst, '{'), v.keys, v.values, n, "}")
	case sliceValue:
		return appendItems(append(dst, "slice("...), []any{v.low, v.high, v.step}, n, ")")
	case *module:
		return append(append(append(dst, "<module '"...), v.name...), "'>"...)
	case *view:
		return appendItems(append(append(dst, v.name...), "(["...), v.items, n, "])")
	case rangeValue:
		return appendRange(dst, v)
	case *builtin:
		return append(dst, v.text()...)
	case *lambda:
		return append(dst, "<function <lambda>>"...)
	case *generator:
		return append(append(append(dst, '<'), v.name...), " object>"...)
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return append(dst, "None"...)
	}
	if held, ok := nullValue(rv); ok {
		if repr {
			return appendInner(dst, held, n)
		}
		return appendOther(dst, held, n, repr)
	}
	switch v := v.(type) {
	case time.Time: // without the reading of the monotonic clock
		return v.Round(0).AppendFormat(dst, "2006-01-02 15:04:05.999999999 -0700 MST")
	case *time.Time:
		return appendOther(dst, *v, n, repr)
	case fmt.Stringer:
		return append(dst, v.String()...)
	case error:
		return append(dst, v.Error()...)
	}
	return appendReflect(dst, rv, n, repr)
}

func appendSet(dst []byte, s *set, n nesting) []byte {
	opening, closing := "{", "}"
	if s.frozen {
		opening, closing = "frozenset({", "})"
	}
	if len(s.keys) == 0 {
		return append(append(dst, typeName(s)...), "()"...)
	}
	return appendItems(append(dst, opening...), s.keys, n, closing)
}

func appendRange(dst []byte, r rangeValue) []byte {
	dst = fmt.Appendf(dst, "range(%d, %d", r.start, r.stop)
	if r.step != 1 {
		dst = fmt.Appendf(dst, ", %d", r.step)
	}
	return append(dst, ')')
}

func appendItems(dst []byte, items []any, n nesting, closing string) []byte {
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendInner(dst, item, n.inner())
	}
	return append(dst, closing...)
}

func appendPairs(dst []byte, keys, values []any, n nesting, closing string) []byte {
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendInner(dst, key, n.inner()), ": "...)
		dst = appendInner(dst, values[i], n.inner())
	}
	return append(dst, closing...)
}

func appendReflect(dst []byte, rv reflect.Value, n nesting, repr bool) []byte {
	switch rv.Kind() {
	case reflect.Pointer, reflect.Interface:
		if rv.IsNil() {
			return append(dst, "None"...)
		}
		if n.depth > 0 && rv.Elem().Kind() == reflect.Struct {
			return append(append(append(dst, '<'), rv.Elem().Type().String()...), '>') // data often refers to what it hangs on
		}
		return appendOther(dst, elemInterface(rv), n.inner(), repr)
	case reflect.String:
		if repr {
			return appendReprString(dst, rv.String())
		}
		return append(dst, rv.String()...)
	case reflect.Bool:
		return appendBool(dst, rv.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(dst, rv.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(dst, rv.Uint(), 10)
	case reflect.Float32:
		return appendFloat(dst, float32To64(rv.Float()))
	case reflect.Float64:
		return appendFloat(dst, rv.Float())
	case reflect.Slice, reflect.Array:
		if rv.Kind() == reflect.Slice && rv.Type().Elem().Kind() == reflect.Uint8 {
			return append(dst, rv.Bytes()...)
		}
		return appendSlice(dst, rv, n)
	case reflect.Map:
		keys, values := sortedPairs(rv)
		return appendPairs(append(dst, '{'), keys, values, n, "}")
	case reflect.Struct:
		return appendStruct(dst, rv, n)
	case reflect.Complex64, reflect.Complex128:
		return fmt.Append(dst, rv.Complex())
	}
	return append(append(append(dst, '<'), rv.Kind().String()...), '>')
}

// elemInterface is what rv points to, as a pointer if that keeps methods alive.
func elemInterface(rv reflect.Value) any {
	if rv.Elem().CanInterface() {
		return rv.Elem().Interface()
	}
	return "..."
}

func appendSlice(dst []byte, rv reflect.Value, n nesting) []byte {
	dst = append(dst, '[')
	for i := range rv.Len() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendElement(dst, rv.Index(i), n)
	}
	return append(dst, ']')
}

func appendElement(dst []byte, rv reflect.Value, n nesting) []byte {
	if !rv.CanInterface() {
		return append(dst, "..."...)
	}
	return appendInner(dst, rv.Interface(), n.inner())
}

// appendStruct writes the exported fields with their names.
func appendStruct(dst []byte, rv reflect.Value, n nesting) []byte {
	t := rv.Type()
	dst = append(append(dst, t.Name()...), '(')
	first := true
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = append(append(dst, t.Field(i).Name...), '=')
		dst = appendElement(dst, rv.Field(i), n)
	}
	return append(dst, ')')
}
