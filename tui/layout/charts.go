package layout

import (
	"slices"
	"strings"
	"time"
)

const (
	levels  = "▁▂▃▄▅▆▇█"
	eighths = "▏▎▍▌▋▊▉█"
)

// Sparkline draws values within width cells: one cell each or, if there is too
// little room, the greatest of some neighbours. The tallest stands for top or, if one is
// greater, for that one.
func Sparkline(values []time.Duration, top time.Duration, width int) string {
	if width <= 0 {
		return ""
	}
	values = condense(values, width)
	for _, v := range values {
		top = max(top, v)
	}
	marks := []rune(levels)
	var b strings.Builder
	for _, v := range values {
		i := 0
		if top > 0 && v > 0 {
			i = min(int(v*time.Duration(len(marks))/(top+1)), len(marks)-1)
		}
		b.WriteRune(marks[i])
	}
	return b.String()
}

// condense leaves width values, each the greatest of its neighbourhood.
func condense(values []time.Duration, width int) []time.Duration {
	n := len(values)
	if n <= width {
		return values
	}
	kept := make([]time.Duration, width)
	for i := range kept {
		kept[i] = slices.Max(values[i*n/width : (i+1)*n/width])
	}
	return kept
}

// Bar draws the stretch from start to end of a whole, both fractions, as width
// cells. A stretch that is not empty shows at least a sliver.
func Bar(start, end float64, width int) string {
	start, end = clamp(start), clamp(end)
	if width <= 0 || end <= start {
		return Spaces(width)
	}
	marks := []rune(eighths)
	from := min(int(start*float64(width)), width-1)
	cells := (end-start)*float64(width) + 1e-9
	whole := min(int(cells), width-from)
	var b strings.Builder
	b.WriteString(Spaces(from))
	b.WriteString(strings.Repeat("█", whole))
	used := from + whole
	if part := int((cells - float64(whole)) * 8); used < width && (part > 0 || whole == 0) {
		b.WriteRune(marks[max(part-1, 0)])
		used++
	}
	b.WriteString(Spaces(width - used))
	return b.String()
}

func clamp(v float64) float64 { return min(max(v, 0), 1) }
