package template

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A formatSpec is the part behind the colon in "{:>8.2f}".
type formatSpec struct {
	fill      rune
	align     byte // < > ^ = or 0
	sign      byte // + - space or 0
	alternate bool // 0x and the like in front
	width     int
	grouping  byte // , _ or 0
	precision int  // -1 if absent
	verb      byte // 0 if absent
}

func (f *frame) parseSpec(at *place, text string) formatSpec {
	s := formatSpec{fill: ' ', precision: -1}
	rest := text
	if _, n := utf8.DecodeRuneInString(rest); n > 0 && len(rest) > n && strings.IndexByte("<>^=", rest[n]) >= 0 {
		s.fill, _ = utf8.DecodeRuneInString(rest)
		s.align = rest[n]
		rest = rest[n+1:]
	} else if rest != "" && strings.IndexByte("<>^=", rest[0]) >= 0 {
		s.align = rest[0]
		rest = rest[1:]
	}
	take := func(chars string) byte {
		if rest == "" || strings.IndexByte(chars, rest[0]) < 0 {
			return 0
		}
		c := rest[0]
		rest = rest[1:]
		return c
	}
	s.sign = take("+- ")
	s.alternate = take("#") != 0
	if take("0") != 0 {
		if s.align == 0 {
			s.align = '='
		}
		if s.fill == ' ' {
			s.fill = '0'
		}
	}
	s.width, rest = f.digits(at, rest)
	s.grouping = take(",_")
	if take(".") != 0 {
		before := rest
		if s.precision, rest = f.digits(at, rest); rest == before {
			f.raise(at, "ValueError", "format specifier missing precision")
		}
	}
	if len(rest) > 1 {
		f.raise(at, "ValueError", "invalid format specifier %s", quoted(text))
	}
	if rest != "" {
		s.verb = rest[0]
	}
	return s
}

// digits reads a width or a precision.
func (f *frame) digits(at *place, s string) (n int, rest string) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == 0 {
		return 0, s
	}
	n, err := strconv.Atoi(s[:i])
	if err != nil || n > maxFormatWidth {
		f.raise(at, "ValueError", "a format may not be wider than %d", maxFormatWidth)
	}
	return n, s[i:]
}

// maxFormatWidth bounds width and precision.
const maxFormatWidth = 100_000

// formatValue is Python's format(v, spec).
func (f *frame) formatValue(at *place, v any, spec string) string {
	if spec == "" {
		return string(appendText(nil, v))
	}
	p := plain(v)
	if _, ok := asTime(p); ok {
		return f.strftime(p, spec)
	}
	s := f.parseSpec(at, spec)
	f.chargeBytes(at, s.width)
	switch p := p.(type) {
	case bool, int, *big.Int, float64:
		if s.verb == 's' {
			f.raise(at, "ValueError", "unknown format code 's' for object of type '%s'", typeName(p))
		}
	default:
		if p != nil && reflect.TypeOf(p) == reflect.TypeFor[time.Duration]() || s.verb != 0 && s.verb != 's' {
			f.raise(at, "ValueError", "unknown format code '%c' for object of type '%s'", s.verb, typeName(p))
		}
		return f.formatText(at, string(appendText(nil, v)), s)
	}
	n, _ := number(p)
	return f.formatNumber(at, n, s)
}

func (f *frame) formatText(at *place, text string, s formatSpec) string {
	if s.align == '=' {
		if s.fill != '0' {
			f.raise(at, "ValueError", "'=' alignment not allowed in string format specifier")
		}
		s.align = '<'
	}
	if s.precision >= 0 {
		runes := []rune(text)
		text = string(runes[:min(len(runes), s.precision)])
	}
	if s.align == 0 {
		s.align = '<'
	}
	return padText(text, s.width, s.fill, s.align)
}

func (f *frame) formatNumber(at *place, n any, s formatSpec) string {
	negative, digits := f.numberDigits(at, n, &s)
	prefix := ""
	switch {
	case negative:
		prefix = "-"
	case s.sign == '+' || s.sign == ' ':
		prefix = string(s.sign)
	}
	if s.alternate {
		switch s.verb {
		case 'x', 'X', 'o', 'b':
			prefix += "0" + string(s.verb)
		}
	}
	if s.grouping != 0 {
		size := 3
		if s.verb == 'x' || s.verb == 'X' || s.verb == 'o' || s.verb == 'b' {
			size = 4
		}
		if s.align == '=' && s.fill == '0' {
			digits = zerosToGroup(digits, s.width-len(prefix), size)
		}
		digits = group(digits, s.grouping, size)
	}
	if s.align == '=' {
		return prefix + padText(digits, s.width-len(prefix), s.fill, '>')
	}
	if s.align == 0 {
		s.align = '>'
	}
	return padText(prefix+digits, s.width, s.fill, s.align)
}

