package web

import (
	"fmt"
	"strings"
)

// The UI modules and the UI method of testdata/web.json.

var vectorModules = map[string]ModuleType{"Mod": Module[modModule](), "Widget": Module[widgetModule](),
	"Gadget": Module[gadgetModule](), "JsOnly": Module[jsOnlyModule](), "Tmpl": Module[tmplModule]()}

func shout(h *RequestHandler, s string) string { return strings.ToUpper(s) + "!" + h.Request.Path }

type modModule struct{ UIModule }

func (m *modModule) Render(n any) string { return fmt.Sprintf("<b>%v</b>", n) }

type widgetModule struct{ UIModule }

func (m *widgetModule) Render(name string) string  { return "<i>" + name + "</i>" }
func (m *widgetModule) EmbeddedCSS() string        { return ".w { color: red }" }
func (m *widgetModule) EmbeddedJavaScript() string { return "w();" }
func (m *widgetModule) CSSFiles() []string         { return []string{"w.css"} }
func (m *widgetModule) JavaScriptFiles() []string {
	return []string{"w.js", "/abs/w.js", "http://cdn.example.com/w.js", "w.js"}
}
func (m *widgetModule) HTMLHead() string { return "<!--w head-->" }
func (m *widgetModule) HTMLBody() string { return "<!--w body-->" }

type gadgetModule struct{ UIModule }

func (m *gadgetModule) Render() []byte             { return []byte("<u>gadget</u>") }
func (m *gadgetModule) EmbeddedCSS() string        { return ".g { }" }
func (m *gadgetModule) EmbeddedJavaScript() string { return "g('</script>');" }
func (m *gadgetModule) CSSFiles() []string         { return []string{"/g.css?a=1&b=2", "w.css"} }
func (m *gadgetModule) JavaScriptFiles() []string  { return []string{"g.js"} }
func (m *gadgetModule) HTMLHead() string           { return `<meta name="g">` }
func (m *gadgetModule) HTMLBody() string           { return "<p>g</p>" }

type jsOnlyModule struct{ UIModule }

func (m *jsOnlyModule) Render() string { return "js-only" }
func (m *jsOnlyModule) JavaScriptFiles() []string {
	return []string{"https://cdn.example.com/j.js?x=<y>&z"}
}

type tmplModule struct{ UIModule }

func (m *tmplModule) Render(x any) (string, error) {
	return m.RenderString("mod.html", Args{"x": x})
}
