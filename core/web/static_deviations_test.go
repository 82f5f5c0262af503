package web

import "maps"

// Reasons of static files and compression.
const (
	noDate       = "what is no date of RFC 9110 section 5.6.7 is ignored (section 13.1.3)"
	noRange      = "what is no range of RFC 9110 section 14.1.1 is ignored (section 14.2)"
	readsOutside = "nothing is told about what lies outside of the folder"
	wholeFile    = "a file that is sent at once is too short to be compressed"
	negotiated   = "codings are negotiated by the rules of RFC 9110 section 12.5.3"
)

func init() {
	maps.Copy(webDeviations, map[string]string{
		"web/static_paths/11":       utf8Text,
		"web/static_traversal/6":    readsOutside,
		"web/static_conditional/9":  noDate,
		"web/static_conditional/10": noDate,
		"web/static_conditional/11": noDate,
		"web/static_conditional/16": "If-Range is obeyed (RFC 9110 section 13.1.5)",
		"web/static_conditional/17": "If-Match is obeyed (RFC 9110 section 13.1.1)",
		"web/static_range/15":       noRange,
		"web/static_range/18":       "several ranges are answered (RFC 9110 section 14.6)",
		"web/static_range/21":       noRange,
		"web/static_url/7":          "a slash in front would make a path that is refused",
		"web/static_url/8":          "a URL has no spaces",
		"web/static_url/11":         readsOutside,
		"web/gzip_accept/4":         negotiated,
		"web/gzip_accept/6":         negotiated,
		"web/gzip_static/1":         wholeFile,
		"web/gzip_static/4":         "HEAD is answered as GET would be, compressed",
	})
}
