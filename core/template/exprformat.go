package template

import "strings"

// formattedParts parses the text of an f-string. off is where it begins.
func (p *exprParser) formattedParts(text string, off int, raw bool) []formattedPart {
	p.enter()
	defer p.leave()
	var parts []formattedPart
	literal := func(s string, at int) {
		if !raw {
			s = p.scan.unescape(s, at)
		}
		parts = append(parts, formattedPart{text: s})
	}
	for pos := 0; pos < len(text); {
		n := strings.IndexAny(text[pos:], "{}")
		if n < 0 {
			literal(text[pos:], off+pos)
			break
		}
		if n > 0 {
			literal(text[pos:pos+n], off+pos)
		}
		pos += n
		if strings.HasPrefix(text[pos:], "{{") || strings.HasPrefix(text[pos:], "}}") {
			parts = append(parts, formattedPart{text: text[pos : pos+1]})
			pos += 2
			continue
		}
		if text[pos] == '}' {
			p.fail(off+pos, "a single '}' in a formatted string")
		}
		part, length := p.formattedValue(text[pos+1:], off+pos+1, raw)
		if part.label != "" {
			parts = append(parts, formattedPart{text: part.label})
		}
		parts = append(parts, part)
		pos += 1 + length
	}
	return parts
}

// formattedValue parses what follows an opening brace, up to and with the closing
// one.
func (p *exprParser) formattedValue(text string, off int, raw bool) (part formattedPart, length int) {
	n := expressionEnd(text)
	if n < 0 {
		p.fail(off, "a '{' is not closed in a formatted string")
	}
	written := text[:n]
	if trimmed := strings.TrimRightFunc(written, isSpace); strings.HasSuffix(trimmed, "=") && !endsComparison(trimmed) {
		part.label, n = written, len(trimmed)-1
		defer func() { // "{x = }" shows the expression as well, and repr of its value
			if part.conversion == 0 && part.spec == nil {
				part.conversion = 'r'
			}
		}()
	}
	sub := newExprParser(p.scan.src, text[:n], off, p.limit)
	sub.depth, sub.count = p.depth, p.count
	part.value = sub.expressionList()
	sub.end()
	p.binds = append(p.binds, sub.binds...)
	p.count = sub.count
	n = len(written)
	if text[n] == '!' {
		if n+1 == len(text) || strings.IndexByte("rsa", text[n+1]) < 0 {
			p.fail(off+n, "a formatted string knows the conversions !r, !s and !a")
		}
		part.conversion = text[n+1]
		n += 2
	}
	if n < len(text) && text[n] == ':' {
		length := specEnd(text[n+1:])
		if length < 0 {
			p.fail(off, "a '{' is not closed in a formatted string")
		}
		part.spec = &formattedExpr{offset(off + n), p.formattedParts(text[n+1:n+1+length], off+n+1, raw)}
		n += 1 + length
	}
	if n == len(text) || text[n] != '}' {
		p.fail(off+n, "expected '}' in a formatted string")
	}
	return part, n + 1
}

// endsComparison reports whether the sign at the end of s belongs to an operator.
func endsComparison(s string) bool {
	return len(s) > 1 && strings.IndexByte("=!<>", s[len(s)-2]) >= 0
}

// expressionEnd finds what ends the expression at the start of s: a "}", ":" or
// "!" outside of brackets and strings; -1 if nothing does.
func expressionEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				return i
			}
			depth--
		case '\'', '"':
			n := strings.IndexByte(s[i+1:], c)
			if n < 0 {
				return -1
			}
			i += 1 + n
		case ':':
			if depth == 0 {
				return i
			}
		case '!':
			if depth == 0 && !strings.HasPrefix(s[i:], "!=") {
				return i
			}
		}
	}
	return -1
}

// specEnd finds the brace that ends the format at the start of s.
func specEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}
