package template

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"time"
)

// maxBigBits bounds integers: past that arithmetic takes noticeable time.
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
	if a, ok := number(x); ok {
		if b, ok := number(y); ok {
			return f.binaryNumber(at, op, a, b)
		}
	}
	return f.binaryOther(at, op, plain(x), plain(y))
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
	if n > maxBigBits {
		f.raise(at, "OverflowError", "the number is too large")
	}
}

func (f *frame) power(at *place, a, b *big.Int) any {
	if b.Sign() < 0 {
		if a.Sign() == 0 {
			f.raise(at, "ZeroDivisionError", "0.0 cannot be raised to a negative power")
		}
		return math.Pow(toFloat(a), toFloat(b))
	}
	if a.BitLen() > 1 {
		if !b.IsInt64() || b.Int64() > maxBigBits {
			f.checkBits(at, maxBigBits+1)
		}
		f.checkBits(at, a.BitLen()*int(b.Int64()))
	} else if b.BitLen() > 1 { // 0, 1 and -1: only oddness matters
		b = big.NewInt(2 + int64(b.Bit(0)))
	}
	return fromBig(new(big.Int).Exp(a, b, nil))
}

func (f *frame) shift(at *place, op string, a, b *big.Int) any {
	if b.Sign() < 0 {
		f.raise(at, "ValueError", "negative shift count")
	}
	if op == ">>" {
		n := uint(maxBigBits)
		if b.IsInt64() && b.Int64() < maxBigBits {
			n = uint(b.Int64())
		}
		return fromBig(new(big.Int).Rsh(a, n))
	}
	if !b.IsInt64() || b.Int64() > maxBigBits {
		f.checkBits(at, maxBigBits+1)
	}
	f.checkBits(at, a.BitLen()+int(b.Int64()))
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
		r := math.Mod(a, b)
		if r != 0 && (r < 0) != (b < 0) {
			r += b
		}
		if op == "%" {
			return r
		}
		return math.Floor((a-r)/b + 0.5)
	case "**":
		if a == 0 && b < 0 {
			f.raise(at, "ZeroDivisionError", "0.0 cannot be raised to a negative power")
		}
		return math.Pow(a, b)
	}
	f.unsupported(at, op, a, b)
	return nil
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
		if n, ok := y.(int); ok {
			if v, ok := f.repeat(at, x, n); ok {
				return v
			}
		}
		if n, ok := x.(int); ok {
			if v, ok := f.repeat(at, y, n); ok {
				return v
			}
		}
	case "%":
		switch s := x.(type) {
		case string:
			return f.percentFormat(at, s, y)
		case []byte:
			return []byte(f.percentFormat(at, string(s), y))
		}
	case "|", "&", "-", "^":
		if v, ok := f.combine(op, x, y); ok {
			return v
		}
	}
	if op == "-" {
		if a, ok := asTime(x); ok {
			if b, ok := asTime(y); ok {
				return a.Sub(b)
			}
		}
	}
	f.unsupported(at, op, x, y)
	return nil
}

func asTime(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case *time.Time:
		return *v, true
	}
	return time.Time{}, false
}

func (f *frame) unsupported(at *place, op string, x, y any) {
	if op == "+" {
		if _, ok := x.(string); ok {
			f.raise(at, "TypeError", "can only concatenate str (not \"%s\") to str", typeName(y))
		}
	}
	if op == "**" {
		op = "** or pow()"
	}
	f.raise(at, "TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", op, typeName(x), typeName(y))
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

// combine evaluates an operator of sets, and | of dicts.
func (f *frame) combine(op string, x, y any) (any, bool) {
	if a, ok := x.(*dict); ok {
		b, ok := y.(*dict)
		if !ok || op != "|" {
			return nil, false
		}
		out := newDict()
		for _, d := range []*dict{a, b} {
			for i, k := range d.keys {
				out.put(k, d.values[i])
			}
		}
		return out, true
	}
	a, ok := x.(*set)
	b, ok2 := y.(*set)
	if !ok || !ok2 {
		return nil, false
	}
	out := &set{*newDict()}
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
	n, ok := number(x)
	if !ok {
		f.raise(at, "TypeError", "bad operand type for unary %s: '%s'", op, typeName(x))
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
