package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/template"
)

// webVectors is testdata/web.json: requests to small applications, and the
// answers of the original.
type webVectors struct {
	Templates   map[string]string
	StaticFiles map[string]struct {
		MTime  int64
		Text   string
		B64    []byte
		Repeat int
	} `json:"static_files"`
	Clock int64
	Cases []webCase
}

type webCase struct {
	ID      string
	Tags    []string
	App     string
	Request struct {
		Method  string
		URI     string
		URIB64  []byte `json:"uri_b64"`
		Headers [][2]string
		Body    string
	}
	Script   []operation
	Response *struct {
		Status     int
		Reason     string
		Headers    [][2]string
		Framing    string
		Body       string
		BodyB64    []byte `json:"body_b64"`
		BodySHA1   string `json:"body_sha1"`
		BodyLength int    `json:"body_length"`
		Gzip       bool
	}
}

func (c *webCase) has(tag string) bool { return slices.Contains(c.Tags, tag) }

// An operation is one call of a script: its name and the arguments.
type operation []json.RawMessage

func (o operation) name() string { return o.text(0) }

func (o operation) text(i int) (s string) {
	if i < len(o) {
		json.Unmarshal(o[i], &s)
	}
	return s
}

func (o operation) number(i int) (n float64) {
	if i < len(o) {
		json.Unmarshal(o[i], &n)
	}
	return n
}

func (o operation) value(i int) (v any) {
	if i < len(o) {
		decoder := json.NewDecoder(bytes.NewReader(o[i]))
		decoder.Decode(&v)
	}
	return v
}

// options are the keyword arguments, which come last.
func (o operation) options() map[string]any {
	m, _ := o.value(len(o) - 1).(map[string]any)
	return m
}

var errOfScript = errors.New("an error of the script")

// A vectorHandler does what a case's script says.
type vectorHandler struct {
	RequestHandler
	c    *webCase
	etag *string // in place of the computed one
}

func (h *vectorHandler) Get() error     { return h.run() }
func (h *vectorHandler) Head() error    { return h.run() }
func (h *vectorHandler) Post() error    { return h.run() }
func (h *vectorHandler) Put() error     { return h.run() }
func (h *vectorHandler) Patch() error   { return h.run() }
func (h *vectorHandler) Delete() error  { return h.run() }
func (h *vectorHandler) Options() error { return h.run() }

func (h *vectorHandler) ComputeEtag() string {
	if h.etag != nil {
		return *h.etag
	}
	sum := sha1.Sum(h.written())
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (h *vectorHandler) GetCurrentUser() any {
	if user := h.GetCookie("user"); user != "" {
		return user
	}
	return nil
}

func (h *vectorHandler) run() error {
	for _, o := range h.c.Script {
		if err := h.do(o); err != nil {
			return err
		}
	}
	return nil
}

// output writes a result as compact JSON with a line end.
func (h *vectorHandler) output(v any) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.Encode(v)
	h.Write(b.String())
}

