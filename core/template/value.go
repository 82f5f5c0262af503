package template

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strconv"
)

// Values are ordinary Go values. Those that templates themselves make are nil,
// bool, int, *big.Int beyond it, float64, string, []byte, and the types of
// containers.go. A pointer counts as what it points to: a field of a struct that
// can be addressed is handed on as a pointer to it, which costs no allocation.

// plain turns v into one of the kinds above if it is one underneath: a named
// string into a string, a pointer to an int into an int, a json.Number into a
// number, a sql.NullString into a string or nil. Nil pointers become nil.
// Structs, Go's slices and maps stay what they are, without the pointer.
func plain(v any) any {
	switch v := v.(type) {
	case nil, string, int, bool, float64, *list, *dict, tuple, *big.Int, []any, map[string]any, *builtin, rangeValue, duration:
		return v
	case *string:
		if v == nil {
			return nil
		}
		return *v
	case *int:
		if v == nil {
			return nil
		}
		return *v
	case *bool:
		if v == nil {
			return nil
		}
		return *v
	case *float64:
		if v == nil {
			return nil
		}
		return *v
	}
	return plainReflect(v)
}

func plainReflect(v any) any {
	rv := reflect.ValueOf(v)
	for range maxPointers {
		if rv.Kind() != reflect.Pointer && rv.Kind() != reflect.Interface {
			break
		}
		if rv.IsNil() {
			return nil
		}
		if rv.Elem().Kind() == reflect.Struct {
			return plainStruct(rv)
		}
		rv = rv.Elem()
	}
	switch rv.Kind() {
	case reflect.Struct:
		return plainStruct(rv)
	case reflect.String:
		if rv.Type() == jsonNumberType {
			return numberOfJSON(rv.String())
		}
		return rv.String()
	case reflect.Bool:
		return rv.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return fromInt64(rv.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return fromUint64(rv.Uint())
	case reflect.Float32:
		return float32To64(rv.Float())
	case reflect.Float64:
		return rv.Float()
	case reflect.Slice:
		if rv.Type().Elem().Kind() == reflect.Uint8 {
			return rv.Bytes()
		}
	}
	return rv.Interface()
}

// plainStruct is plain of a struct or a pointer to one.
func plainStruct(rv reflect.Value) any {
	if v, ok := nullValue(rv); ok {
		return plain(v)
	}
	return rv.Interface()
}

var jsonNumberType = reflect.TypeFor[json.Number]()

// numberOfJSON reads a json.Number; what is none stays text.
func numberOfJSON(text string) any {
	if n, ok := parseInt(text, 10); ok {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return text
}

// maxPointers is how many pointers are followed in a row: a pointer type can point
// to itself.
const maxPointers = 8

// indirect follows pointers; a nil one is given as it is.
func indirect(rv reflect.Value) reflect.Value {
	for range maxPointers {
		if rv.Kind() != reflect.Pointer || rv.IsNil() {
			break
		}
		rv = rv.Elem()
	}
	return rv
}

func fromInt64(n int64) any {
	if int64(int(n)) == n {
		return int(n)
	}
	return big.NewInt(n)
}

func fromUint64(n uint64) any {
	if n <= math.MaxInt {
		return int(n)
	}
	return new(big.Int).SetUint64(n)
}

// float32To64 keeps the digits one would write for a float32: 0.1 stays 0.1.
func float32To64(f float64) float64 {
	g, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
	if err != nil {
		return f
	}
	return g
}

// fromReflect gives rv as a value, without copying what can be pointed to.
func fromReflect(rv reflect.Value) any {
	switch rv.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Interface:
		if rv.IsNil() {
			return nil
		}
		return rv.Elem().Interface()
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return rv.Interface()
	}
	if rv.CanAddr() {
		return rv.Addr().Interface()
	}
	return rv.Interface()
}

// settle makes v independent of what it was read from, for keeping it: a pointer
// to a string becomes the string. Structs are kept by pointer.
func settle(v any) any {
	switch v := v.(type) {
	case nil, string, int, bool, float64, *list, *dict, tuple, []any, map[string]any, *builtin:
		return v
	case *string:
		if v == nil {
			return nil
		}
		return *v
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return v
	}
	switch rv.Elem().Kind() {
	case reflect.Struct, reflect.Pointer, reflect.Interface:
		return v
	}
	return rv.Elem().Interface()
}

// truth is Python's idea of it: None, zero and what is empty are false.
func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int:
		return v != 0
	case float64:
		return v != 0
	case *bool:
		return v != nil && *v
	case *string:
		return v != nil && *v != ""
	case *list:
		return len(v.items) > 0
	case tuple:
		return len(v) > 0
	case *dict:
		return v.len() > 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	case *big.Int:
		return v.Sign() != 0
	case duration:
		return v != 0
	}
	if n, ok := length(v); ok {
		return n > 0
	}
	rv := indirect(reflect.ValueOf(v))
	switch rv.Kind() {
	case reflect.Struct:
		held, isNull := nullValue(rv)
		return !isNull || truth(held)
	case reflect.Pointer:
		return !rv.IsNil()
	case reflect.Func, reflect.Chan:
		return !rv.IsNil()
	}
	return !rv.IsZero()
}

// typeName is how messages and type() call the type of v.
func typeName(v any) string {
	if _, ok := asDuration(v); ok {
		return "timedelta"
	}
	switch v := plain(v).(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []byte:
		return "bytes"
	case *list, []any:
		return "list"
	case tuple:
		return "tuple"
	case *dict:
		if v.class != "" {
			return v.class
		}
		return "dict"
	case map[string]any:
		return "dict"
	case *set:
		if v.frozen {
			return "frozenset"
		}
		return "set"
	case rangeValue:
		return "range"
	case *view:
		return v.name
	case *generator:
		return v.name
	case *module:
		return "module"
	case *match:
		return "Match"
	case *pattern:
		return "Pattern"
	case date:
		return "date"
	case clock:
		return "time"
	case datetime:
		return "datetime"
	case sliceValue:
		return "slice"
	case *builtin:
		if v.isType() {
			return "type"
		}
		return "builtin_function_or_method"
	case *lambda:
		return "function"
	case *Error:
		return v.typeName()
	default:
		return goTypeName(v)
	}
}

func goTypeName(v any) string {
	t := reflect.TypeOf(v)
	switch t.Kind() {
	case reflect.Func:
		return "function"
	case reflect.Pointer:
		t = t.Elem()
	case reflect.Slice, reflect.Array:
		return "list"
	case reflect.Map:
		return "dict"
	}
	if t.Name() == "" {
		return t.Kind().String()
	}
	return t.String()
}
