package template

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
)

var mathValues = map[string]any{"pi": math.Pi, "e": math.E, "tau": 2 * math.Pi, "inf": math.Inf(1), "nan": math.NaN()}

var mathFunctions = map[string]func(*call) any{
	"floor(x)": integerFunction(math.Floor), "ceil(x)": integerFunction(math.Ceil), "trunc(x)": integerFunction(math.Trunc),
	"sqrt(x)": floatFunction(math.Sqrt), "exp(x)": floatFunction(math.Exp), "fabs(x)": floatFunction(math.Abs),
	"log2(x)": floatFunction(math.Log2), "log10(x)": floatFunction(math.Log10),
	"sin(x)": floatFunction(math.Sin), "cos(x)": floatFunction(math.Cos), "tan(x)": floatFunction(math.Tan),
	"asin(x)": floatFunction(math.Asin), "acos(x)": floatFunction(math.Acos), "atan(x)": floatFunction(math.Atan),
	"degrees(x)":  floatFunction(func(x float64) float64 { return x * 180 / math.Pi }),
	"radians(x)":  floatFunction(func(x float64) float64 { return x * math.Pi / 180 }),
	"isnan(x)":    func(c *call) any { return math.IsNaN(c.floatArg(0)) },
	"isinf(x)":    func(c *call) any { return math.IsInf(c.floatArg(0), 0) },
	"atan2(y, x)": func(c *call) any { return math.Atan2(c.floatArg(0), c.floatArg(1)) },
	"hypot(x, y)": func(c *call) any { return math.Hypot(c.floatArg(0), c.floatArg(1)) },
	"fmod(x, y)":  func(c *call) any { return math.Mod(c.floatArg(0), c.floatArg(1)) },
	"pow(x, y)":   func(c *call) any { return powerOf(c.floatArg(0), c.floatArg(1)) },
	"gcd(x, y)": func(c *call) any {
		return fromBig(new(big.Int).GCD(nil, nil, big.NewInt(int64(c.intArg(0))), big.NewInt(int64(c.intArg(1)))))
	},
	"log(x, base=)": func(c *call) any {
		x := c.positive(c.floatArg(0))
		if base := c.option(1, "base", nil); base != nil {
			return math.Log(x) / math.Log(c.positive(toFloat(c.number(base))))
		}
		return math.Log(x)
	},
	"isclose(a, b)": func(c *call) any {
		a, b := c.floatArg(0), c.floatArg(1)
		return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
	},
}

func (c *call) positive(x float64) float64 {
	if x <= 0 {
		c.raise(c.at, "ValueError", "math domain error")
	}
	return x
}

func floatFunction(fn func(float64) float64) func(*call) any {
	return func(c *call) any {
		x := c.floatArg(0)
		y := fn(x)
		if math.IsNaN(y) && !math.IsNaN(x) || math.IsInf(y, -1) && !math.IsInf(x, 0) {
			c.raise(c.at, "ValueError", "math domain error")
		}
		return y
	}
}

func integerFunction(fn func(float64) float64) func(*call) any {
	return func(c *call) any {
		n := c.number(c.arg(0))
		if f, ok := n.(float64); ok {
			return c.floatToInt(fn(f))
		}
		return n
	}
}

var randomFunctions = map[string]func(*call) any{
	"random()":      func(*call) any { return rand.Float64() },
	"uniform(a, b)": func(c *call) any { a, b := c.floatArg(0), c.floatArg(1); return a + (b-a)*rand.Float64() },
	"randint(a, b)": func(c *call) any { return c.between(c.intArg(0), c.intArg(1)) },
	"randrange(start, stop=)": func(c *call) any {
		if len(c.args) < 2 {
			return c.between(0, c.intArg(0)-1)
		}
		return c.between(c.intArg(0), c.intArg(1)-1)
	},
	"choice(seq)": func(c *call) any {
		items := c.items(c.at, c.arg(0))
		if len(items) == 0 {
			c.raise(c.at, "IndexError", "Cannot choose from an empty sequence")
		}
		return items[rand.IntN(len(items))]
	},
	"sample(population, k)": func(c *call) any {
		items, k := c.items(c.at, c.arg(0)), c.intArg(1)
		if k < 0 || k > len(items) {
			c.raise(c.at, "ValueError", "Sample larger than population or is negative")
		}
		rand.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		return &list{slices.Clip(items[:k])}
	},
	"shuffle(x)": func(c *call) any {
		l, ok := c.arg(0).(*list)
		if !ok {
			c.refuseChange(c.at, c.arg(0))
			c.raise(c.at, "TypeError", "'%s' object does not support item assignment", typeName(c.arg(0)))
		}
		rand.Shuffle(len(l.items), func(i, j int) { l.items[i], l.items[j] = l.items[j], l.items[i] })
		return nil
	},
}

func (c *call) between(a, b int) any {
	if b < a || b-a < 0 {
		c.raise(c.at, "ValueError", "empty range for randrange() (%d, %d)", a, b)
	}
	return a + rand.IntN(max(b-a+1, 1))
}