func (h *vectorHandler) do(o operation) error {
	switch o.name() {
	case "write":
		h.Write(o.text(1))
	case "write_repeat":
		h.Write(strings.Repeat(o.text(1), int(o.number(2))))
	case "write_json", "write_value":
		h.Write(o.value(1))
	case "flush":
		h.Flush()
	case "finish":
		if len(o) > 1 {
			h.Finish(o.text(1))
		} else {
			h.Finish()
		}
	case "finish_json":
		h.Finish(o.value(1))
	case "set_status":
		if len(o) > 2 {
			h.SetStatus(int(o.number(1)), o.text(2))
		} else {
			h.SetStatus(int(o.number(1)))
		}
	case "status":
		h.output(h.GetStatus())
	case "set_header":
		h.SetHeader(o.text(1), o.headerValue(2))
	case "set_header_b64":
		raw, _ := base64.StdEncoding.DecodeString(o.text(2))
		h.SetHeader(o.text(1), raw)
	case "set_header_time":
		h.SetHeader(o.text(1), time.Unix(int64(o.number(2)), 0))
	case "add_header":
		h.AddHeader(o.text(1), o.headerValue(2))
	case "clear_header":
		h.ClearHeader(o.text(1))
	case "clear":
		h.clear()
	case "redirect":
		h.redirect(o)
	case "http_error":
		return o.httpError()
	case "missing_argument":
		return MissingArgumentError{o.text(1)}
	case "error":
		return errOfScript
	case "raise_finish":
		if len(o) > 1 {
			h.Write(o.text(1))
		}
		return Finish
	case "send_error":
		h.sendError(o)
	case "argument":
		h.argumentOf(o)
	case "get_cookie":
		h.cookieOf(o)
	case "get_signed_cookie":
		h.signedCookieOf(o)
	case "set_cookie":
		h.SetCookie(o.text(1), o.text(2), cookieOptions(o.options()))
	case "set_signed_cookie":
		h.setSignedCookie(o)
	case "clear_cookie":
		h.ClearCookie(o.text(1), cookieOptions(o.options()))
	case "clear_all_cookies":
		h.ClearAllCookies(cookieOptions(o.options()))
	case "etag":
		etag := o.text(1)
		h.etag = &etag
	case "set_etag_header":
		h.SetEtagHeader()
		h.output(h.CheckEtagHeader())
	case "render":
		args, _ := o.value(2).(map[string]any)
		return h.Render(o.text(1), args)
	case "render_string":
		args, _ := o.value(2).(map[string]any)
		page, err := h.RenderString(o.text(1), args)
		h.Write("[" + string(page) + "]")
		return err
	case "reverse_url":
		var args []any
		for i := 2; i < len(o); i++ {
			args = append(args, o.value(i))
		}
		h.output(h.ReverseURL(o.text(1), args...))
	case "static_url":
		options := o.options()
		h.output(h.StaticURL(o.text(1), StaticURLOptions{IncludeHost: options["include_host"] == true,
			NoVersion: options["include_version"] == false}))
	case "xsrf_token":
		h.Write(h.XSRFToken())
	case "xsrf_form_html":
		h.Write(h.XSRFFormHTML())
	default:
		panic("no operation " + o.name())
	}
	return nil
}

// headerValue is text as one byte for each code point, or a number.
func (o operation) headerValue(i int) any {
	switch v := o.value(i).(type) {
	case float64:
		return int(v)
	case string:
		return latin1(v)
	}
	return struct{}{} // nothing a header can be
}

// latin1 is text whose code points are bytes; others stand for themselves, which
// no header takes.
func latin1(text string) string {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return "\x00"
		}
		b = append(b, byte(r))
	}
	return string(b)
}

func (h *vectorHandler) redirect(o operation) {
	options := o.options()
	if status, ok := options["status"].(float64); ok {
		h.RedirectStatus(o.text(1), int(status))
		return
	}
	h.Redirect(o.text(1), options["permanent"] == true)
}

func (o operation) httpError() error {
	e := HTTPError{StatusCode: int(o.number(1))}
	options := o.options()
	if log, ok := options["log"].([]any); ok {
		e.LogMessage = fmt.Sprint(log...)
	}
	e.Reason, _ = options["reason"].(string)
	return e
}

func (h *vectorHandler) sendError(o operation) {
	status := 500
	if len(o) > 1 {
		status = int(o.number(1))
	}
	reason, _ := o.options()["reason"].(string)
	h.SendError(status, reason)
}

func (h *vectorHandler) argumentOf(o operation) {
	method, name, options := o.text(1), o.text(2), o.options()
	def, hasDefault := options["default"]
	text, isText := def.(string)
	one := map[string]func(string, ...string) string{"get_argument": h.GetArgument, "get_query_argument": h.GetQueryArgument,
		"get_body_argument": h.GetBodyArgument}
	all := map[string]func(string) []string{"get_arguments": h.GetArguments, "get_query_arguments": h.GetQueryArguments,
		"get_body_arguments": h.GetBodyArguments}
	if options["strip"] == false {
		one["get_argument"], all["get_arguments"] = h.GetTextArgument, h.GetTextArguments
	}
	if f := all[method]; f != nil {
		h.output(f(name))
		return
	}
	switch {
	case hasDefault && !isText:
		// The default is None: ask whether there is one.
		if len(all[method+"s"](name)) == 0 {
			h.output(nil)
			return
		}
		h.output(one[method](name))
	case hasDefault:
		h.output(one[method](name, text))
	default:
		h.output(one[method](name))
	}
}

