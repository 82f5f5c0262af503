package web

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/httputil"
)

// checkSecurity finds settings of cookies and logins that cannot work.
func (e *ConfigError) checkSecurity(a *Application) {
	s := &a.settings
	if s.CookieSecret != "" || s.CookieSecrets != nil {
		if err := a.signing.check(); err != nil {
			e.add("", "%s", withoutPackage(err))
		}
	}
	if v := s.XSRFCookieVersion; v != 1 && v != 2 {
		e.add("", "XSRFCookieVersion is %d; there are 1 and 2", v)
	}
	if _, err := cookieField(s.XSRFCookieName, "", s.XSRFCookieOptions); err != nil {
		e.add("", "XSRFCookieName and XSRFCookieOptions: %v", err)
	}
	if _, err := cookieField(s.Sessions.CookieName, "", s.Sessions.Cookie); err != nil {
		e.add("", "Sessions.CookieName and Sessions.Cookie: %v", err)
	}
	if s.Sessions.MaxAge < 0 {
		e.add("", "Sessions.MaxAge is %v; a session needs some time", s.Sessions.MaxAge)
	}
	if !httputil.ValidFieldValue(s.LoginURL) {
		e.add("", "LoginURL %q has a control character in it", s.LoginURL)
	}
}

// checkAuthenticated finds what the route option Authenticated needs.
func (e *ConfigError) checkAuthenticated(r Route, built *route, s *Settings) {
	if built.overrides&hasGetCurrentUser == 0 {
		e.add(r.where, "%s is for users who are logged in, but has no method that tells who is; write func (h *%s) GetCurrentUser() any",
			built.name, r.target.pointer.Elem().Name())
	}
	if err := s.checkLoginURL("web.Authenticated"); err != nil {
		e.add(r.where, "%s", withoutPackage(err))
	}
}

// checkLoginURL reports that whoever needs it finds no login URL.
func (s *Settings) checkLoginURL(who string) error {
	if s.LoginURL == "" {
		return fmt.Errorf(`web: %s needs the setting LoginURL, the path where people log in, such as "/login"`, who)
	}
	return nil
}

// withoutPackage is the text of an error of this package within a list of them.
func withoutPackage(err error) string { return err.Error()[len("web: "):] }
