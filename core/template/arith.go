package template

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// maxBigBits bounds integers in the text of a template.
const maxBigBits = 1 << 16

// parseInt reads an integer of any size; base 0 takes the base from a prefix.
func parseInt(text string, base int) (any, bool) {
	if n, err := strconv.ParseInt(text, base, strconv.IntSize); err == nil {
		return int(n), true
	}
	if len(text) > maxBigBits/4 {
		return nil, false
	}
	n, ok := new(big.Int).SetString(text, base)
	if !ok {
		return nil, false
	}
	return fromBig(n), true
}

// fromBig gives n as an int if it fits.
func fromBig(n *big.Int) any {
	if n.IsInt64() {
		if i := n.Int64(); int64(int(i)) == i {
			return int(i)
		}
	}
	return n
}

// number turns what counts as a number into int, *big.Int or float64.
func number(v any) (any, bool) {
	switch v := plain(v).(type) {
	case int, float64, *big.Int:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return nil, false
}

func toBig(v any) *big.Int {
	switch v := v.(type) {
	case int:
		return big.NewInt(int64(v))
	case *big.Int:
		return v
	}
	return nil
}

func toFloat(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	}
	return math.NaN()
}

// binary evaluates x op y.
func (f *frame) binary(at *place, op string, x, y any) any {
	if a, ok := x.(int); ok {
		if b, ok := y.(int); ok {
			return f.binaryInt(at, op, a, b)
		}
	}
	if v, ok := f.binaryTime(at, op, x, y); ok {
		return v
	}
	if a, ok := number(x); ok {
		if b, ok := number(y); ok {
			if v, ok := binaryBools(op, x, y); ok {
				return v
			}
			return f.binaryNumber(at, op, a, b)
		}
	}
	x = plain(x)
	if op == "%" { // y keeps its type: it may know how to print itself
		switch format := x.(type) {
		case string:
			return f.percentFormat(at, format, y)
		case []byte:
			return []byte(f.percentFormat(at, string(format), y))
		}
	}
	return f.binaryOther(at, op, x, plain(y))
}

// binaryBools keeps & | and ^ of two bools a bool.
func binaryBools(op string, x, y any) (v, ok bool) {
	a, ok := plain(x).(bool)
	b, ok2 := plain(y).(bool)
	if !ok || !ok2 {
		return false, false
	}
	switch op {
	case "&":
		return a && b, true
	case "|":
		return a || b, true
	case "^":
		return a != b, true
	}
	return false, false
}

func (f *frame) binaryInt(at *place, op string, a, b int) any {
	switch op {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return c
		}
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return c
		}
	case "*":
		hi, lo := bits.Mul64(magnitude(a), magnitude(b))
		if hi == 0 && lo <= math.MaxInt {
			return a * b
		}
	case "&":
		return a & b
	case "|":
		return a | b
	case "^":
		return a ^ b
	case "//", "%":
		if b == 0 {
			break
		}
		q, r := a/b, a%b
		if r != 0 && (r < 0) != (b < 0) {
			q, r = q-1, r+b
		}
		if a == math.MinInt && b == -1 {
			break
		}
		if op == "%" {
			return r
		}
		return q
	}
	return f.binaryNumber(at, op, a, b)
}

func magnitude(a int) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func (f *frame) binaryNumber(at *place, op string, x, y any) any {
	a, b := toBig(x), toBig(y)
	if a == nil || b == nil {
		return f.binaryFloat(at, op, toFloat(x), toFloat(y))
	}
	switch op {
	case "/":
		if b.Sign() == 0 {
			f.raise(at, "ZeroDivisionError", "division by zero")
		}
		if a.Sign() == 0 {
			return math.Copysign(0, float64(b.Sign()))
		}
		q, _ := new(big.Rat).SetFrac(a, b).Float64()
		return q
	case "//", "%":
		if b.Sign() == 0 {
			if op == "%" {
				f.raise(at, "ZeroDivisionError", "integer modulo by zero")
			}
			f.raise(at, "ZeroDivisionError", "integer division or modulo by zero")
		}
		q, r := new(big.Int).QuoRem(a, b, new(big.Int))
		if r.Sign() != 0 && r.Sign() != b.Sign() {
			q.Sub(q, big.NewInt(1))
			r.Add(r, b)
		}
		if op == "%" {
			return fromBig(r)
		}
		return fromBig(q)
	case "**":
		return f.power(at, a, b)
	case "<<", ">>":
		return f.shift(at, op, a, b)
	}
	f.checkBits(at, a.BitLen()+b.BitLen())
	c := new(big.Int)
	switch op {
	case "+":
		c.Add(a, b)
	case "-":
		c.Sub(a, b)
	case "*":
		c.Mul(a, b)
	case "&":
		c.And(a, b)
	case "|":
		c.Or(a, b)
	case "^":
		c.Xor(a, b)
	}
	return fromBig(c)
}

