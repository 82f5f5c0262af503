package web

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// ReadForm reads the arguments of the request's body, those of a form, into the
// exported fields of v, a pointer to a struct, and has v checked as ReadJSON does. A
// field's argument has the name of its tag form, or json, or else the field's own; "-"
// leaves the field out:
//
//	type Comment struct {
//		Author string   `form:"author"`
//		Age    int      `form:"age"`
//		Topics []string `form:"topic"`
//	}
//
// Fields are strings, numbers, bools ("on", as of a checkbox, is true),
// encoding.TextUnmarshalers, or slices of these for all values of a name; of others the
// last counts. One whose argument is not there, or is empty and no string, stays as it
// is. Embedded structs are read as well. Values are cleaned as by GetBodyArgument.
//
// The error is a FieldErrors with all that is wrong, to be returned from the handler's
// method or shown in the form, or what Validate returned. It panics if v is no pointer
// to a struct, or a field is of another kind.
func (h *RequestHandler) ReadForm(v any) error {
	value := reflect.ValueOf(v)
	if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() != reflect.Struct {
		panic(fmt.Errorf("web: ReadForm needs a pointer to a struct, and was given a %T", v))
	}
	var wrong FieldErrors
	h.readFields(value.Elem(), &wrong)
	if len(wrong) > 0 {
		return wrong
	}
	err := h.validate(v)
	if _, isHTTP := asHTTPError(err); err == nil || isHTTP {
		return err
	}
	return FieldErrors{{Message: err.Error()}}
}

func (h *RequestHandler) readFields(of reflect.Value, wrong *FieldErrors) {
	for i := range of.NumField() {
		field := of.Type().Field(i)
		if field.Anonymous && field.Type.Kind() == reflect.Struct && !isText(of.Field(i)) {
			h.readFields(of.Field(i), wrong)
			continue
		}
		name := formName(field)
		if !field.IsExported() || name == "-" {
			continue
		}
		if values := h.GetBodyArguments(name); len(values) > 0 {
			if err := setField(of.Field(i), values); err != nil {
				*wrong = append(*wrong, FieldError{name, err.Error()})
			}
		}
	}
}

// formName is the name of a field's argument.
func formName(field reflect.StructField) string {
	for _, key := range [...]string{"form", "json"} {
		if name, _, _ := strings.Cut(field.Tag.Get(key), ","); name != "" {
			return name
		}
	}
	return field.Name
}

// A textUnmarshaler is an encoding.TextUnmarshaler.
type textUnmarshaler interface{ UnmarshalText(text []byte) error }

func isText(field reflect.Value) bool {
	_, ok := field.Addr().Interface().(textUnmarshaler)
	return ok
}

// setField gives a field the last of the values, or all of them if it is a slice.
func setField(field reflect.Value, values []string) error {
	if isText(field) || field.Kind() != reflect.Slice {
		return setOne(field, values[len(values)-1])
	}
	list := reflect.MakeSlice(field.Type(), len(values), len(values))
	for i, value := range values {
		if err := setOne(list.Index(i), value); err != nil {
			return err
		}
	}
	field.Set(list)
	return nil
}

func setOne(field reflect.Value, text string) error {
	if text == "" && field.Kind() != reflect.String {
		return nil // an input that was left empty
	}
	if isText(field) {
		if err := field.Addr().Interface().(textUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("cannot be understood: %w", err)
		}
		return nil
	}
	if !canParse(field.Type()) {
		panic(fmt.Errorf("web: ReadForm cannot read into a %s", field.Type()))
	}
	if field.Kind() == reflect.Bool && httputil.EqualFold(text, "on") {
		text = "true"
	}
	parsed := reflect.New(field.Type()).Elem()
	if !parse(parsed, text) {
		return fmt.Errorf("must be %s", inWords(field.Type()))
	}
	field.Set(parsed)
	return nil
}
