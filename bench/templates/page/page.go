// Package page holds what every engine is given.
package page

import "fmt"

// A Row is a line of the table.
type Row struct {
	ID       int
	Title    string
	Author   string
	Score    int
	Featured bool
}

// A Data is the page.
type Data struct {
	Title string
	Site  string
	Rows  []Row
}

// New gives a page of n rows.
func New(n int) Data {
	d := Data{Title: "Stories & tales", Site: "Field Notes", Rows: make([]Row, n)}
	for i := range d.Rows {
		d.Rows[i] = Row{
			ID:       1000 + i,
			Title:    fmt.Sprintf("Story <%d> & more of it", i),
			Author:   "O'Neil & sons",
			Score:    i,
			Featured: i%7 == 0,
		}
	}
	return d
}
