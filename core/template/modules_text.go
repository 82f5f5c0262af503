package template

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"strings"

	"github.com/tornado-dev/tornado/core/escape"
)

var jsonFunctions = map[string]func(*call) any{
	"dumps(obj, *, indent=None, sort_keys=False, ensure_ascii=True, separators=None)": jsonDumps,
	"loads(s)": func(c *call) any { return c.jsonLoads(c.text(0)) },
}

func jsonDumps(c *call) any {
	v := c.arg(0)
	c.checkNesting(c.at, v)
	compact, err := marshal(jsonValue(v, 0))
	if err == nil && truth(c.option(-1, "sort_keys", false)) {
		compact, err = sortedJSON(compact)
	}
	if err != nil {
		c.raiseOf(c.at, "TypeError", []any{v}, "%v", err)
	}
	layout := jsonLayout{comma: ", ", colon: ": ", ascii: truth(c.option(-1, "ensure_ascii", true))}
	indent := plain(c.option(-1, "indent", nil))
	if indent != nil {
		layout.comma = ","
	}
	if separators := c.option(-1, "separators", nil); separators != nil {
		pair := c.items(c.at, separators)
		if len(pair) != 2 {
			c.raise(c.at, "ValueError", "separators must be two: for items and for keys")
		}
		layout.comma, _ = asString(plain(pair[0]))
		layout.colon, _ = asString(plain(pair[1]))
	}
	text := layout.append(nil, string(bytes.TrimSpace(compact)))
	if indent == nil {
		return string(text)
	}
	blanks, _ := asString(indent)
	if n, ok := indent.(int); ok {
		blanks = strings.Repeat(" ", min(max(n, 0), 80))
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", blanks); err != nil {
		c.raise(c.at, "ValueError", "%v", err)
	}
	return b.String()
}

// sortedJSON orders the keys of all objects.
func sortedJSON(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return marshal(v)
}

// jsonLoads keeps the order of keys, and whole numbers whole.
func (c *call) jsonLoads(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := c.jsonRead(d, 0)
	if err == nil && d.More() {
		c.raise(c.at, "ValueError", "Extra data in JSON")
	}
	if err != nil {
		c.raise(c.at, "ValueError", "the text is no JSON: %v", err)
	}
	return v
}

func (c *call) jsonRead(d *json.Decoder, depth int) (any, error) {
	c.charge(c.at, 1)
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Number:
		if n, ok := parseInt(t.String(), 10); ok {
			return n, nil
		}
		return t.Float64()
	case json.Delim:
		if depth > c.template.options.MaxDepth {
			c.raise(c.at, "RecursionError", "the JSON is nested too deeply")
		}
		if t == '[' {
			return c.jsonReadList(d, depth)
		}
		return c.jsonReadDict(d, depth)
	}
	return token, nil
}

func (c *call) jsonReadList(d *json.Decoder, depth int) (any, error) {
	l := &list{}
	for d.More() {
		v, err := c.jsonRead(d, depth+1)
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, v)
	}
	_, err := d.Token()
	return l, err
}

func (c *call) jsonReadDict(d *json.Decoder, depth int) (any, error) {
	out := newDict()
	for d.More() {
		key, err := c.jsonRead(d, depth+1)
		if err != nil {
			return nil, err
		}
		v, err := c.jsonRead(d, depth+1)
		if err != nil {
			return nil, err
		}
		c.putKey(c.at, out, key, v)
	}
	_, err := d.Token()
	return out, err
}