func (h *vectorHandler) cookieOf(o operation) {
	if _, sent := h.Request.Cookies()[o.text(1)]; !sent && len(o) < 3 {
		h.output(nil)
		return
	}
	h.output(h.GetCookie(o.text(1), o.text(2)))
}

func (h *vectorHandler) signedCookieOf(o operation) {
	options := o.options()
	days, _ := options["max_age_days"].(float64)
	version, _ := options["min_version"].(float64)
	value, ok := h.GetSignedCookie(o.text(1), GetSignedCookieOptions{
		MaxAge: time.Duration(days * float64(24*time.Hour)), MinVersion: int(version)})
	if !ok {
		h.output(nil)
		return
	}
	h.output(value)
}

func (h *vectorHandler) setSignedCookie(o operation) {
	options := o.options()
	signed := SignedCookieOptions{CookieOptions: cookieOptions(options)}
	days, given := options["expires_days"]
	signed.Session = given && days == nil
	version, _ := options["version"].(float64)
	signed.Version = int(version)
	h.SetSignedCookie(o.text(1), o.text(2), signed)
}

// cookieOptions are the attributes of a cookie, which have other names in the
// original.
func cookieOptions(options map[string]any) (o CookieOptions) {
	o.Domain, _ = options["domain"].(string)
	if path, given := options["path"]; given {
		if o.Path, _ = path.(string); o.Path == "" {
			o.Path = "-"
		}
	}
	switch expires := options["expires"].(type) {
	case float64:
		o.Expires = time.Unix(int64(expires), 0)
	case []any:
		n := func(i int) int { x, _ := expires[i].(float64); return int(x) }
		o.Expires = time.Date(n(0), time.Month(n(1)), n(2), n(3), n(4), n(5), 0, time.UTC)
	}
	if days, ok := options["expires_days"].(float64); ok && o.Expires.IsZero() {
		o.Expires = vectorClock.Add(time.Duration(days * float64(24*time.Hour)))
	}
	if age, ok := options["max_age"].(float64); ok {
		if o.MaxAge = int(age); o.MaxAge == 0 {
			o.MaxAge = -1 // zero means that there is none
		}
	}
	o.HTTPOnly, o.Secure = options["httponly"] == true, options["secure"] == true
	o.SameSite, _ = options["samesite"].(string)
	return o
}

var vectorClock = time.Unix(1_700_000_000, 0)

// A groupsHandler writes the values of its pattern's groups.
type groupsHandler struct {
	RequestHandler
	hexadecimal bool
}

func (h *groupsHandler) Prepare() {
	if h.Request.Method == "HEAD" {
		return
	}
	args, kwargs := []any{}, map[string]any{}
	for i, value := range h.PathArgs() {
		var v any = value
		if !h.match.Took(i) {
			v = nil
			if h.hexadecimal {
				v = "-"
			}
		}
		if name := h.route.pattern.Names()[i]; name != "" {
			kwargs[name] = v
		} else {
			args = append(args, v)
		}
	}
	text, _ := json.Marshal(struct {
		Args   []any          `json:"args"`
		Kwargs map[string]any `json:"kwargs"`
	}{args, kwargs})
	h.Finish(string(text) + "\n")
}

type rawGroupsHandler struct{ groupsHandler }

func (h *rawGroupsHandler) DecodeArgument(value, name string) string {
	if name == "" {
		name = "None"
	}
	return name + "=" + strings.ToUpper(hex.EncodeToString([]byte(value)))
}

type vectorErrorHandler struct{ vectorHandler }

