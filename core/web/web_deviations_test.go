package web

// Reasons for which several cases have another answer.
const (
	utf8Text      = "text is UTF-8, and not Latin-1"
	refusedReason = "a reason phrase that could not stand in a start line is refused"
	usualReason   = "the usual phrase takes the place of one that could not stand in a start line"
	trimmedValue  = "space round a header's value is no part of it (RFC 9110 section 5.5)"
	fragment      = "a fragment is no part of a target (RFC 9112 section 3.2)"
	headForGet    = "HEAD is answered where GET is"
	optionsAnswer = "OPTIONS is answered with what is allowed"
	deletedNow    = "Max-Age=0 deletes a cookie whatever the browser's clock says"
	asSent        = "the query is kept as it was sent"
)

// webDeviations are the cases of testdata/web.json with another answer here, each
// with the reason.
var webDeviations = map[string]string{
	"web/json/11":             "compact JSON; two values in one answer are no JSON, and compared as text",
	"web/headers/2":           "to take away a header that was added is no error",
	"web/headers/6":           trimmedValue,
	"web/header_values/10":    trimmedValue,
	"web/status/15":           "an empty reason means the usual one",
	"web/status/18":           refusedReason,
	"web/status/19":           refusedReason,
	"web/status/20":           refusedReason,
	"web/status/21":           refusedReason,
	"web/status/23":           refusedReason,
	"web/status/27":           refusedReason,
	"web/status_nobody/3":     "writing nothing is no body",
	"web/status_nobody/6":     "writing nothing is no body",
	"web/redirect_handler/3":  asSent,
	"web/redirect_handler/13": asSent,
	"web/redirect_handler/6":  "a redirect to /// would lead to another server",
	"web/redirect_handler/14": headForGet,
	"web/redirect_handler/15": headForGet,
	"web/authenticated/4":     utf8Text,
	"web/authenticated/10":    fragment,
	"web/etag_custom/13":      "the handler's own Etag is kept",
	"web/set_cookie/2":        utf8Text,
	"web/set_cookie/7":        utf8Text,
	"web/set_cookie/12":       "a colon is no character of a cookie's name (RFC 6265 section 4.1.1)",
	"web/cookie_options/6":    deletedNow,
	"web/cookie_options/10":   "the beginning of 1970 is a time",
	"web/cookie_options/17":   utf8Text,
	"web/cookie_options/18":   utf8Text,
	"web/cookies/2":           deletedNow,
	"web/cookies/3":           deletedNow,
	"web/cookies/4":           "an expiry for ClearCookie is ignored",
	"web/cookies/5":           deletedNow,
	"web/get_cookie/7":        utf8Text,
	"web/http_error/18":       "a body for 204 is refused with 500; the original leaves the connection hanging",
	"web/http_error/24":       usualReason,
	"web/http_error/30":       usualReason,
	"web/http_error/31":       usualReason,
	"web/errors/6":            "WriteError has no further arguments",
	"web/not_found/10":        "an absolute target means its path (RFC 9112 section 3.2.2)",
	"web/methods/9":           optionsAnswer,
	"web/methods/10":          optionsAnswer,
	"web/groups/4":            utf8Text,
	"web/groups/23":           fragment,
	"web/xsrf_post/25":        "who sends JSON, and accepts anything, is told of errors in JSON",
	"web/reverse_url/11":      "nil is no value of a path",
}
