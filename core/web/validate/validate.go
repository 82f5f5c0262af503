// Package validate checks what an application reads from forms and JSON by the tags
// of github.com/go-playground/validator:
//
//	type Comment struct {
//		Author string `json:"author" validate:"required,max=40"`
//		Email  string `json:"email" validate:"required,email"`
//	}
//
//	web.Settings{Validator: validate.Tags()}
//
// RequestHandler.ReadJSON and ReadForm then fail with web.FieldErrors, which name the
// fields as the client does. A program that does not import the package has nothing of
// the library.
package validate

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/tornado-dev/tornado/core/web"
)

// Tags makes a function for web.Settings.Validator. Those of configure are called
// first with the library's validator, to register rules of the program's own. A tag
// that the library does not know is the program's mistake, and panics when the struct
// is first read, which is answered with 500. What is no struct, nor a list of them, is
// taken as it is.
func Tags(configure ...func(*validator.Validate)) func(v any) error {
	checker := validator.New(validator.WithRequiredStructEnabled())
	checker.RegisterTagNameFunc(nameOf)
	for _, f := range configure {
		f(checker)
	}
	return func(v any) error { return check(checker, v) }
}

// nameOf is the name of a field for the client, as ReadForm knows it. Where form and
// json have different names that of the form counts.
func nameOf(field reflect.StructField) string {
	for _, key := range [...]string{"form", "json"} {
		if name, _, _ := strings.Cut(field.Tag.Get(key), ","); name != "" && name != "-" {
			return name
		}
	}
	return field.Name
}

func check(checker *validator.Validate, v any) error {
	value := reflect.ValueOf(v)
	for value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	switch value.Kind() {
	case reflect.Struct:
		return explain(checker.Struct(value.Interface()))
	case reflect.Slice, reflect.Array, reflect.Map:
		if kind := elem(value.Type()).Kind(); kind == reflect.Struct {
			return explain(checker.Var(value.Interface(), "dive"))
		}
	}
	return nil
}

func elem(list reflect.Type) reflect.Type {
	t := list.Elem()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// explain makes the library's errors ours.
func explain(err error) error {
	var found validator.ValidationErrors
	if !errors.As(err, &found) {
		return err
	}
	var wrong web.FieldErrors
	for _, one := range found {
		path := one.Namespace()
		if rest, inStruct := strings.CutPrefix(path, "["); inStruct {
			path = "[" + rest // an element of a list; it has no name before it
		} else {
			_, path, _ = strings.Cut(path, ".") // without the name of the struct
		}
		wrong = append(wrong, web.FieldError{Field: path, Message: message(one)})
	}
	return wrong
}
