package web

import "strings"

// A FieldError says what is wrong with one field of a form or of JSON.
type FieldError struct {
	Field   string `json:"field"` // as the client knows it: "author.age"; empty for the whole
	Message string `json:"message"`
}

// FieldErrors says what is wrong with what a client has sent. It is an HTTPError of
// status 400; unlike the messages of others its text is told to the client, and one
// who wants JSON gets the list as well.
type FieldErrors []FieldError

// Error lists the fields: "title: is required; author.age: must be 18 or more".
func (e FieldErrors) Error() string {
	var list []string
	for _, one := range e {
		if one.Field != "" {
			one.Message = one.Field + ": " + one.Message
		}
		list = append(list, one.Message)
	}
	return strings.Join(list, "; ")
}

// Of is the first message about a field, for a form that is shown again; empty if
// nothing is wrong with it.
func (e FieldErrors) Of(field string) string {
	for _, one := range e {
		if one.Field == field {
			return one.Message
		}
	}
	return ""
}

// ClientMessage implements ErrorForClient.
func (e FieldErrors) ClientMessage() string { return e.Error() }

// Unwrap gives the HTTPError.
func (e FieldErrors) Unwrap() error {
	return HTTPError{StatusCode: 400, LogMessage: "fields: " + e.Error()}
}

// A Validator is a value that knows what is wrong with it.
type Validator interface{ Validate() error }

// validate asks Settings.Validator, and the value itself, what is wrong with it.
func (h *RequestHandler) validate(v any) error {
	if check := h.app.settings.Validator; check != nil {
		if err := check(v); err != nil {
			return err
		}
	}
	if validator, ok := v.(Validator); ok {
		return validator.Validate()
	}
	return nil
}
