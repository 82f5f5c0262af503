package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	defaultSessionCookie = "session"
	defaultSessionMaxAge = 14 * 24 * time.Hour

	// maxSessionCookie is what every browser keeps of one cookie, with its name and
	// attributes (RFC 6265 section 6.1).
	maxSessionCookie = 4096
)

// SessionOptions say how sessions are kept. The zero value keeps them in a signed
// cookie. All of them need Settings.CookieSecret.
type SessionOptions struct {
	// Store keeps the sessions, and the cookie has nothing but the name of one. nil
	// keeps their values in the cookie itself: clients can read them then, though not
	// change them; they must fit into 4 KiB; and who has kept a copy of the cookie can
	// use it until it is too old, even after Destroy.
	Store SessionStore

	// CookieName is "session" if it is empty.
	CookieName string

	// MaxAge is how long a session lasts that nobody uses; zero means two weeks. When
	// half of it is over, the next request gives the session the whole of it again.
	MaxAge time.Duration

	// BrowserSession lets the cookie end with the browser, if that comes before MaxAge.
	BrowserSession bool

	// Cookie are the attributes of the cookie. HTTPOnly is always set, Secure when the
	// request was HTTPS, SameSite is "Lax" if it is empty; Expires and MaxAge are the
	// session's.
	Cookie CookieOptions
}

func (o SessionOptions) withDefaults() SessionOptions {
	if o.CookieName == "" {
		o.CookieName = defaultSessionCookie
	}
	if o.MaxAge == 0 {
		o.MaxAge = defaultSessionMaxAge
	}
	if o.Cookie.SameSite == "" {
		o.Cookie.SameSite = "Lax"
	}
	o.Cookie.HTTPOnly, o.Cookie.Expires, o.Cookie.MaxAge = true, time.Time{}, 0
	return o
}

// A Session is what is remembered of a client from one request to the next: values
// by name. It has the owner of its handler. What is changed is saved by itself
// before the headers are sent; changes after that panic, since they would be lost.
//
// Of two requests of one client at the same time, the values are saved of the one
// that ends last.
type Session struct {
	h       *RequestHandler
	id      string // of a stored session; empty for one that is not stored
	old     string // the id of the stored session that this one takes the place of
	values  map[string]json.RawMessage
	saved   time.Time // when it was; zero for a new one
	changed bool
}

// sessionData is a session as it is kept.
type sessionData struct {
	Saved  int64                      `json:"t"` // seconds since 1970
	Values map[string]json.RawMessage `json:"v"`
}

// Session is the session of the client, which may be empty. The first call loads it;
// a store that has to wait is for methods with a context. It panics, which is
// answered with 500, if there is no Settings.CookieSecret or the store fails.
//
// Answers for which it was called depend on the client, so they have Vary: Cookie.
func (h *RequestHandler) Session() *Session {
	if h.session != nil {
		return h.session
	}
	h.remember()
	s := &Session{h: h}
	must(s.load())
	if !h.wroteHeaders {
		h.addVary("Cookie")
	}
	h.session = s
	return s
}

// Get is a value that is a string; def, or the empty string, if there is none.
func (s *Session) Get(name string, def ...string) string {
	value := ""
	if !s.GetValue(name, &value) && len(def) > 0 {
		return def[0]
	}
	return value
}

// GetValue reads a value of any type that JSON knows into what a pointer leads to.
// It reports false, and changes nothing of worth, if there is none or it is of
// another type.
func (s *Session) GetValue(name string, into any) bool {
	encoded, ok := s.values[name]
	return ok && json.Unmarshal(encoded, into) == nil
}

// Set gives a name a value, which must be one that JSON knows; otherwise it panics.
func (s *Session) Set(name string, value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Errorf("web: the value %q of the session: %w", name, err))
	}
	s.change()
	if s.values == nil {
		s.values = map[string]json.RawMessage{}
	}
	s.values[name] = encoded
}

// Delete removes a value.
func (s *Session) Delete(name string) {
	if _, ok := s.values[name]; ok {
		s.change()
		delete(s.values, name)
	}
}

// Names are those of the values, sorted.
func (s *Session) Names() []string { return slices.Sorted(maps.Keys(s.values)) }

// Regenerate gives the session a new name, and makes the old one worthless. It must
// be called when somebody logs in or gets more rights: whoever had planted a session
// of his own on the client would be logged in with it.
func (s *Session) Regenerate() {
	s.change()
	if s.id != "" {
		s.old, s.id = s.id, ""
	}
}