func (h *vectorErrorHandler) WriteError(status int, err error) {
	h.SetHeader("X-Error", "custom")
	reason := reasonPhrase(h.status, h.reason)
	h.Finish(map[string]any{"status": status, "reason": reason, "has_exception": err != nil, "extra": nil})
}

type vectorBadErrorHandler struct{ vectorHandler }

func (h *vectorBadErrorHandler) WriteError(int, error) { panic(errOfScript) }

type vectorDefaultsHandler struct{ vectorHandler }

func (h *vectorDefaultsHandler) SetDefaultHeaders() {
	h.SetHeader("X-Default", "yes")
	h.SetHeader("Server", "custom")
}

type vectorPrepareHandler struct{ vectorHandler }

func (h *vectorPrepareHandler) Prepare() error {
	switch filepath.Base(h.Request.Path) {
	case "finish":
		h.Finish("prepared")
	case "error":
		return HTTPError{StatusCode: 402}
	case "redirect":
		h.Redirect("/elsewhere")
	case "write":
		h.Write("prepare;")
	}
	return nil
}

type vectorStaticHandler struct{ StaticFileHandler }

func (h *vectorStaticHandler) SetExtraHeaders(path string) { h.SetHeader("X-Path", path) }

func (h *vectorStaticHandler) GetCacheTime(path string, _ time.Time, _ string) time.Duration {
	if strings.HasSuffix(path, ".txt") {
		return time.Hour
	}
	return 0
}

type onlyGetHandler struct{ RequestHandler }

func (h *onlyGetHandler) Get() { h.Write("only get") }

type getHeadHandler struct{ onlyGetHandler }

func (h *getHeadHandler) Head() { h.SetHeader("X-Head", "1") }

type slashHandler struct {
	RequestHandler
	text string
}

func (h *slashHandler) Get()  { h.Write(h.text) }
func (h *slashHandler) Head() { h.Write(h.text) }
func (h *slashHandler) Post() { h.Write(h.text) }

type userHandler struct {
	vectorHandler
	login string
}

func (h *userHandler) Prepare() error {
	h.app.settings.LoginURL = h.login // this test has an application for each login
	if err := h.Authenticated(); err != nil {
		return err
	}
	h.Finish("user " + h.CurrentUser().(string))
	return nil
}

// vectorApplication builds the application of a case.
func vectorApplication(t *testing.T, vectors *webVectors, static string, c *webCase) *Application {
	settings := Settings{CookieSecret: "web-vectors-secret", LoginURL: "/login",
		TemplateLoader: template.NewDictLoader(vectors.Templates, template.Options{}),
		UIModules:      vectorModules, UIMethods: map[string]any{"shout": shout}, Translations: new(locale.Translations)}
	init := Init(func(h *vectorHandler) { h.c = c })
	do := URL[vectorHandler](`/do(?:/.*)?`, init)
	routes := []Route{do}
	switch c.App {
	case "main":
		settings.StaticPath = static
		routes = mainRoutes(c)
	case "default_handler":
		settings.DefaultHandler = URL[ErrorHandler](`.*`, Init(func(h *ErrorHandler) { h.StatusCode = 410 }))
	case "autoescape_off": // of the settings' own kind is TestTemplateSettings
		settings.TemplateLoader = template.NewDictLoader(vectors.Templates, template.Options{Autoescape: "None", Whitespace: template.WhitespaceOneline})
	case "static":
		settings.StaticPath = static
		routes = append(routes,
			StaticFiles(`/dir/(.*)`, filepath.Join(static, "dir"), DefaultFilename("index.html")),
			StaticFiles(`/root/(.*)`, static, DefaultFilename("index.html")),
			StaticFiles(`/extra/(.*)`, static, ServedBy[vectorStaticHandler]()),
			StaticFiles(`/one/(alpha\.txt)`, static))
	case "gzip":
		settings.StaticPath, settings.CompressResponse = static, true
	case "static_prefix":
		settings.StaticPath, settings.StaticURLPrefix = static, "/s/x.y/"
	case "xsrf":
		settings.XSRFCookies = true
		routes = append(routes, URL[vectorErrorHandler](`/custom_error`, Init(func(h *vectorErrorHandler) { h.c = c })))
	case "xsrf_v1":
		settings.XSRFCookies, settings.XSRFCookieVersion = true, 1
	case "xsrf_kwargs":
		settings.XSRFCookies, settings.XSRFCookieName = true, "__Host-x"
		settings.XSRFCookieOptions = CookieOptions{HTTPOnly: true, Secure: true, SameSite: "Strict"}
	case "hosts":
		routes = hostRoutes()
	case "hosts_default":
		settings.DefaultHost = "www.default.com"
		routes = []Route{
			Host(`www\.default\.com`, say(`/common`, "default host"), say(`/wild`, "default host wild")),
			Host(`other\.com`, say(`/common`, "other")),
			say(`/wild`, "wild"),
		}
	case "nested":
		api := NewApplication(Settings{}, say(`/api/x`, "api x"), say(`/api/(\w+)/z`, "api z"))
		routes = []Route{Host(`a\.com`, say(`/x`, "a x"), say(`/y/(\d+)`, "a y")), Mount(`/api/.*`, api), say(`/x`, "outer x"),
			Group(say(`/y/(\d+)`, "any y"))}
	}
	app, err := BuildApplication(settings, routes...)
	if err != nil {
		t.Fatal(err)
	}
	if c.has("clock") {
		app.signing.Now = func() time.Time { return vectorClock }
	}
	return app
}

