package inspector

// CurlCommand returns a command for a POSIX shell that sends r to address
// ("127.0.0.1:8888" or a URL's scheme and authority).
func CurlCommand(r *Request, address string) (string, error) { return "", nil }
