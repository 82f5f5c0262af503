package web

import (
	"mime"
	"path"
	"strings"
)

// contentTypes are those of the files that sites are made of, so that they do not
// depend on what the system knows. Text is UTF-8: without a charset browsers take
// it for what was usual where they are. What is compressed shows itself as that,
// and not as what would be inside.
var contentTypes = map[string]string{
	".avif": "image/avif", ".br": octetStream, ".bz2": octetStream, ".css": "text/css; charset=utf-8",
	".csv": "text/csv; charset=utf-8", ".gif": "image/gif", ".gz": "application/gzip",
	".htm": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8", ".ico": "image/vnd.microsoft.icon",
	".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".map": "application/json", ".md": "text/markdown; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".otf": "font/otf",
	".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml", ".tgz": "application/gzip",
	".ttf": "font/ttf", ".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm", ".webm": "video/webm",
	".webmanifest": "application/manifest+json", ".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2",
	".xml": "application/xml", ".xz": octetStream, ".zip": "application/zip", ".zst": octetStream,
}

const octetStream = "application/octet-stream"

// contentTypeOf is the type of a file by its name.
func contentTypeOf(name string) string {
	extension := path.Ext(name)
	if known := contentTypes[extension]; known != "" {
		return known
	}
	extension = strings.ToLower(extension)
	if known := contentTypes[extension]; known != "" {
		return known
	}
	if known := mime.TypeByExtension(extension); known != "" {
		return known
	}
	return octetStream
}
