package template

import (
	"hash/fnv"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

func builtinAbs(c *call) any {
	if d, ok := plain(c.arg(0)).(duration); ok {
		return max(d, -d)
	}
	n := c.number(c.arg(0))
	if f, ok := n.(float64); ok {
		return math.Abs(f)
	}
	if toBig(n).Sign() < 0 {
		return c.unary(c.at, "-", n)
	}
	return n
}

func builtinDivmod(c *call) any {
	return tuple{c.binary(c.at, "//", c.arg(0), c.arg(1)), c.binary(c.at, "%", c.arg(0), c.arg(1))}
}

func builtinPow(c *call) any {
	modulus := c.option(2, "mod", nil)
	if modulus == nil {
		return c.binary(c.at, "**", c.arg(0), c.arg(1))
	}
	a, b, m := toBig(c.number(c.arg(0))), toBig(c.number(c.arg(1))), toBig(c.number(modulus))
	if a == nil || b == nil || m == nil || b.Sign() < 0 {
		c.raise(c.at, "TypeError", "pow() with a modulus needs integers, and an exponent that is not negative")
	}
	if m.Sign() == 0 {
		c.raise(c.at, "ValueError", "pow() 3rd argument cannot be 0")
	}
	c.charge(c.at, b.BitLen()*(1+m.BitLen()/64))
	r := new(big.Int).Exp(a, b, new(big.Int).Abs(m))
	if m.Sign() < 0 && r.Sign() > 0 {
		r.Add(r, m)
	}
	return fromBig(r)
}

func builtinRound(c *call) any {
	n := c.number(c.arg(0))
	digits := c.option(1, "ndigits", nil)
	f, isFloat := n.(float64)
	switch {
	case digits == nil && isFloat:
		return c.floatToInt(math.RoundToEven(f))
	case digits == nil:
		return n
	}
	d := c.int(digits)
	if !isFloat {
		return c.roundInt(toBig(n), d)
	}
	if math.IsInf(f, 0) || math.IsNaN(f) || d > 308 {
		return f
	}
	if d < 0 {
		scale := math.Pow(10, float64(-max(d, -400)))
		return math.RoundToEven(f/scale) * scale
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', d, 64), 64)
	if err != nil {
		return f
	}
	return rounded
}

// roundInt rounds n to a multiple of a power of ten, halves to the even one.
func (c *call) roundInt(n *big.Int, digits int) any {
	if digits >= 0 {
		return fromBig(n)
	}
	if -digits > n.BitLen() {
		return 0
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-digits)), nil)
	quotient, rest := new(big.Int).DivMod(n, unit, new(big.Int))
	switch rest.Lsh(rest, 1).Cmp(unit) {
	case 1:
		quotient.Add(quotient, big.NewInt(1))
	case 0:
		quotient.Add(quotient, big.NewInt(int64(quotient.Bit(0))))
	}
	return fromBig(quotient.Mul(quotient, unit))
}

func (c *call) floatToInt(f float64) any {
	switch {
	case math.IsNaN(f):
		c.raise(c.at, "ValueError", "cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		c.raise(c.at, "OverflowError", "cannot convert float infinity to integer")
	}
	b, _ := big.NewFloat(f).Int(nil)
	return fromBig(b)
}

func builtinInt(c *call) any {
	v := plain(c.option(0, "x", 0))
	if s, ok := asString(v); ok {
		base := c.int(c.option(1, "base", 10))
		if n, ok := parseIntText(strings.TrimFunc(s, isSpace), base); ok {
			return n
		}
		c.raiseOf(c.at, "ValueError", []any{v}, "invalid literal for int() with base %d: %s", base, quoted(s))
	}
	n, ok := number(v)
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{v}, "int() argument must be a string or a number, not '%s'", typeName(v))
	}
	if f, ok := n.(float64); ok {
		return c.floatToInt(math.Trunc(f))
	}
	return n
}