var urlFunctions = map[string]func(*call) any{
	"quote(string, safe='/')":       func(c *call) any { return percentEncode(c.text(0), c.textOption(1, "safe", "/"), "%20") },
	"quote_plus(string, safe='')":   func(c *call) any { return percentEncode(c.text(0), c.textOption(1, "safe", ""), "+") },
	"unquote(string)":               func(c *call) any { return escape.URLUnescape(c.text(0), false) },
	"unquote_plus(string)":          func(c *call) any { return escape.URLUnescape(c.text(0), true) },
	"urlencode(query, doseq=False)": urlencode,
	"urljoin(base, url)": func(c *call) any {
		base, reference := c.parseURL(c.text(0)), c.parseURL(c.text(1))
		return base.ResolveReference(reference).String()
	},
	"parse_qs(qs, keep_blank_values=False)": func(c *call) any {
		values := newDict()
		for _, pair := range c.queryPairs() {
			v, ok := values.get(pair[0])
			if !ok {
				v = &list{}
				c.putKey(c.at, values, pair[0], v)
			}
			v.(*list).items = append(v.(*list).items, pair[1])
		}
		return values
	},
	"parse_qsl(qs, keep_blank_values=False)": func(c *call) any {
		pairs := &list{}
		for _, pair := range c.queryPairs() {
			pairs.items = append(pairs.items, pair)
		}
		return pairs
	},
	"urlparse(url)": urlparse,
	"urlsplit(url)": urlparse,
}

func percentEncode(s, safe, blank string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("_.-~", c) >= 0, strings.IndexByte(safe, c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteString(blank)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

func urlencode(c *call) any {
	pairs := newDict()
	var items []any
	if _, ok := mappingOf(c.arg(0)); ok {
		c.update(pairs, c.arg(0))
		for i, k := range pairs.keys {
			items = append(items, tuple{k, pairs.values[i]})
		}
	} else {
		items = c.items(c.at, c.arg(0))
	}
	doseq := truth(c.option(1, "doseq", false))
	var b []byte
	add := func(key, value any) {
		if len(b) > 0 {
			b = append(b, '&')
		}
		b = append(b, percentEncode(string(appendText(nil, key)), "", "+")...)
		b = append(append(b, '='), percentEncode(string(appendText(nil, value)), "", "+")...)
		c.chargeBytes(c.at, len(b))
	}
	for _, item := range items {
		pair := c.items(c.at, item)
		if len(pair) != 2 {
			c.raise(c.at, "TypeError", "urlencode() needs a mapping or pairs")
		}
		if values, ok := listItems(pair[1]); ok && doseq {
			for _, v := range values {
				add(pair[0], v)
			}
			continue
		}
		add(pair[0], pair[1])
	}
	return string(b)
}

// queryPairs are the names and values of a query in their order.
func (c *call) queryPairs() []tuple {
	keepBlank := truth(c.option(1, "keep_blank_values", false))
	var pairs []tuple
	for field := range strings.SplitSeq(c.text(0), "&") {
		name, value, ok := strings.Cut(field, "=")
		if value != "" || keepBlank && (ok || name != "") {
			c.charge(c.at, 1)
			pairs = append(pairs, tuple{escape.URLUnescape(name, true), escape.URLUnescape(value, true)})
		}
	}
	return pairs
}

func (c *call) parseURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		c.raise(c.at, "ValueError", "%v", err)
	}
	return u
}

func urlparse(c *call) any {
	u := c.parseURL(c.text(0))
	var port any
	if n, ok := parseInt(u.Port(), 10); ok {
		port = n
	}
	netloc := u.Host
	if u.User != nil {
		netloc = u.User.String() + "@" + u.Host
	}
	var hostname any
	if u.Hostname() != "" {
		hostname = strings.ToLower(u.Hostname())
	}
	return &module{"ParseResult", map[string]any{
		"scheme": u.Scheme, "netloc": netloc, "path": u.EscapedPath(), "query": u.RawQuery, "fragment": u.EscapedFragment(),
		"hostname": hostname, "port": port,
	}}
}

var stringValues = map[string]any{
	"ascii_lowercase": "abcdefghijklmnopqrstuvwxyz", "ascii_uppercase": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"ascii_letters": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "digits": "0123456789",
	"hexdigits": "0123456789abcdefABCDEF", "octdigits": "01234567", "whitespace": " \t\n\r\v\f",
	"punctuation": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
}

