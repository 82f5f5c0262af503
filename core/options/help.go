package options

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	helpColumn = 35 // where descriptions begin
	helpWidth  = 79
)

// PrintHelp writes what options there are, by group and name.
func (p *OptionParser) PrintHelp(w io.Writer) {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s [OPTIONS]\n\nOptions:\n\n", filepath.Base(os.Args[0]))
	groups := map[string][]*option{}
	for _, name := range slices.Sorted(maps.Keys(p.options)) {
		o := p.options[name]
		groups[o.group] = append(groups[o.group], o)
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		if group != "" {
			fmt.Fprintf(&b, "\n%s options:\n\n", group)
		}
		for _, o := range groups[group] {
			o.describe(&b)
		}
	}
	b.WriteByte('\n')
	_, _ = io.WriteString(w, b.String()) // help that cannot be shown is no reason to fail
}

func (o *option) describe(b *strings.Builder) {
	head := normalized(o.name)
	if o.metavar != "" {
		head += "=" + o.metavar
	}
	description := o.help
	if shown := defaultText(o.def); shown != "" {
		description += " (default " + shown + ")"
	}
	lines := wrapped(description, helpWidth-helpColumn)
	if len(head) > helpColumn-5 || len(lines) == 0 {
		lines = slices.Insert(lines, 0, "")
	}
	fmt.Fprintf(b, "  --%-*s %s\n", helpColumn-5, head, lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(b, "%-*s %s\n", helpColumn-1, "", line)
	}
}

// wrapped breaks text between words, and words that are too long, into lines of at
// most width characters.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.SplitAfter(text, " ") {
		if len([]rune(line+strings.TrimRight(word, " "))) > width && strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		for runes := []rune(word); len([]rune(strings.TrimRight(word, " "))) > width; runes = []rune(word) {
			lines = append(lines, string(runes[:width]))
			word = string(runes[width:])
		}
		line += word
	}
	if line = strings.TrimRight(line, " "); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// defaultText shows a default in the notation of configuration files, but for the
// quotes round a single text. It is empty if there is nothing to show.
func defaultText(def any) string {
	if text, ok := def.(string); ok {
		return text
	}
	v := reflect.ValueOf(def)
	if !v.IsValid() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return ""
	}
	return literalText(v)
}

func literalText(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Time:
		return value.Format("2006-01-02 15:04:05")
	case fmt.Stringer:
		return value.String()
	}
	switch {
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			return "True"
		}
		return "False"
	case v.Kind() == reflect.String:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.String()) + "'"
	case v.CanFloat():
		text := strconv.FormatFloat(v.Float(), 'g', -1, 64)
		if !strings.ContainsAny(text, ".en") {
			text += ".0"
		}
		return text
	case v.Kind() == reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = literalText(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

// placeholder is what stands for the value in messages.
func (o *option) placeholder() string {
	if o.metavar != "" {
		return o.metavar
	}
	return "VALUE"
}

// described names the type of the option in messages.
func (o *option) described() string {
	one := "a " + o.elem().String()
	switch t := o.elem(); {
	case t == timeType:
		one = "a date"
	case t == durationType:
		one = "a duration"
	case isInteger(t):
		one = "a whole number"
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		one = "a number with a point"
	case t.Kind() == reflect.String:
		one = "a text"
	case t.Kind() == reflect.Bool:
		one = "True or False"
	}
	if o.multiple {
		return "a list, of which each is " + one
	}
	return one
}

func describedLiteral(value any) string {
	switch value.(type) {
	case string:
		return "text"
	case bool:
		return "boolean"
	case int, int64:
		return "whole number"
	case float64:
		return "number"
	case []any:
		return "list"
	}
	return fmt.Sprintf("%T", value)
}
