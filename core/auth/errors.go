package auth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/tornado-dev/tornado/core/web"
)

// ErrNotBegun is why a login fails that was not begun in this browser: it may have
// taken longer than ten minutes, have been finished before, have been begun under
// another name of this host ("localhost" and "127.0.0.1" are two), or be a link that
// somebody else has made, to log his victim in with his own account.
var ErrNotBegun = errors.New("the login was not begun in this browser, took too long, or was finished before")

// notBegun is ErrNotBegun, with the error in the answer, which anybody can have put
// there: for the log alone.
func notBegun(code string) error {
	if code == "" {
		return ErrNotBegun
	}
	return fmt.Errorf("%w; the answer says %q", ErrNotBegun, code)
}

// How much of what others say is repeated, in characters.
const (
	maxDescription = 200 // to people
	maxLogged      = 500
)

// An AuthError says why a login, or a request to the service, failed. It is an
// HTTPError: returned from a handler's method it is answered with its status. Below
// 500 the page says what the service has said.
type AuthError struct {
	Provider string // Service.Name

	// StatusCode is 400 for an answer that is not to be believed or comes too late, 403
	// if the service, or whoever should have logged in there, has refused, 504 if it
	// took too long, and 502 if something is wrong with it, or with how we are known
	// there.
	StatusCode int

	// Code is what the service calls the error: "access_denied" if somebody did not
	// want to log in after all. Empty if it has said nothing.
	Code        string
	Description string // the service's words, cleaned and cut; often empty

	ServiceStatus int // that the service has answered with, if it was another than 200; zero otherwise

	Err error // what failed; nil if the service has answered with an error

	doing string // what was tried, for the log
}

// Error tells all, for the log.
func (e *AuthError) Error() string {
	text := "auth: " + e.Provider
	if e.doing != "" {
		text += ": " + e.doing
	}
	if e.ServiceStatus != 0 {
		text += fmt.Sprintf(": the service answered %d", e.ServiceStatus)
	}
	for _, part := range [...]string{e.Code, e.Description} {
		if part != "" {
			text += ": " + part
		}
	}
	if e.Err != nil {
		text += ": " + clean(e.Err.Error(), maxLogged)
	}
	return text
}

// ClientMessage implements web.ErrorForClient.
func (e *AuthError) ClientMessage() string {
	switch {
	case errors.Is(e.Err, ErrNotBegun):
		return "The login was not begun in this browser, or took too long. Please begin again."
	case e.Description != "":
		return fmt.Sprintf("%s says: %s", e.Provider, e.Description)
	case e.Code != "":
		return fmt.Sprintf("%s says: %s", e.Provider, e.Code)
	}
	return "The login did not succeed. Please begin again."
}

// Unwrap gives the HTTPError, and Err. Who did not want to log in is no matter for
// the log.
func (e *AuthError) Unwrap() []error {
	answer := web.HTTPError{StatusCode: e.StatusCode}
	if e.Code != "access_denied" {
		answer.LogMessage = e.Error()
	}
	if e.Err == nil {
		return []error{answer}
	}
	return []error{answer, e.Err}
}

// refused are the errors of a service (RFC 6749 section 4.1.2.1, OpenID Connect Core
// section 3.1.2.6) that are about whoever should log in. All others are about us, or
// the service itself.
var refused = map[string]bool{
	"access_denied": true, "interaction_required": true, "login_required": true,
	"account_selection_required": true, "consent_required": true,
}

// answered is the error that the service has sent the browser back with.
func (p *Provider) answered(code, description string) *AuthError {
	e := &AuthError{Provider: p.service.Name, StatusCode: 502, Code: clean(code, maxDescription), Description: clean(description, maxDescription)}
	if refused[code] {
		e.StatusCode = 403
	}
	return e
}

// unbelievable is the error about an answer that the browser, or who sent it here,
// is to blame for.
func (p *Provider) unbelievable(err error) *AuthError {
	return &AuthError{Provider: p.service.Name, StatusCode: 400, Err: err}
}

// failed is the error about something that was asked of the service.
func (p *Provider) failed(doing string, err error) *AuthError {
	var known *AuthError
	if errors.As(err, &known) {
		return known
	}
	e := &AuthError{Provider: p.service.Name, StatusCode: 502, Err: err, doing: doing}
	var told *oauth2.RetrieveError
	if errors.As(err, &told) {
		e.Code, e.Description, e.Err = clean(told.ErrorCode, maxDescription), clean(told.ErrorDescription, maxDescription), nil
		if told.Response != nil && told.Response.StatusCode != 200 {
			e.ServiceStatus = told.Response.StatusCode
		}
		if told.ErrorCode == "invalid_grant" {
			e.StatusCode = 400 // the code, or refresh token, was used before or is too old
		}
	}
	if isTimeout(err) {
		e.StatusCode = 504
	}
	return e
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// clean makes a stranger's words fit to be shown: one line, not too long, and with
// nothing in it that would turn or hide the text around it.
func clean(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > limit {
		text = string(letters[:limit]) + "…"
	}
	return text
}