var stringFunctions = map[string]func(*call) any{
	"capwords(s)": func(c *call) any {
		words := strings.FieldsFunc(c.text(0), isSpace)
		for i, w := range words {
			words[i] = capitalize(w)
		}
		return strings.Join(words, " ")
	},
}

var htmlFunctions = map[string]func(*call) any{
	"escape(s, quote=True)": func(c *call) any {
		if !truth(c.option(1, "quote", true)) {
			return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(c.text(0))
		}
		return escape.XHTMLEscape(c.text(0))
	},
	"unescape(s)": func(c *call) any { return escape.XHTMLUnescape(c.text(0)) },
}

var base64Functions = map[string]func(*call) any{
	"b64encode(s)":         func(c *call) any { return []byte(base64.StdEncoding.EncodeToString([]byte(c.text(0)))) },
	"urlsafe_b64encode(s)": func(c *call) any { return []byte(base64.URLEncoding.EncodeToString([]byte(c.text(0)))) },
	"b64decode(s)":         func(c *call) any { return c.decodeBase64(base64.StdEncoding) },
	"urlsafe_b64decode(s)": func(c *call) any { return c.decodeBase64(base64.URLEncoding) },
}

func (c *call) decodeBase64(encoding *base64.Encoding) any {
	b, err := encoding.DecodeString(c.text(0))
	if err != nil {
		c.raise(c.at, "ValueError", "%v", err)
	}
	return b
}

// splitPath gives what stands before the last slash, and behind it.
func splitPath(p string) (dir, name string) {
	i := strings.LastIndexByte(p, '/') + 1
	dir, name = p[:i], p[i:]
	if trimmed := strings.TrimRight(dir, "/"); trimmed != "" {
		dir = trimmed
	}
	return dir, name
}

var pathFunctions = map[string]func(*call) any{
	"basename(p)": func(c *call) any { _, name := splitPath(c.text(0)); return name },
	"dirname(p)":  func(c *call) any { dir, _ := splitPath(c.text(0)); return dir },
	"split(p)":    func(c *call) any { dir, name := splitPath(c.text(0)); return tuple{dir, name} },
	"splitext(p)": func(c *call) any {
		name := c.text(0)
		ext := path.Ext(name)
		if base := strings.TrimSuffix(name, ext); base != "" && !strings.HasSuffix(base, "/") {
			return tuple{base, ext}
		}
		return tuple{name, ""}
	},
	"normpath(path)": func(c *call) any { return path.Clean(c.text(0)) },
	"join(path, *paths)": func(c *call) any {
		joined := c.text(0)
		for i := 1; i < len(c.args); i++ {
			switch part := c.text(i); {
			case strings.HasPrefix(part, "/") || joined == "":
				joined = part
			case strings.HasSuffix(joined, "/"):
				joined += part
			default:
				joined += "/" + part
			}
		}
		return joined
	},
}

func escapeHelpers() map[string]any {
	helpers := map[string]any{}
	for _, name := range []string{"xhtml_escape", "url_escape", "json_encode", "squeeze", "linkify"} {
		helpers[name] = builtins[name]
	}
	return helpers
}

var escapeFunctions = map[string]func(*call) any{
	"xhtml_unescape(value)":                            func(c *call) any { return escape.XHTMLUnescape(c.text(0)) },
	"url_unescape(value, encoding='utf-8', plus=True)": func(c *call) any { return escape.URLUnescape(c.text(0), truth(c.option(2, "plus", true))) },
	"json_decode(value)":                               func(c *call) any { return c.jsonLoads(c.text(0)) },
	"utf8(value)":                                      func(c *call) any { return []byte(c.text(0)) },
	"to_unicode(value)":                                func(c *call) any { return c.text(0) },
	"native_str(value)":                                func(c *call) any { return c.text(0) },
	"to_basestring(value)":                             func(c *call) any { return c.text(0) },
	"recursive_unicode(obj)":                           func(c *call) any { return c.arg(0) },
}