// numberDigits writes the absolute value.
func (f *frame) numberDigits(at *place, n any, s *formatSpec) (negative bool, digits string) {
	b := toBig(n)
	switch s.verb {
	case 0, 'd', 'n', 'x', 'X', 'o', 'b', 'c':
		if b == nil {
			if s.verb == 'n' {
				s.verb = 'g'
			}
			if s.verb == 0 || s.verb == 'g' {
				break
			}
			f.raise(at, "ValueError", "unknown format code '%c' for object of type 'float'", s.verb)
		}
		abs := new(big.Int).Abs(b)
		switch s.verb {
		case 'x':
			return b.Sign() < 0, abs.Text(16)
		case 'X':
			return b.Sign() < 0, strings.ToUpper(abs.Text(16))
		case 'o':
			return b.Sign() < 0, abs.Text(8)
		case 'b':
			return b.Sign() < 0, abs.Text(2)
		case 'c':
			if b.Sign() < 0 || b.BitLen() > 31 || b.Int64() > utf8.MaxRune {
				f.raise(at, "OverflowError", "%%c arg not in range(0x110000)")
			}
			return false, string(rune(b.Int64()))
		}
		return b.Sign() < 0, abs.String()
	case 'e', 'E', 'f', 'F', 'g', 'G', '%':
	default:
		f.raise(at, "ValueError", "unknown format code '%c' for object of type '%s'", s.verb, typeName(n))
	}
	x := toFloat(n)
	return math.Signbit(x), floatDigits(math.Abs(x), s)
}

func floatDigits(x float64, s *formatSpec) string {
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	switch s.verb {
	case 0:
		if s.precision < 0 {
			return string(appendFloat(nil, x))
		}
		text := significant(x, max(precision, 1), s.alternate)
		if !strings.ContainsAny(text, ".en") {
			text += ".0"
		}
		return text
	case 'g', 'G':
		text := significant(x, max(precision, 1), s.alternate)
		if s.verb == 'G' {
			text = strings.ToUpper(text)
		}
		return text
	case '%':
		return floatText(x*100, 'f', precision) + "%"
	case 'F':
		return strings.ToUpper(floatText(x, 'f', precision))
	case 'E':
		return strings.ToUpper(floatText(x, 'e', precision))
	}
	return floatText(x, s.verb, precision)
}

func floatText(x float64, verb byte, precision int) string {
	switch {
	case math.IsInf(x, 0):
		return "inf"
	case math.IsNaN(x):
		return "nan"
	}
	return strconv.FormatFloat(x, verb, precision, 64)
}

// significant writes x with that many digits, like C's %g.
func significant(x float64, digits int, keepZeros bool) string {
	text := floatText(x, 'e', digits-1)
	mantissa, exponent, ok := strings.Cut(text, "e")
	if !ok {
		return text
	}
	exp, err := strconv.Atoi(exponent)
	if err != nil {
		return text
	}
	scientific := exp < -4 || exp >= digits
	if !scientific {
		mantissa = floatText(x, 'f', digits-1-exp)
	}
	if strings.Contains(mantissa, ".") && !keepZeros {
		mantissa = strings.TrimSuffix(strings.TrimRight(mantissa, "0"), ".")
	}
	if scientific {
		return mantissa + "e" + exponent
	}
	return mantissa
}

// zerosToGroup puts zeros before digits, so that group makes them at least width long.
func zerosToGroup(digits string, width, size int) string {
	whole := wholeDigits(digits)
	n := whole
	for n+(n-1)/size+len(digits)-whole < width {
		n++
	}
	return strings.Repeat("0", n-whole) + digits
}

// wholeDigits is how many digits stand before the point, the exponent or the end.
func wholeDigits(digits string) (whole int) {
	for whole < len(digits) && isHexDigit(digits[whole]) {
		whole++
	}
	return whole
}

// group puts a separator between each so many digits of the integer part.
func group(digits string, separator byte, size int) string {
	whole := wholeDigits(digits)
	var b strings.Builder
	for i := range whole {
		if i > 0 && (whole-i)%size == 0 {
			b.WriteByte(separator)
		}
		b.WriteByte(digits[i])
	}
	return b.String() + digits[whole:]
}

