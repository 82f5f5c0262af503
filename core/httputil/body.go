package httputil

import "strconv"

// An HTTPFile is one uploaded file.
type HTTPFile struct {
	Filename    string // as the client says: never a path to trust
	ContentType string // "application/unknown" if the client said none
	Body        []byte // part of the request's body, not a copy
}

// A Form is what a body held.
type Form struct {
	Arguments map[string][]string
	Files     map[string][]HTTPFile
}

// ParseBodyConfig are limits for the parsing of bodies. The zero value is good.
type ParseBodyConfig struct {
	MaxFormKeys       int  // arguments in a urlencoded body; zero means 10000
	MaxParts          int  // parts of a multipart body; zero means 100
	MaxPartHeaderSize int  // bytes of the header of one part; zero means 10 KiB
	RefuseMultipart   bool // a multipart body is an error
}

func (c ParseBodyConfig) withDefaults() ParseBodyConfig {
	if c.MaxFormKeys == 0 {
		c.MaxFormKeys = 10000
	}
	if c.MaxParts == 0 {
		c.MaxParts = 100
	}
	if c.MaxPartHeaderSize == 0 {
		c.MaxPartHeaderSize = 10 << 10
	}
	return c
}

// ParseBodyArguments reads the arguments and files of a form, urlencoded or
// multipart as contentType says. Another type, or none, gives an empty Form.
// headers may be nil; a Content-Encoding in them is refused, since the body is
// still encoded then. It fails with an HTTPInputError; the maps of the Form are
// never nil.
func ParseBodyArguments(contentType string, body []byte, headers *HTTPHeaders, config ParseBodyConfig) (Form, error) {
	mediaType, rest := cutParameter(contentType)
	mediaType = TrimSpace(mediaType)
	urlencoded := EqualFold(mediaType, "application/x-www-form-urlencoded")
	multipart := len(mediaType) >= len(multipartFormData) && EqualFold(mediaType[:len(multipartFormData)], multipartFormData)
	if !urlencoded && !multipart {
		return emptyForm(), nil
	}
	if headers != nil && headers.Has("Content-Encoding") {
		return emptyForm(), &HTTPInputError{StatusCode: 415,
			Message: "a form with Content-Encoding " + strconv.Quote(excerpt(headers.Get("Content-Encoding"))) + " cannot be read"}
	}
	if urlencoded {
		arguments, err := parseForm(string(body), config.withDefaults().MaxFormKeys)
		return Form{arguments, map[string][]HTTPFile{}}, err
	}
	if len(mediaType) != len(multipartFormData) {
		return emptyForm(), Malformed("invalid Content-Type %q", excerpt(contentType))
	}
	for name, value := range parameters(rest) {
		if EqualFold(TrimSpace(name), "boundary") && value != "" {
			return ParseMultipartFormData(value, body, config)
		}
	}
	return emptyForm(), Malformed("multipart/form-data without a boundary")
}

const multipartFormData = "multipart/form-data"

func emptyForm() Form { return Form{map[string][]string{}, map[string][]HTTPFile{}} }
