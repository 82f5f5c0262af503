package auth

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"
)

// A User is who has logged in, in words that all services share. Provider and
// Subject together are the account, for ever; all else can change, and an e-mail
// address can pass to somebody else.
type User struct {
	Provider string `json:"provider"` // Service.Name
	Subject  string `json:"subject"`  // what the service calls the account; never empty

	Name     string `json:"name,omitempty"`     // as people call each other
	Username string `json:"username,omitempty"` // as one is called there

	// Email is to be believed only if EmailVerified: the service has made sure, at
	// some time, that it was read by whoever has the account.
	Email         string `json:"email,omitempty"`
	EmailVerified bool   `json:"email_verified,omitempty"`

	Picture string `json:"picture,omitempty"` // a URL
}

// claims are what a service says about somebody.
type claims map[string]json.RawMessage

// userOf finds in claims what they have of a User, by the names of OpenID Connect
// and by those of services that are older.
func userOf(provider string, c claims) User {
	var old struct { // Facebook
		Data struct{ URL string }
	}
	_ = json.Unmarshal(c["picture"], &old) // most have a string there
	return User{
		Provider:      provider,
		Subject:       cmp.Or(c.text("sub"), c.text("id")),
		Name:          c.text("name"),
		Username:      cmp.Or(c.text("preferred_username"), c.text("login"), c.text("username"), c.text("nickname")),
		Email:         c.text("email"),
		EmailVerified: c.text("email") != "" && c.isTrue("email_verified"),
		Picture:       cmp.Or(c.text("picture"), c.text("avatar_url"), old.Data.URL),
	}
}

// text is a claim that is a string or a whole number, and empty for any other.
func (c claims) text(name string) string {
	var text string
	if json.Unmarshal(c[name], &text) == nil {
		return text
	}
	if number := string(c[name]); strings.Trim(number, "0123456789") == "" {
		return number
	}
	return ""
}

// isTrue reports whether a claim is true. Some services write that as text, and
// Microsoft as a number.
func (c claims) isTrue(name string) bool {
	switch strings.Trim(string(c[name]), `"`) {
	case "true", "1":
		return true
	}
	return false
}

// with adds claims of a less trusted source: those that are there stay.
func (c claims) with(more claims) claims {
	all := maps.Clone(more)
	if all == nil {
		all = claims{}
	}
	maps.Copy(all, c)
	return all
}
