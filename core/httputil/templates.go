package httputil

// TemplateAttribute gives templates what some methods are in Tornado:
//
//	request.request_time()          float, in seconds
//	request.cookies["name"].value   and key
//
// By their Go names, as request.RequestTime, they are those of Go.
func (r *HTTPServerRequest) TemplateAttribute(name string) (any, bool) {
	switch name {
	case "request_time":
		return func() float64 { return r.RequestTime().Seconds() }, true
	case "cookies":
		morsels := make(map[string]morsel, len(r.Cookies()))
		for name, value := range r.Cookies() {
			morsels[name] = morsel{name, value}
		}
		return morsels, true
	}
	return nil, false
}

// A morsel is a cookie in a template.
type morsel struct{ Key, Value string }

// String is the value alone, as who takes Cookies for its values expects.
func (m morsel) String() string { return m.Value }