func hostRoutes() []Route {
	return []Route{
		Host(`www\.example\.com`, say(`/common`, "example"), say(`/ex/(\w+)`, "ex")),
		Host(`.*\.example\.org`, say(`/common`, "org"), say(`/org`, "org only")),
		Host(`www\.example\.org`, say(`/common`, "www org"), say(`/www`, "www org only")),
		Host(`10\.0\.0\.\d+`, say(`/common`, "ip")),
		say(`/common`, "wildcard common"), say(`/only_wild`, "wildcard"),
	}
}

func mainRoutes(c *webCase) []Route {
	groups := func(pattern, name string) Route { return URL[groupsHandler](pattern, Name(name)) }
	raw := Init(func(h *rawGroupsHandler) { h.hexadecimal = true })
	user := func(pattern, login string) Route {
		return URL[userHandler](pattern, Init(func(h *userHandler) { h.login = login }))
	}
	return []Route{
		URL[vectorHandler](`/do(?:/.*)?`, Init(func(h *vectorHandler) { h.c = c })),
		URL[vectorErrorHandler](`/custom_error`, Init(func(h *vectorErrorHandler) { h.c = c })),
		URL[vectorBadErrorHandler](`/bad_error`, Init(func(h *vectorBadErrorHandler) { h.c = c })),
		URL[vectorDefaultsHandler](`/default_headers`, Init(func(h *vectorDefaultsHandler) { h.c = c })),
		URL[vectorPrepareHandler](`/prepare/(?:finish|error|redirect|write)`, Init(func(h *vectorPrepareHandler) { h.c = c })),
		URL[onlyGetHandler](`/only_get`),
		URL[getHeadHandler](`/get_head`),
		groups(`/pos/([^/]+)/([^/]*)`, "pos"),
		groups(`/opt(?:/(\d+))?`, "opt"),
		groups(`/named/(?P<year>[0-9]{4})/(?P<slug>[^/]+)`, "named"),
		groups(`/named_opt(?:/(?P<x>\w+))?`, "named_opt"),
		groups(`/alt/(?:(a)|(b))`, "alt"),
		groups(`/any/(.*)`, "any"),
		URL[rawGroupsHandler](`/raw/(.*)/(?:x)`, raw, Name("raw")),
		URL[rawGroupsHandler](`/raw_named/(?P<v>.*)`, raw),
		groups(`/literal\.txt`, "literal"),
		groups(`^/caret/(\w+)$`, "caret"),
		groups(`/prefix`, "prefix"),
		URL[slashHandler](`/add_slash/?`, AddSlash(), Init(func(h *slashHandler) { h.text = "slash" })),
		URL[slashHandler](`/rm_slash/*`, RemoveSlash(), Init(func(h *slashHandler) { h.text = "no slash" })),
		user(`/auth`, "/login"), user(`/auth_abs`, "http://login.example.com/in"), user(`/auth_query`, "/login?x=1"), user(`/auth_frag`, "/login#f"),
		Redirect(`/old`, "/new"),
		URL[RedirectHandler](`/old_temp`, Init(func(h *RedirectHandler) { h.URL, h.Temporary = "/new", true })),
		Redirect(`/swap/(.*?)/(.*?)/(.*)`, "/{1}/{0}/{2}"),
		Redirect(`/swap_named/(?P<a>[^/]+)/(?P<b>[^/]+)`, "/{b}/{a}"),
		Redirect(`/old_query`, "/new?fixed=1"),
		Redirect(`/old_frag`, "/new#frag"),
		Redirect(`/old_ext/(.*)`, "http://example.com/{0}"),
		URL[ErrorHandler](`/teapot`, Init(func(h *ErrorHandler) { h.StatusCode = 418 })),
	}
}