// convertForFormat carries out !r, !s and !a.
func convertForFormat(v any, conversion byte) any {
	switch conversion {
	case 'r':
		return string(appendRepr(nil, v))
	case 's':
		return string(appendText(nil, v))
	case 'a':
		return asciiRepr(v)
	}
	return v
}

// asciiRepr is repr without letters beyond ASCII.
func asciiRepr(v any) string {
	var b []byte
	for _, r := range string(appendRepr(nil, v)) {
		switch {
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r < 0x100:
			b = fmt.Appendf(b, `\x%02x`, r)
		case r < 0x10000:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = fmt.Appendf(b, `\U%08x`, r)
		}
	}
	return string(b)
}

// formatString is Python's str.format.
func (c *call) formatString(format string) string {
	next := 0
	return c.formatFields(format, &next, 0)
}

func (c *call) formatFields(format string, next *int, depth int) string {
	if depth > 2 {
		c.raise(c.at, "ValueError", "max string recursion exceeded")
	}
	var b []byte
	for format != "" {
		n := strings.IndexAny(format, "{}")
		if n < 0 {
			b = append(b, format...)
			break
		}
		b = append(b, format[:n]...)
		if strings.HasPrefix(format[n+1:], format[n:n+1]) {
			b = append(b, format[n])
			format = format[n+2:]
			continue
		}
		if format[n] == '}' {
			c.raise(c.at, "ValueError", "Single '}' encountered in format string")
		}
		end := specEnd(format[n+1:])
		if end < 0 {
			c.raise(c.at, "ValueError", "Single '{' encountered in format string")
		}
		b = append(b, c.formatField(format[n+1:n+1+end], next, depth)...)
		c.chargeBytes(c.at, len(b))
		format = format[n+2+end:]
	}
	return string(b)
}

// formatField writes one replacement field, without its braces.
func (c *call) formatField(field string, next *int, depth int) string {
	path, spec, _ := strings.Cut(field, ":")
	path, conversion, converted := strings.Cut(path, "!")
	if converted && (len(conversion) != 1 || strings.IndexByte("rsa", conversion[0]) < 0) {
		c.raise(c.at, "ValueError", "unknown conversion in format string")
	}
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	v := c.formatArgument(path[:end], next)
	v = c.formatPath(v, path[end:])
	if converted {
		v = convertForFormat(v, conversion[0])
	}
	return c.formatValue(c.at, v, c.formatFields(spec, next, depth+1))
}

func (c *call) formatArgument(name string, next *int) any {
	i, err := strconv.Atoi(name)
	if name == "" && *next >= 0 {
		i, err = *next, nil
		*next++
	} else if err == nil && *next == 0 {
		*next = -1
	} else if name == "" || err == nil && *next > 0 {
		c.raise(c.at, "ValueError", "cannot switch between automatic and manual field numbering")
	}
	if err == nil {
		if i < 0 || i >= len(c.args) {
			c.raise(c.at, "IndexError", "Replacement index %d out of range for positional args tuple", i)
		}
		return c.args[i]
	}
	v := c.option(-1, name, unbound)
	if v == unbound {
		c.raise(c.at, "KeyError", "%s", quoted(name))
	}
	return v
}

// formatPath follows ".name" and "[key]".
func (c *call) formatPath(v any, path string) any {
	for path != "" {
		if path[0] == '.' {
			end := strings.IndexAny(path[1:], ".[") + 1
			if end == 0 {
				end = len(path)
			}
			v = c.attribute(c.at, v, &attrCache{name: path[1:end]})
			path = path[end:]
			continue
		}
		end := strings.IndexByte(path, ']')
		if path[0] != '[' || end < 0 {
			c.raise(c.at, "ValueError", "expected ']' in format string")
		}
		var key any = path[1:end]
		if i, err := strconv.Atoi(path[1:end]); err == nil {
			key = i
		}
		v = c.index(c.at, v, key)
		path = path[end+1:]
	}
	return v
}

// hasPlaces reports whether v counts as a dict for a format: Python asks only
// whether it can be indexed, and then does not mind what the format leaves out.
func hasPlaces(v any) bool {
	switch v.(type) {
	case tuple, nil, string, int, float64, bool:
		return false
	case rangeValue:
		return true
	}
	_, isMapping := mappingOf(v)
	_, isList := listItems(v)
	return isMapping || isList
}

