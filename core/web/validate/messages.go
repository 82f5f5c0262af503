package validate

import (
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// messages are those of rules without a parameter.
var messages = map[string]string{
	"required": "is required", "email": "must be an e-mail address", "url": "must be a URL", "http_url": "must be a URL of http or https",
	"uuid": "must be a UUID", "alpha": "must have letters only", "alphanum": "must have letters and digits only",
	"numeric": "must be a number", "number": "must have digits only", "boolean": "must be true or false", "ip": "must be an IP address",
	"lowercase": "must be in small letters", "uppercase": "must be in capital letters", "unique": "must not have anything twice",
	"hostname": "must be the name of a host", "json": "must be JSON",
}

// bounds are those of rules that compare a number, or a length, with the parameter.
var bounds = map[string]string{
	"min": "at least PARAM", "max": "at most PARAM", "gte": "at least PARAM", "lte": "at most PARAM",
	"gt": "more than PARAM", "lt": "less than PARAM", "len": "exactly PARAM", "eq": "exactly PARAM",
}

// message says what is wrong with a field. A rule that is not known here is told by
// its name: better than nothing, and a reason to use a Validate method.
func message(e validator.FieldError) string {
	tag, param := e.Tag(), e.Param()
	if text, ok := messages[tag]; ok {
		return text
	}
	if bound, ok := bounds[tag]; ok {
		return bounded(e.Kind(), tag, strings.Replace(bound, "PARAM", param, 1))
	}
	switch {
	case strings.HasPrefix(tag, "required_"), strings.HasPrefix(tag, "excluded_"):
		text, _, _ := strings.Cut(tag, "_")
		return map[string]string{"required": "is required here", "excluded": "must not be there"}[text]
	case tag == "oneof":
		return "must be one of: " + strings.Join(strings.Fields(param), ", ")
	case tag == "eqfield":
		return "must be the same as " + param
	case tag == "datetime":
		return "must be a time such as " + param
	case tag == "startswith", tag == "endswith", tag == "contains":
		return map[string]string{"startswith": "must begin with ", "endswith": "must end with ", "contains": "must contain "}[tag] + param
	case param != "":
		tag += "=" + param
	}
	return "does not follow the rule " + tag
}

func bounded(kind reflect.Kind, tag, bound string) string {
	switch {
	case kind == reflect.String && tag != "eq":
		return "must have " + bound + " characters"
	case kind == reflect.Slice || kind == reflect.Array || kind == reflect.Map:
		return "must have " + bound + " elements"
	}
	return "must be " + bound
}