// raw is the case's request as it goes over the wire.
func (c *webCase) raw() string {
	uri := c.Request.URI + string(c.Request.URIB64)
	var b strings.Builder
	b.WriteString(c.Request.Method + " " + uri + " HTTP/1.1\r\n")
	for _, field := range c.Request.Headers {
		b.WriteString(field[0] + ": " + latin1(field[1]) + "\r\n")
	}
	return b.String() + "\r\n" + c.Request.Body
}

func TestWebVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/web.json")
	if err != nil {
		t.Fatal(err)
	}
	vectors := new(webVectors)
	if err := json.Unmarshal(data, vectors); err != nil {
		t.Fatal(err)
	}
	static := vectorFiles(t, vectors)
	captureLog(t)
	for i := range vectors.Cases {
		c := &vectors.Cases[i]
		t.Run(c.ID, func(t *testing.T) {
			why, deviates := webDeviations[c.ID]
			if c.Response == nil {
				if !deviates {
					t.Error("the original leaves the connection hanging; say what is right")
				}
				return
			}
			app := vectorApplication(t, vectors, static, c)
			defer app.close()
			problems := c.compare(exchangeOverSocket(t, app, c.raw()))
			switch {
			case len(problems) > 0 && !deviates:
				t.Error(strings.Join(problems, "\n"))
			case len(problems) == 0 && deviates:
				t.Errorf("is listed as a deviation (%s), and is none", why)
			}
		})
	}
}

// vectorFiles writes the static files of the vectors, and beside them what must
// not be served.
func vectorFiles(t *testing.T, vectors *webVectors) (static string) {
	outside := t.TempDir()
	static = filepath.Join(outside, "static")
	write := func(path, text string, modified time.Time) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range vectors.StaticFiles {
		write(filepath.Join(static, name), strings.Repeat(file.Text+string(file.B64), max(file.Repeat, 1)), time.Unix(file.MTime, 0))
	}
	write(filepath.Join(outside, "secret.txt"), "outside\n", time.Now())
	write(filepath.Join(outside, "static2", "other.txt"), "sibling\n", time.Now())
	return static
}

// placeholders are what stands in expected values for what differs each time.
var placeholders = map[string]string{
	"{DATE}": `\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`, "{SERVER}": `.*`, "{XSRF1}": `[0-9a-f]{32}`,
	"{XSRF2}": `2\|[0-9a-f]{8}\|[0-9a-f]{32}\|\d+`, "{ETAG}": `"[0-9a-f]{40}"`, "{LEN}": `\d+`,
}

var relativeDate = regexp.MustCompile(`\\\{NOW(\\\+|-)\d+\\\}`)

