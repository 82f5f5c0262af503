package command

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Find returns the commands that can be meant by query while pane is open, the
// likeliest first. All letters of query must occur in the name or in the help in
// that order; an empty query finds everything in the order of the table.
func Find(pane Scope, query string) []Command {
	type match struct {
		Command
		score int
	}
	var found []match
	for _, c := range Table {
		if c.Scope != Global && c.Scope != pane {
			continue
		}
		// A hit in the name outweighs any in the sentence.
		score := fuzzy(c.Name, query)
		if score >= 0 {
			score += 1000
		} else {
			score = fuzzy(c.Help, query)
		}
		if score >= 0 {
			found = append(found, match{c, score})
		}
	}
	if strings.TrimSpace(query) != "" {
		slices.SortStableFunc(found, func(a, b match) int { return b.score - a.score })
	}
	commands := make([]Command, len(found))
	for i, m := range found {
		commands[i] = m.Command
	}
	return commands
}

// fuzzy says how well query fits text: -1 if its letters do not occur in that
// order, and more for letters that follow each other or begin a word.
func fuzzy(text, query string) int {
	text, query = strings.ToLower(text), strings.ToLower(strings.ReplaceAll(query, " ", ""))
	score, from, previous := 0, 0, -2
	for _, r := range query {
		i := strings.IndexRune(text[from:], r)
		if i < 0 {
			return -1
		}
		at := from + i
		switch {
		case at == previous+1:
			score += 8
		case at == 0 || strings.IndexByte(" -/,;:", text[at-1]) >= 0:
			score += 5
		default:
			score -= min(i, 4)
		}
		previous = at + utf8.RuneLen(r) - 1
		from = at + utf8.RuneLen(r)
	}
	return max(score-len(text)/16, 0)
}
