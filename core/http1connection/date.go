package http1connection

import (
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A date is the text of the Date field for one second.
type date struct {
	second int64
	text   string
}

var currentDate atomic.Pointer[date]

// dateText is the Date field of now. It is formatted once a second.
func dateText(now time.Time) string {
	second := now.Unix()
	d := currentDate.Load()
	if d == nil || d.second != second {
		d = &date{second, httputil.FormatTimestamp(now)}
		currentDate.Store(d)
	}
	return d.text
}