// like reports whether a value is what is expected, placeholders replaced.
func like(got, want string) bool {
	if got == want {
		return true
	}
	pattern := regexp.QuoteMeta(want)
	for name, meaning := range placeholders {
		pattern = strings.ReplaceAll(pattern, regexp.QuoteMeta(name), meaning)
	}
	pattern = relativeDate.ReplaceAllString(pattern, placeholders["{DATE}"])
	matched, err := regexp.MatchString(`(?s)\A`+pattern+`\z`, got)
	return err == nil && matched
}

// compare lists the differences between an answer and the case's.
func (c *webCase) compare(got response) (problems []string) {
	want := c.Response
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if got.status != want.Status {
		add("got the status %d; want %d", got.status, want.Status)
	}
	if reason := latin1(want.Reason); got.reason != reason {
		add("got the reason %q; want %q", got.reason, reason)
	}
	c.compareHeaders(got, c.compareBody(got, add), add)
	return problems
}

// compareBody reports whether the length and the ETag of the body can be
// compared as well.
func (c *webCase) compareBody(got response, add func(string, ...any)) (sameLength bool) {
	want := c.Response
	body := got.body
	if want.Gzip {
		reader, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			add("the body is not compressed: %v", err)
			return false
		}
		plain, err := io.ReadAll(reader)
		if err != nil {
			add("the compressed body is damaged: %v", err)
		}
		body = string(plain)
	}
	expected := want.Body + string(want.BodyB64)
	switch {
	case want.BodySHA1 != "":
		sum := sha1.Sum([]byte(body))
		if hex.EncodeToString(sum[:]) != want.BodySHA1 || len(body) != want.BodyLength {
			add("got a body of %d bytes with another hash; want %d bytes", len(body), want.BodyLength)
		}
	case c.Request.Method == "HEAD" && want.Status >= 400:
		return false // the length of such a page
	case strings.HasPrefix(expected, "<html><title>"+strconv.Itoa(want.Status)+": "):
		return false // an error page of our own making
	case c.has("python_json") || strings.HasPrefix(expected, `{"status": `):
		if !sameJSON(body, expected) {
			add("got the body %q; want %q", body, expected)
		}
		return false
	case !like(body, expected):
		add("got the body %q; want %q", body, expected)
	}
	return true
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return bytes.Equal(p, q)
}

// expectedValue is a field's value with what deviates in all cases alike: text files
// say that they are UTF-8, since browsers else take them for something else, and a
// compressed answer has a weak ETag, since it has other octets than the same
// content without compression (RFC 9110 section 8.8.1).
func (c *webCase) expectedValue(name, value string) string {
	switch {
	case name == "Content-Type" && strings.HasPrefix(value, "text/") && !strings.Contains(value, ";") && len(c.Script) == 0:
		return value + "; charset=utf-8"
	case name == "Etag" && slices.Contains(c.Response.Headers, [2]string{"Content-Encoding", "gzip"}):
		return "W/" + value
	}
	return value
}

// compareHeaders compares the fields that have a meaning.
func (c *webCase) compareHeaders(got response, sameLength bool, add func(string, ...any)) {
	expected := map[string][]string{}
	for _, field := range c.Response.Headers {
		name := httputil.NormalizeName(field[0])
		expected[name] = append(expected[name], c.expectedValue(name, latin1(field[1])))
	}
	actual := map[string][]string{}
	for name, value := range got.header.All() {
		actual[name] = append(actual[name], value)
	}
	delete(actual, "Connection") // the test asks to close
	for _, name := range []string{"Content-Length", "Etag"} {
		if !sameLength {
			delete(actual, name)
			delete(expected, name)
		}
	}
	if allow := actual["Allow"]; allow != nil && got.status == 405 {
		delete(actual, "Allow") // the original forgets it
	}
	for name, values := range expected {
		if len(values) != len(actual[name]) {
			add("got %s %q; want %q", name, actual[name], values)
			continue
		}
		for i := range values {
			if !like(actual[name][i], values[i]) {
				add("got %s %q; want %q", name, actual[name][i], values[i])
			}
		}
	}
	for name, values := range actual {
		if expected[name] == nil {
			add("got %s %q, which is not expected", name, values)
		}
	}
}