// Destroy forgets the session and its cookie, as when somebody logs out. What is
// Set afterwards begins a new one.
func (s *Session) Destroy() {
	s.Regenerate()
	s.values = nil
}

var errSessionTooLate = errors.New("web: the session was changed after the headers were sent, and cannot be saved any more")

func (s *Session) change() {
	if s.h.wroteHeaders {
		panic(errSessionTooLate)
	}
	s.changed = true
}

func (s *Session) options() *SessionOptions { return &s.h.app.settings.Sessions }

// load reads the session that the client's cookie has or names.
func (s *Session) load() error {
	o := s.options()
	text, ok := s.h.GetSignedCookie(o.CookieName, GetSignedCookieOptions{MaxAge: o.MaxAge, MinVersion: 2})
	if !ok {
		return nil
	}
	encoded := []byte(text)
	if o.Store != nil {
		var err error
		if encoded, ok, err = o.Store.Load(s.h.Context(), text); err != nil {
			return fmt.Errorf("web: loading the session: %w", err)
		}
		if !ok {
			return nil // its name is never used again: somebody else may know it
		}
		s.id = text
	}
	var data sessionData
	if json.Unmarshal(encoded, &data) != nil {
		return nil // of an older program
	}
	s.values, s.saved = data.Values, time.Unix(data.Saved, 0)
	s.changed = s.isStale()
	return nil
}

// isStale reports whether the session should be saved though it has not changed:
// since it would end, or was signed with a key that will go.
func (s *Session) isStale() bool {
	if s.h.app.signing.now().Sub(s.saved) > s.options().MaxAge/2 {
		return true
	}
	version, ok := s.h.GetSignedCookieKeyVersion(s.options().CookieName)
	return ok && s.h.app.settings.CookieSecrets != nil && version != s.h.app.settings.KeyVersion
}

// save is called before the headers are sent. It panics if that fails, and does
// nothing when it is called again for the page that says so.
func (s *Session) save() {
	if !s.changed {
		return
	}
	s.changed = false
	if !s.h.headers.Has("Cache-Control") {
		s.h.SetHeader("Cache-Control", "private") // the cookie is for one client
	}
	if len(s.values) == 0 {
		s.forget()
		return
	}
	encoded, err := json.Marshal(sessionData{s.h.app.signing.now().Unix(), s.values})
	must(err)
	if s.options().Store != nil {
		encoded = []byte(s.store(encoded))
	}
	s.setCookie(string(encoded))
}

// forget removes what the client and the store have of the session.
func (s *Session) forget() {
	for _, id := range [...]string{s.old, s.id} {
		if id != "" {
			s.checkStore(s.options().Store.Delete(s.context(), id))
		}
	}
	s.old, s.id = "", ""
	if s.h.GetCookie(s.options().CookieName) != "" {
		s.h.ClearCookie(s.options().CookieName, s.options().Cookie)
	}
}

// store gives the session to the store, and returns its id.
func (s *Session) store(encoded []byte) (id string) {
	store, expires := s.options().Store, s.h.app.signing.now().Add(s.options().MaxAge)
	if s.id != "" {
		s.checkStore(store.Update(s.context(), s.id, encoded, expires))
		return s.id
	}
	s.id = rand.Text() + rand.Text()
	s.checkStore(store.Create(s.context(), s.id, encoded, expires))
	if s.old != "" {
		s.checkStore(store.Delete(s.context(), s.old))
		s.old = ""
	}
	return s.id
}

// context is that of the request without its end: what has changed is saved also
// when the client has left.
func (s *Session) context() context.Context { return context.WithoutCancel(s.h.Context()) }

func (s *Session) checkStore(err error) {
	if err != nil {
		panic(fmt.Errorf("web: saving the session: %w", err))
	}
}

func (s *Session) setCookie(value string) {
	o := SignedCookieOptions{CookieOptions: s.options().Cookie, Session: true}
	o.Secure = o.Secure || s.h.Request.Protocol == "https"
	if !s.options().BrowserSession {
		o.Expires = s.h.app.signing.now().Add(s.options().MaxAge)
	}
	name := s.options().CookieName
	s.h.SetSignedCookie(name, value, o)
	i := slices.IndexFunc(s.h.cookies, func(c newCookie) bool { return c.name == name })
	if size := len(s.h.cookies[i].field); size > maxSessionCookie {
		s.h.cookies = slices.Delete(s.h.cookies, i, i+1)
		panic(fmt.Errorf("web: the session takes %d bytes as a cookie, and browsers keep %d; keep less in it, or give Settings.Sessions a Store",
			size, maxSessionCookie))
	}
}
