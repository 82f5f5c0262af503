package inspector

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// contains returns a function that seeks needle in any case of letters. It
// allocates only for a needle beyond ASCII.
func contains(needle string) func(string) bool {
	needle = strings.ToLower(needle)
	if !isASCII(needle) {
		return func(s string) bool { return strings.Contains(strings.ToLower(s), needle) }
	}
	return func(s string) bool { return containsFold(s, needle) }
}

// containsBytes is contains for bytes.
func containsBytes(needle string) func([]byte) bool {
	needle = strings.ToLower(needle)
	if !isASCII(needle) {
		return func(b []byte) bool { return bytes.Contains(bytes.ToLower(b), []byte(needle)) }
	}
	return func(b []byte) bool { return containsFold(b, needle) }
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// containsFold seeks needle, which is ASCII in lower case.
func containsFold[T string | []byte](s T, needle string) bool {
	if needle == "" {
		return true
	}
	first := needle[0]
	for i := 0; i <= len(s)-len(needle); i++ {
		if lower(s[i]) == first && equalFoldAt(s, i, needle) {
			return true
		}
	}
	return false
}

func equalFoldAt[T string | []byte](s T, at int, needle string) bool {
	for i := 1; i < len(needle); i++ {
		if lower(s[at+i]) != needle[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c-'A' < 26 {
		return c + 'a' - 'A'
	}
	return c
}

// containsOrGlob returns a function that matches a part of a text in any case, or
// all of it if pattern has a star.
func containsOrGlob(pattern string) func(string) bool {
	if !strings.Contains(pattern, "*") {
		return contains(pattern)
	}
	return glob(pattern)
}

// glob returns a function that matches all of a text against a pattern in which
// each * stands for anything, in linear time.
func glob(pattern string) func(string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return func(s string) bool { return s == pattern }
	}
	first, middle, last := parts[0], parts[1:len(parts)-1], parts[len(parts)-1]
	return func(s string) bool {
		if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
			return false
		}
		s = s[len(first) : len(s)-len(last)]
		for _, part := range middle {
			_, rest, ok := strings.Cut(s, part)
			if !ok {
				return false
			}
			s = rest
		}
		return true
	}
}
