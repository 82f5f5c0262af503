package template

import (
	"reflect"
	"unsafe"
)

// What a page of many rows does most is to read a field of the common types, and
// the next element of a slice of structs. Reflection takes several times as long
// for it as these functions, which rest on one fact only: an interface is a type
// and, for a value that is a pointer, that pointer; and a reflect.Type points to the
// type.

// An eface is how an interface without methods is laid out.
type eface struct{ typ, data unsafe.Pointer }

// typeWord tells the type of v; typeWordOf is what it is for values of type t.
func typeWord(v any) unsafe.Pointer { return (*eface)(unsafe.Pointer(&v)).typ }

func typeWordOf(t reflect.Type) unsafe.Pointer { return (*eface)(unsafe.Pointer(&t)).data }

// A directKind is the type of a field that can be read without reflection.
type directKind uint8

const (
	notDirect directKind = iota
	directString
	directInt
	directBool
	directFloat
)

var directKinds = map[reflect.Type]directKind{
	reflect.TypeFor[string]():  directString,
	reflect.TypeFor[int]():     directInt,
	reflect.TypeFor[bool]():    directBool,
	reflect.TypeFor[float64](): directFloat,
}

// directField says how to read a field of what a pointer of type t points to;
// notDirect if there are pointers on the way.
func directField(t reflect.Type, index []int) (kind directKind, offset uintptr) {
	if t.Kind() != reflect.Pointer {
		return notDirect, 0
	}
	t = t.Elem()
	for _, i := range index {
		if t.Kind() != reflect.Struct {
			return notDirect, 0
		}
		field := t.Field(i)
		offset += field.Offset
		t = field.Type
	}
	return directKinds[t], offset
}

// read gives a pointer to the field, as fromReflect does. base is a pointer of the
// type the field was found for; ok is false if it is nil.
func (k directKind) read(base any, offset uintptr) (v any, ok bool) {
	p := (*eface)(unsafe.Pointer(&base)).data
	if p == nil {
		return nil, false
	}
	p = unsafe.Add(p, offset)
	switch k {
	case directString:
		return (*string)(p), true
	case directInt:
		return (*int)(p), true
	case directBool:
		return (*bool)(p), true
	case directFloat:
		return (*float64)(p), true
	}
	return nil, false
}

// following gives the i-th element of a slice behind first, a pointer to its
// first element, which has size bytes.
func following(first any, i int, size uintptr) any {
	e := (*eface)(unsafe.Pointer(&first))
	e.data = unsafe.Add(e.data, uintptr(i)*size)
	return first
}