func (f *frame) checkBits(at *place, n int) {
	if n > f.template.options.maxBits() {
		f.raise(at, "OverflowError", "the number has more than %d digits", f.template.options.MaxDigits)
	}
	f.work(at, n>>7)
}

func (f *frame) power(at *place, a, b *big.Int) any {
	if b.Sign() < 0 {
		if a.Sign() == 0 {
			f.raise(at, "ZeroDivisionError", "0.0 cannot be raised to a negative power")
		}
		return powerOf(toFloat(a), toFloat(b))
	}
	if a.BitLen() > 1 {
		f.checkBits(at, product(a.BitLen()-1, b))
	} else if b.BitLen() > 1 { // 0, 1 and -1: only oddness matters
		b = big.NewInt(2 + int64(b.Bit(0)))
	}
	return fromBig(new(big.Int).Exp(a, b, nil))
}

// product is n times b, or the greatest int if that is more.
func product(n int, b *big.Int) int {
	p := new(big.Int).Mul(big.NewInt(int64(n)), b)
	if !p.IsInt64() || p.Int64() > int64(maxInt) {
		return maxInt
	}
	return int(p.Int64())
}

func (f *frame) shift(at *place, op string, a, b *big.Int) any {
	if b.Sign() < 0 {
		f.raise(at, "ValueError", "negative shift count")
	}
	if op == ">>" {
		return fromBig(new(big.Int).Rsh(a, uint(min(product(1, b), a.BitLen()+1))))
	}
	f.checkBits(at, a.BitLen()+min(product(1, b), maxInt/2))
	return fromBig(new(big.Int).Lsh(a, uint(b.Int64())))
}

func (f *frame) binaryFloat(at *place, op string, a, b float64) any {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		if b == 0 {
			f.raise(at, "ZeroDivisionError", "float division by zero")
		}
		return a / b
	case "//", "%":
		if b == 0 {
			f.raise(at, "ZeroDivisionError", "float floor division by zero")
		}
		q, r := floorDivide(a, b)
		if op == "%" {
			return r
		}
		return q
	case "**":
		if a == 0 && b < 0 {
			f.raise(at, "ZeroDivisionError", "0.0 cannot be raised to a negative power")
		}
		return powerOf(a, b)
	}
	f.unsupported(at, op, a, b)
	return nil
}

// floorDivide gives the greatest whole number of times that b, which is not zero,
// goes into a, and what is left, which has the sign of b; so has a zero.
func floorDivide(a, b float64) (q, r float64) {
	r = math.Mod(a, b)
	q = (a - r) / b
	switch {
	case r == 0:
		r = math.Copysign(0, b)
	case (r < 0) != (b < 0):
		r += b
		q--
	}
	if q == 0 {
		return math.Copysign(0, a/b), r
	}
	return math.Floor(q + 0.5), r // q misses a whole number by a rounding at most
}

// powerOf is math.Pow, which rounds once for each bit of a whole exponent, and only
// once in all where that shows: 0.1 ** 3.
func powerOf(a, b float64) float64 {
	const bits, most = 256, 1 << 10
	if b != math.Trunc(b) || math.Abs(b) > most || a == 0 || math.IsInf(a, 0) || math.IsNaN(a) {
		return math.Pow(a, b)
	}
	base, p := new(big.Float).SetPrec(bits).SetFloat64(a), new(big.Float).SetPrec(bits).SetInt64(1)
	for n := int(math.Abs(b)); n > 0; n >>= 1 {
		if n&1 == 1 {
			p.Mul(p, base)
		}
		base.Mul(base, base)
	}
	if b < 0 {
		p.Quo(big.NewFloat(1).SetPrec(bits), p)
	}
	result, _ := p.Float64()
	return result
}

// binaryOther handles what is not arithmetic: joining, repeating, formatting, sets
// and times.
func (f *frame) binaryOther(at *place, op string, x, y any) any {
	switch op {
	case "+":
		if v, ok := f.join(at, x, y); ok {
			return v
		}
	case "*":
		for _, sides := range [2][2]any{{x, y}, {y, x}} {
			n, _ := number(sides[1])
			if times, ok := n.(int); ok {
				if v, ok := f.repeat(at, sides[0], times); ok {
					return v
				}
			}
		}
	case "|", "&", "-", "^":
		if v, ok := f.combine(op, x, y); ok {
			return v
		}
	}
	f.unsupported(at, op, x, y)
	return nil
}

