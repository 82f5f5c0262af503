// Package pages is what the servers of bench/web show.
package pages

import "fmt"

// Story is shown as JSON.
var Story = map[string]any{"id": 7, "title": "A story", "tags": []string{"one", "two"}, "author": map[string]any{"name": "Ann", "age": 33}}

// A Row is a line of the table.
type Row struct {
	ID   int
	Name string
	Note string
}

// Page is what the template shows.
type Page struct {
	Title string
	Rows  []Row
}

// Data has 50 rows.
var Data = makeData()

func makeData() Page {
	p := Page{Title: "Rows & lines"}
	for i := range 50 {
		p.Rows = append(p.Rows, Row{i, fmt.Sprintf("name <%d>", i), "some text about it"})
	}
	return p
}

// HTMLTemplate is the page for html/template.
const HTMLTemplate = `<!DOCTYPE html><html><head><title>{{.Title}}</title></head><body><h1>{{.Title}}</h1><table>
{{range .Rows}}<tr><td>{{.ID}}</td><td><a href="/story/{{.ID}}">{{.Name}}</a></td><td>{{.Note}}</td></tr>
{{end}}</table></body></html>
`

// TornadoTemplate is the same for core/template.
const TornadoTemplate = `<!DOCTYPE html><html><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1><table>
{% for row in rows %}<tr><td>{{ row.id }}</td><td><a href="/story/{{ row.id }}">{{ row.name }}</a></td><td>{{ row.note }}</td></tr>
{% end %}</table></body></html>
`
