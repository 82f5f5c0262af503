package template

import (
	"reflect"
	"strings"
)

// nullValue gives what a value of database/sql that can be NULL holds: None, or its
// first field. ok is false for other values.
func nullValue(rv reflect.Value) (v any, ok bool) {
	if rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	if rv.Kind() != reflect.Struct {
		return nil, false
	}
	t := rv.Type()
	if t.PkgPath() != "database/sql" || !strings.HasPrefix(t.Name(), "Null") || t.NumField() != 2 {
		return nil, false
	}
	if !rv.Field(1).Bool() { // Valid
		return nil, true
	}
	return fromReflect(rv.Field(0)), true
}