func (f *frame) unsupported(at *place, op string, x, y any) {
	if op == "+" {
		if _, ok := x.(string); ok {
			f.raiseOf(at, "TypeError", []any{x, y}, "can only concatenate str (not \"%s\") to str", typeName(y))
		}
	}
	if op == "**" {
		op = "** or pow()"
	}
	f.raiseOf(at, "TypeError", []any{x, y}, "unsupported operand type(s) for %s: '%s' and '%s'", op, typeName(x), typeName(y))
}

func (f *frame) join(at *place, x, y any) (any, bool) {
	switch a := x.(type) {
	case string:
		switch b := y.(type) {
		case string:
			f.chargeBytes(at, len(a)+len(b))
			return a + b, true
		case []byte:
			f.chargeBytes(at, len(a)+len(b))
			return a + string(b), true
		}
	case []byte:
		switch b := y.(type) {
		case string:
			f.chargeBytes(at, len(a)+len(b))
			return string(a) + b, true
		case []byte:
			f.chargeBytes(at, len(a)+len(b))
			return append(a[:len(a):len(a)], b...), true
		}
	case tuple:
		if b, ok := y.(tuple); ok {
			f.charge(at, len(a)+len(b))
			return append(a[:len(a):len(a)], b...), true
		}
		return nil, false
	}
	a, ok := listItems(x)
	b, ok2 := listItems(y)
	if !ok || !ok2 {
		return nil, false
	}
	f.charge(at, len(a)+len(b))
	return &list{append(a[:len(a):len(a)], b...)}, true
}

func (f *frame) repeat(at *place, x any, n int) (any, bool) {
	n = max(n, 0)
	switch a := x.(type) {
	case string:
		return string(f.repeatBytes(at, []byte(a), n)), true
	case []byte:
		return f.repeatBytes(at, a, n), true
	case tuple:
		return tuple(f.repeatItems(at, a, n)), true
	}
	if a, ok := listItems(x); ok {
		return &list{f.repeatItems(at, a, n)}, true
	}
	return nil, false
}

func (f *frame) repeatBytes(at *place, b []byte, n int) []byte {
	if len(b) == 0 {
		return nil
	}
	f.chargeBytes(at, n) // first n alone: the product may overflow
	f.chargeBytes(at, len(b)*n)
	out := make([]byte, 0, len(b)*n)
	for range n {
		out = append(out, b...)
	}
	return out
}

func (f *frame) repeatItems(at *place, items []any, n int) []any {
	if len(items) == 0 {
		return nil
	}
	f.charge(at, n)
	f.charge(at, len(items)*n)
	out := make([]any, 0, len(items)*n)
	for range n {
		out = append(out, items...)
	}
	return out
}

// asSet takes a set, or the keys or items of a dict.
func (f *frame) asSet(at *place, v any) (*set, bool) {
	switch v := v.(type) {
	case *set:
		return v, true
	case *view:
		if v.name != "dict_values" {
			return (&call{frame: f, at: at}).setOf(v), true
		}
	}
	return nil, false
}

// combine evaluates an operator of sets, and | of dicts.
func (f *frame) combine(op string, x, y any) (any, bool) {
	if a, ok := mappingOf(x); ok {
		b, ok := mappingOf(y)
		if !ok || op != "|" {
			return nil, false
		}
		f.charge(f.at, a.len()+b.len())
		out := newDict()
		c := &call{frame: f, at: f.at}
		c.update(out, x)
		c.update(out, y)
		return out, true
	}
	a, ok := f.asSet(f.at, x)
	b, ok2 := f.asSet(f.at, y)
	if !ok || !ok2 {
		return nil, false
	}
	f.charge(f.at, a.len()+b.len())
	out := &set{dict: *newDict(), frozen: a.frozen}
	for _, k := range a.keys {
		_, shared := b.get(k)
		if op == "|" || op == "&" && shared || op != "&" && !shared {
			out.put(k, nil)
		}
	}
	if op == "|" || op == "^" {
		for _, k := range b.keys {
			if _, shared := a.get(k); op == "|" || !shared {
				out.put(k, nil)
			}
		}
	}
	return out, true
}

func (f *frame) unary(at *place, op string, x any) any {
	if d, ok := asDuration(x); ok && op == "-" {
		return duration(-d)
	}
	n, ok := number(x)
	if !ok {
		f.raiseOf(at, "TypeError", []any{x}, "bad operand type for unary %s: '%s'", op, typeName(x))
	}
	switch v := n.(type) {
	case float64:
		switch op {
		case "-":
			return -v
		case "+":
			return v
		}
		f.raise(at, "TypeError", "bad operand type for unary ~: 'float'")
	case int:
		if op == "+" {
			return v
		}
		if op == "~" {
			return ^v
		}
		if v != math.MinInt {
			return -v
		}
	}
	b := new(big.Int).Set(toBig(n))
	switch op {
	case "-":
		b.Neg(b)
	case "~":
		b.Not(b)
	}
	return fromBig(b)
}
