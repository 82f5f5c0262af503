package web

import (
	"io/fs"
	"time"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/template"
)

// Settings of an application. The zero value is good; zero fields have the
// meaning that is told with each.
type Settings struct {
	// TemplatePath is the folder of the templates for Render. Empty means the folder
	// templates if there is one, and no templates otherwise.
	TemplatePath string

	// TemplateLoader finds the templates in place of TemplatePath, for instance in an
	// embed.FS. It has names for all templates of its own.
	TemplateLoader *template.Loader

	// TemplateNames are names that every template below TemplatePath gets, besides
	// those of RequestHandler.RenderString.
	TemplateNames Args

	// UIModules are pieces of pages by the names that templates have for them, see
	// UIModule. UIMethods are functions that every template gets: the first parameter,
	// *RequestHandler, a handler type or an interface, takes the handler, the others
	// are given by the template.
	UIModules map[string]ModuleType
	UIMethods map[string]any

	// Autoescape names the function that templates below TemplatePath put {{ }}
	// through: xhtml_escape if it is empty; "None" turns escaping off. TemplateWhitespace
	// is what they do with white space: "all", "single" or "oneline"; see
	// template.Options.
	Autoescape         string
	TemplateWhitespace string

	// Translations are the catalogues of RequestHandler.Locale. Nil means
	// locale.Default, those of the functions of package locale.
	Translations *locale.Translations

	// StaticPath is the folder of files that are served as they are, below
	// StaticURLPrefix; favicon.ico and robots.txt, if they are in it, also from the
	// root. Empty means that there are none.
	StaticPath string

	// StaticFS holds the same files in place of StaticPath, for instance an embed.FS.
	StaticFS fs.FS

	// StaticURLPrefix is "/static/" if it is empty.
	StaticURLPrefix string

	// MakeStaticURL makes the addresses of static files, in place of StaticURLPrefix,
	// the path and "?v=" with the version: for files that others serve, or with the
	// version elsewhere, where the ParseURLPath of a type in StaticOptions finds it
	// again (see StaticURLPathParser) and its GetCacheTime knows it. path is escaped
	// and has no slash in front; version is empty if the file is not there, or none is
	// wanted. Any goroutine may call it.
	MakeStaticURL func(path, version string) string

	// StaticOptions are further options of the routes of these files, such as
	// DefaultFilename and ServedBy.
	StaticOptions []RouteOption

	// Validator checks what ReadJSON and ReadForm have read: a pointer to it. Errors that
	// are FieldErrors tell the client which fields are wrong; package web/validate makes
	// one of a well-known library. nil means that values are asked alone; see Validator.
	Validator func(v any) error

	// CompressResponse compresses answers for the clients that accept it: text,
	// JSON and the like, of 1024 bytes or more or sent in pieces. Do not turn it on
	// for pages that show, beside something secret, what others can make a client
	// send: the length of the answer gives the secret away (BREACH). The XSRF token
	// is masked anew each time for that reason.
	CompressResponse bool

	// ContentCodings are those that CompressResponse uses, the best first. Empty
	// means Gzip alone.
	ContentCodings []ContentCoding

	// CookieSecret is the key of signed cookies: random, of 32 characters or more, and
	// known to nobody else. Empty means that there are none. CookieSecrets are keys by
	// version in its place, of which KeyVersion signs; see Signing.
	CookieSecret  string
	CookieSecrets map[int]string
	KeyVersion    int

	// Sessions say how sessions are kept, see RequestHandler.Session.
	Sessions SessionOptions

	// Now is the clock of what is signed: cookies, tokens and sessions. nil means
	// time.Now; others are for tests.
	Now func() time.Time

	// XSRFCookies refuses requests which other sites make a browser send, see
	// RequestHandler.CheckXSRF. XSRFCookieName is "_xsrf" if it is empty,
	// XSRFCookieVersion that of the token's format, 2 if it is zero, and
	// XSRFCookieOptions are the attributes of the cookie.
	XSRFCookies       bool
	XSRFCookieName    string
	XSRFCookieVersion int
	XSRFCookieOptions CookieOptions

	// LoginURL is where people are sent to log in, see RequestHandler.Authenticated.
	LoginURL string

	// DefaultHost is tried for requests that match no route by their own host: they
	// are answered by the routes of Host groups that match it.
	DefaultHost string

	// NoEtag leaves out the ETag of answers that have none; see
	// RequestHandler.SetEtagHeader.
	NoEtag bool

	// Debug shows error pages with stacks and source to everybody, and lets browsers
	// keep no static file. The workbench turns on the same without it; it is not for
	// an application that others can reach.
	Debug bool

	// RouteOptions are for all routes, as if these were a Group With them; see
	// Route.With. They are in force on pages that say 404, too.
	RouteOptions []RouteOption

	// DefaultHandler answers paths that no other route matches, in place of a page
	// that says 404. Its own pattern must match all of them: `.*`.
	DefaultHandler Route

	// RequestTimeout is how long a method with a context may take: then its context
	// ends, and if it returns the context's error, the answer is 503. Zero means no
	// limit.
	RequestTimeout time.Duration

	// RequestIDHeader names the header, such as "X-Request-Id", in which each answer
	// has the id of its request, see RequestHandler.RequestID; each line in the log that
	// is about the request has it too. Empty means neither. TrustRequestID takes the id
	// from the same header of the request: for programs behind a proxy that sets it.
	RequestIDHeader string
	TrustRequestID  bool

	// LogFunction is called for each request in place of the line in the access log:
	// on the loop, when the answer has been handed to the connection.
	LogFunction func(h *RequestHandler)

	// Loops is how many loops ListenAndServe runs. Zero means one per CPU.
	Loops int

	// HeapFloor is by how many bytes the heap may grow, under ListenAndServe, before
	// the garbage collector begins anew; the heap of a small server would be collected
	// dozens of times a second otherwise. A heap that is larger is collected when it
	// has doubled, as always. Zero means 16 MiB; negative, or the environment variable
	// GOGC, leaves the collector alone.
	HeapFloor int64

	// ShutdownTimeout is how long ListenAndServe lets requests go on after SIGTERM.
	// Zero means 30 seconds.
	ShutdownTimeout time.Duration

	// Server are the options of the servers that Listen and ListenAndServe make.
	Server httpserver.Options

	// Values are for the program itself: what its handlers want to find.
	Values map[string]any
}

// development reports whether errors are shown in full.
func (a *Application) development() bool { return a.settings.Debug || a.traced.Development }
