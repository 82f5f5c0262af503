package template

import "testing"

// TestHints has what people write who come from another language.
func TestHints(t *testing.T) {
	args := map[string]any{
		"n": 1, "text": "t", "list": []int{1}, "story": newStory(), "d": map[string]any{},
		"link": func(kind string) string { return kind },
	}
	for _, text := range []string{
		"{% if n &«unexpected '&' in expression; write 'and'»& n %}{% end %}",
		"{% if n |«unexpected '|' in expression; write 'or'»| n %}{% end %}",
		"{% if «unexpected character '!' in expression; write 'not'»!n %}{% end %}",
		"{% if n «unexpected '=' in expression; '==' compares»= 1 %}{% end %}",
		"{% if n ==«unexpected '=' in expression; '==' compares»= 1 %}{% end %}",
		"{{ n «unexpected character '?' in expression; write 'a if condition else b'»? 1 : 2 }}",
		"{{ story-«unexpected '>' in expression; write '.'»>title }}",
		"{{ story«unexpected ':' in expression; write '.'»::title }}",
		"{% set n++«the expression is incomplete; write {% set x += 1 %}» %}",
		"{{ «unexpected character '$' in expression; names stand without it»$n }}",
		"{{ «unexpected character '“' in expression; text stands between ' or \"»“a” }}",
		"{{ {'a': {'b': 1«expected ',' or '}', found the end of the expression; the first '}}' ends the tag, so write '} }' inside»}} }}",
		"{{ {'a': 1«expected ',' or '}', found the end of the expression» }}",
		"{{ text | «name 'upper' is not defined; there are no filters: write upper(...)»upper }}",
		"{{ «name 'true' is not defined; did you mean 'True'?»true }}",
		"{{ «name 'null' is not defined; did you mean 'None'?»null }}",
		"{% if n %}{% else «else takes no condition; write {% elif n > 1 %}»if n > 1 %}{% end %}",
		"{% try %}«unknown operator: 'catch'; did you mean 'except'?»{% catch %}{% end %}",
		"«unknown operator: 'foreach'; did you mean 'for'?»{% foreach x in list %}{% end %}",
		"«unknown operator: 'with'»{% with n %}{% end %}",
		"{{ list.«'list' object has no attribute 'length'; write len(x)»length }}",
		"{{ list.«'list' object has no attribute 'first'; write x[0]»first }}",
		"{{ text.«'str' object has no attribute 'trim'; write x.strip()»trim() }}",
		"{{ story.«'template.story' object has no attribute 'length'»length }}",
		"{{ datetime.«'module' object has no attribute 'now'; did you mean 'datetime.datetime.now'?»now() }}",
		"{% module «name '_tt_modules' is not defined; modules are for the pages that a handler renders»Entry(n) %}",
		"{{ «link() takes no keyword arguments ('kind')»link(kind='a') }}",
		"{{ d«there is no key 'a'»['a'] }}",
		"{% set story.«a template cannot change the program's template.story»title = 'x' %}",
	} {
		t.Run(text, func(t *testing.T) { checkMarkedError(t, text, args) })
	}
}

// TestCaughtKeyError is for templates that print the key, as in Python.
func TestCaughtKeyError(t *testing.T) {
	text := "{% try %}{{ d['a'] }}{% except KeyError as e %}{{ e }}{% end %}{% try %}{% set raise KeyError('b') %}{% except KeyError as e %}{{ e }}{% end %}"
	if got := rendered(t, text, map[string]any{"d": map[string]any{}}); got != "'a'b" {
		t.Errorf("got %s", got)
	}
}

func TestNamesOfPython2(t *testing.T) {
	text := "{% for i in xrange(2) %}{{ unicode(i) }}{% end %}{{ isinstance(u'a', basestring) }}{% for k, v in d.iteritems() %}{{ k }}{{ v }}{% end %}{{ d.has_key('a') }}{{ d.has_key('b') }}"
	if got := rendered(t, text, map[string]any{"d": map[string]any{"a": 1}}); got != "01Truea1TrueFalse" {
		t.Errorf("got %s", got)
	}
}