// percentFormat is Python's format % args.
func (f *frame) percentFormat(at *place, format string, args any) string {
	values, isTuple := args.(tuple)
	if !isTuple {
		values = tuple{args}
	}
	_, isMapping := mappingOf(args)
	used := 0
	next := func() any {
		if used >= len(values) {
			f.raise(at, "TypeError", "not enough arguments for format string")
		}
		used++
		return values[used-1]
	}
	var b []byte
	for format != "" {
		n := strings.IndexByte(format, '%')
		if n < 0 {
			b = append(b, format...)
			break
		}
		b = append(b, format[:n]...)
		format = format[n+1:]
		var v any = unbound
		if strings.HasPrefix(format, "(") {
			end := strings.IndexByte(format, ')')
			if end < 0 || !isMapping {
				f.raise(at, "TypeError", "format requires a mapping")
			}
			v = f.index(at, args, format[1:end])
			format = format[end+1:]
			used = len(values)
		}
		format = f.percentField(at, format, v, next, &b)
		f.chargeBytes(at, len(b))
	}
	if used < len(values) && !hasPlaces(args) {
		f.raise(at, "TypeError", "not all arguments converted during string formatting")
	}
	return string(b)
}

// percentField appends one conversion, of which the percent sign and the name have
// been read, and gives the rest of the format.
func (f *frame) percentField(at *place, format string, v any, next func() any, b *[]byte) string {
	s := formatSpec{fill: ' ', precision: -1, align: '>'}
	i := 0
	for i < len(format) && strings.IndexByte("-+ #0", format[i]) >= 0 {
		switch format[i] {
		case '-':
			s.align = '<'
		case '+':
			s.sign = '+'
		case ' ':
			if s.sign == 0 {
				s.sign = ' '
			}
		case '#':
			s.alternate = true
		case '0':
			s.fill = '0'
		}
		i++
	}
	format = format[i:]
	if strings.HasPrefix(format, "*") {
		s.width = f.starWidth(at, next())
		if format = format[1:]; s.width < 0 {
			s.align, s.width = '<', -s.width
		}
	} else {
		s.width, format = f.digits(at, format)
	}
	if strings.HasPrefix(format, ".*") {
		s.precision = max(f.starWidth(at, next()), 0)
		format = format[2:]
	} else if strings.HasPrefix(format, ".") {
		s.precision, format = f.digits(at, format[1:])
	}
	format = strings.TrimLeft(format, "lhL")
	if format == "" {
		f.raise(at, "ValueError", "incomplete format")
	}
	s.verb = format[0]
	if s.verb == '%' {
		*b = append(*b, '%')
		return format[1:]
	}
	if v == unbound {
		v = next()
	}
	*b = append(*b, f.percentValue(at, v, s)...)
	return format[1:]
}

func (f *frame) starWidth(at *place, v any) int {
	n, ok := number(v)
	i, isInt := n.(int)
	if !ok || !isInt {
		f.raise(at, "TypeError", "* wants int")
	}
	if i > maxFormatWidth || i < -maxFormatWidth {
		f.raise(at, "ValueError", "a format may not be wider than %d", maxFormatWidth)
	}
	return i
}

func (f *frame) percentValue(at *place, v any, s formatSpec) string {
	switch s.verb {
	case 's', 'r', 'a':
		text := string(appendText(nil, convertForFormat(v, s.verb)))
		s.fill, s.verb = ' ', 's'
		return f.formatText(at, text, s)
	case 'c':
		if text, ok := asString(plain(v)); ok {
			if utf8.RuneCountInString(text) != 1 {
				f.raise(at, "TypeError", "%%c requires int or char")
			}
			return f.formatText(at, text, s)
		}
	case 'd', 'i', 'u', 'x', 'X', 'o', 'e', 'E', 'f', 'F', 'g', 'G':
	default:
		f.raise(at, "ValueError", "unsupported format character '%c'", s.verb)
	}
	n, ok := number(v)
	if !ok {
		f.raise(at, "TypeError", "%%%c format: a real number is required, not %s", s.verb, typeName(v))
	}
	switch s.verb {
	case 'd', 'i', 'u':
		s.verb = 'd'
		if x, ok := n.(float64); ok {
			n = (&call{frame: f, at: at}).floatToInt(math.Trunc(x))
		}
	}
	if s.fill == '0' && s.align == '>' {
		s.align = '='
	} else {
		s.fill = ' '
	}
	if s.verb == 'd' && s.precision > 0 {
		negative, digits := f.numberDigits(at, n, &s)
		digits = padText(digits, s.precision, '0', '>')
		if negative {
			digits = "-" + digits
		}
		return padText(digits, s.width, ' ', s.align)
	}
	return f.formatNumber(at, n, s)
}
