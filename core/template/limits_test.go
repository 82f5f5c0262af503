package template

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestEndlessTemplates has what would take for ever, or all memory: each ends with an error,
// and soon.
func TestEndlessTemplates(t *testing.T) {
	limits := Limits{MaxIterations: 100_000, MaxOutput: 4 << 20, MaxText: 12 << 20, MaxMemory: 64 << 20}
	for _, text := range []string{
		"{{ 'x' * 10**9 }}",
		"{{ 'x' * 10**30 }}",
		"{{ 'abc' * (1 << 62) }}",
		"{{ 10**10**10 }}",
		"{{ 10**100000 }}",
		"{{ 1 << 10**9 }}",
		"{{ (10**19000)**2 }}",
		"{{ int('9' * 30000) }}",
		"{{ [0] * 10**9 }}",
		"{{ (0,) * 10**9 }}",
		"{{ '%1000000000d' % 1 }}",
		"{{ '%*d' % (10**9, 1) }}",
		"{{ '%.1000000000f' % 1 }}",
		"{{ '{:1000000000}'.format(1) }}",
		"{{ '{:>{w}}'.format(1, w=10**9) }",
		"{{ f'{1:1000000000}' }}",
		"{{ 'x'.ljust(10**9) }}",
		"{{ 'x'.zfill(10**9) }}",
		"{{ '\\t'.expandtabs(10**9) }}",
		"{{ ('x' * 10**6).replace('x', 'y' * 10**6) }}",
		"{{ ('x' * 10**6).join(['a'] * 10**5) }}",
		"{{ bytes(10**12) }}",
		"{{ list(range(10**12)) }}",
		"{{ sum(range(10**12)) }}",
		"{{ max(range(10**12)) }}",
		"{{ sorted(range(10**9)) }}",
		"{{ [x for x in range(10**5) for y in range(10**5)] }}",
		"{{ {x: y for x in range(10**5) for y in range(10**5)} }}",
		"{{ any(False for x in range(10**12)) }}",
		"{{ 5 in (x * 2 for x in range(10**12)) }}",
		"{% for i in range(10**12) %}{% end %}",
		"{% for i in range(10**12) %}x{% end %}",
		"{% for i in range(10**6) %}{{ 'x' * 10000 }}{% end %}",
		"{% while True %}{% end %}",
		"{% while True %}{% try %}{{ 1 / 0 }}{% except Exception %}{% end %}{% end %}",
		"{% try %}{% while True %}{% end %}{% except BaseException %}caught{% finally %}{% while True %}{% end %}{% end %}",
		"{% set s = 'x' %}{% while True %}{% set s = s + s %}{% end %}",
		"{% set s = 'x' %}{% while True %}{% set s += 'y' * 1000 %}{% end %}",
		"{% set l = [1] %}{% while True %}{% set l += l %}{% end %}",
		"{% set l = [] %}{% while True %}{% set l.append('x' * 100000) %}{% end %}",
		"{% set l = [] %}{% while True %}{% set l = [l, l] %}{% end %}",
		"{% set d = {} %}{% while True %}{% set d[len(d)] = repr(d) %}{% end %}",
		"{% set l = list(range(10**6)) %}{% while True %}{% set x = l == list(l) %}{% end %}",
		"{% set l = list(range(10**6)) %}{% while True %}{% set x = -1 in l %}{% end %}",
		"{% set s = 'x' * 10**7 %}{% while True %}{% set x = s.count('y') + len(s.upper()) %}{% end %}",
		"{% set s = 'ü' * 10**6 %}{% while True %}{% set x = s[0] %}{% end %}",
		"{% set l = list(range(10**6)) %}{% while True %}{% set l.insert(0, l.pop(0)) %}{% end %}",
		"{% set f = lambda g: g(g) %}{{ f(f) }}",
		"{% set f = lambda n: f(n - 1) + f(n - 2) if n > 1 else n %}{{ f(50) }}",
		"{% from itertools import count, cycle, repeat, product, permutations, islice %}{{ list(count()) }}",
		"{% from itertools import cycle %}{{ ''.join(cycle('ab')) }}",
		"{% from itertools import repeat %}{% for x in repeat(1) %}{% end %}",
		"{% from itertools import product %}{{ len(list(product(range(1000), range(1000), range(1000)))) }}",
		"{% from itertools import permutations %}{{ len(list(permutations(range(20)))) }}",
		"{% from itertools import islice, count %}{{ list(islice(count(), 10**10, 10**11)) }}",
		"{% from itertools import count %}{{ json_encode(count()) }}",
		"{% from itertools import count %}{{ f(count()) }}",
		"{% import re %}{{ re.match('(a{1000}){1000}', 'a') }}",
		"{% import re %}{% while True %}{{ re.sub('(x*)*y', 'z', 'x' * 10**6) }}{% end %}",
		"{% import re %}{{ re.sub('x', 'y' * 10**6, 'x' * 10**6) }}",
		"{% import json %}{{ json.loads('[' * 10**6) }}",
		"{% apply twice %}{% for i in range(10**9) %}xxxxxxxxxxxxxxxxxxx{% end %}{% end %}",
		"{% include self.html %}",
		"{% extends self.html %}",
		"{% include twice1.html %}",
		"{{ " + strings.Repeat("(", 1000) + "1" + strings.Repeat(")", 1000) + " }}",
		"{{ " + strings.Repeat("-", 100000) + "1 }}",
		"{{ " + strings.Repeat("not ", 100000) + "1 }}",
		"{{ " + strings.Repeat("1 + ", 100000) + "1 }}",
		"{{ " + strings.Repeat("[", 100000) + " }}",
		"{{ x" + strings.Repeat("[0]", 100000) + " }}",
		"{{ x" + strings.Repeat(".a", 100000) + " }}",
		"{{ f'" + strings.Repeat("{f\"", 100) + "' }}",
		strings.Repeat("{% if 1 %}", 100000),
		strings.Repeat("{% for x in y %}", 1000) + strings.Repeat("{% end %}", 1000),
	} {
		name := text[:min(len(text), 60)]
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"self.html": text}
			for i := range 50 { // each includes the next twice
				next := "{% include twice" + string(rune('A'+i)) + ".html %}"
				files["twice"+string(rune('A'+i-1))+".html"] = next + next
			}
			files["twice1.html"] = "{% include twice@.html %}"
			start := time.Now()
			tpl, err := NewDictLoader(files, Options{Limits: limits}).Load("self.html")
			if err == nil {
				_, err = tpl.Generate(map[string]any{
					"twice": func(s string) string { return s + s }, "f": func(any) int { return 0 }, "x": map[string]any{}, "y": "z",
				})
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if p := (*PanicError)(nil); errors.As(err, &p) {
				t.Errorf("%v\n%s", p, p.Stack)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("it took %v", took)
			} else if took > time.Second {
				t.Logf("it took %v: %v", took, err)
			}
		})
	}
}
