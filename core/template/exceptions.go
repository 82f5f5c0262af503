package template

// exceptionParents is the part of Python's hierarchy of exceptions that templates
// can meet or catch.
var exceptionParents = map[string]string{
	"BaseException": "", "Exception": "BaseException", "ArithmeticError": "Exception", "ZeroDivisionError": "ArithmeticError",
	"OverflowError": "ArithmeticError", "LookupError": "Exception", "KeyError": "LookupError", "IndexError": "LookupError",
	"NameError": "Exception", "UnboundLocalError": "NameError", "AttributeError": "Exception", "TypeError": "Exception",
	"ValueError": "Exception", "RuntimeError": "Exception", "RecursionError": "RuntimeError", "StopIteration": "Exception",
	"ImportError": "Exception", "ModuleNotFoundError": "ImportError", "AssertionError": "Exception", "OSError": "Exception",
}

func isSubclass(class, ancestor string) bool {
	for class != "" {
		if class == ancestor {
			return true
		}
		class = exceptionParents[class]
	}
	return false
}

// className is the class {% except %} knows an error by.
func (e *Error) className() string {
	if e.class == "" {
		return "Exception"
	}
	return e.class
}

// typeName is what type() says: an error of the program has a type of its own.
func (e *Error) typeName() string {
	if e.Err != nil && e.className() == "Exception" {
		if name := pointed(e.Err).Type().Name(); name != "" {
			return name
		}
	}
	return e.className()
}

func newException(c *call) any {
	message := ""
	if len(c.args) > 0 {
		message = string(appendText(nil, c.args[0]))
	}
	return newError(KindRuntime, c.at, c.name, message)
}