// parseIntText reads what int() takes: a sign, the prefix of the base if it has
// one, and digits with single underscores between them.
func parseIntText(s string, base int) (any, bool) {
	if base != 0 && (base < 2 || base > 36) || strings.HasSuffix(s, "_") || strings.Contains(s, "__") {
		return nil, false
	}
	sign, digits := "", s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, digits = s[:1], s[1:]
	}
	if len(digits) > 2 && digits[0] == '0' {
		prefixed := map[byte]int{'x': 16, 'o': 8, 'b': 2}[digits[1]|0x20]
		if prefixed != 0 && prefixed == base {
			digits = digits[2:]
		}
	}
	if digits == "" || digits[0] == '-' || digits[0] == '+' || digits[0] == '_' {
		return nil, false
	}
	return parseInt(sign+strings.ReplaceAll(digits, "_", ""), base)
}

func (c *call) toFloat(v any) float64 {
	v = plain(v)
	s, ok := asString(v)
	if !ok {
		return toFloat(c.number(v))
	}
	trimmed := strings.TrimFunc(s, isSpace)
	f, err := strconv.ParseFloat(strings.ReplaceAll(trimmed, "_", ""), 64)
	if err != nil && !strings.Contains(err.Error(), "range") || strings.ContainsAny(trimmed, "xX") || strings.Contains(trimmed, "__") {
		c.raiseOf(c.at, "ValueError", []any{v}, "could not convert string to float: %s", quoted(s))
	}
	return f
}

func builtinSum(c *call) any {
	total := c.option(1, "start", 0)
	if _, ok := asString(plain(total)); ok {
		c.raise(c.at, "TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
	}
	for it := c.iterate(c.at, c.arg(0)); ; {
		v, ok := it.next()
		if !ok {
			return total
		}
		c.charge(c.at, 1)
		total = c.binary(c.at, "+", total, v)
	}
}

func (c *call) inBase(base int, prefix string) string {
	b := toBig(c.number(c.arg(0)))
	if b == nil {
		c.raise(c.at, "TypeError", "'float' object cannot be interpreted as an integer")
	}
	sign := ""
	if b.Sign() < 0 {
		sign, b = "-", new(big.Int).Neg(b)
	}
	return sign + prefix + b.Text(base)
}

func builtinChr(c *call) any {
	i := c.intArg(0)
	if i < 0 || i > utf8.MaxRune {
		c.raise(c.at, "ValueError", "chr() arg not in range(0x110000)")
	}
	return string(rune(i))
}

func builtinOrd(c *call) any {
	s := c.text(0)
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || n < len(s) {
		c.raise(c.at, "TypeError", "ord() expected a character, but string of length %d found", utf8.RuneCountInString(s))
	}
	return int(r)
}

// builtinHash gives equal numbers for equal values.
func builtinHash(c *call) any {
	c.checkKey(c.at, c.arg(0))
	k, _ := hashKey(c.arg(0))
	if n, ok := k.(int); ok {
		return n
	}
	h := fnv.New64a()
	h.Write(appendRepr(nil, k))
	return int(h.Sum64() >> 1)
}

var (
	intMethods   map[string]methodEntry
	floatMethods map[string]methodEntry
)

func init() {
	intMethods = methodTable(map[string]method{
		"bit_length()":       func(_ *call, self any) any { return toBig(self).BitLen() },
		"is_integer()":       func(*call, any) any { return true },
		"as_integer_ratio()": func(_ *call, self any) any { return tuple{self, 1} },
		"conjugate()":        func(_ *call, self any) any { return self },
	})
	floatMethods = methodTable(map[string]method{
		"is_integer()": func(_ *call, self any) any { return self.(float64) == math.Trunc(self.(float64)) },
		"conjugate()":  func(_ *call, self any) any { return self },
		"as_integer_ratio()": func(c *call, self any) any {
			r := new(big.Rat).SetFloat64(self.(float64))
			if r == nil {
				c.raise(c.at, "OverflowError", "cannot convert Infinity to integer ratio")
			}
			return tuple{fromBig(r.Num()), fromBig(r.Denom())}
		},
	})
}

// numberAttribute finds what numbers have for attributes.
func numberAttribute(n any, name string) (any, bool) {
	_, isFloat := n.(float64)
	switch {
	case name == "real", name == "numerator" && !isFloat:
		return n, true
	case name == "imag" && isFloat:
		return 0.0, true
	case name == "imag":
		return 0, true
	case name == "denominator" && !isFloat:
		return 1, true
	}
	return nil, false
}
