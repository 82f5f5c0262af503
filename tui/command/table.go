package command

// Table is every command: those of all panes first, in the order in which help
// and documentation show them. A letter means the same wherever it means
// anything; what a terminal cannot send or a multiplexer keeps for itself
// (ctrl-m, -i, -h, -[, -b, -s, -q) is not used.
var Table = []Command{
	{Name: "up", Scope: Global, Keys: []string{"up", "k"}, Help: "Move up; leaves follow mode"},
	{Name: "down", Scope: Global, Keys: []string{"down", "j"}, Help: "Move down"},
	{Name: "list", Scope: Global, Keys: []string{"left", "h"}, Help: "Go to the list"},
	{Name: "detail", Scope: Global, Keys: []string{"right", "l"}, Help: "Go to the detail", Unless: needsDetail},
	{Name: "open", Scope: Global, Keys: []string{"enter"}, Help: "Open the detail of the selected row", Hint: "open", Unless: needsDetail},
	{Name: "back", Scope: Global, Keys: []string{"esc"}, Help: "Go back: out of the detail, out of the filter"},
	{Name: "top", Scope: Global, Keys: []string{"g", "home"}, Help: "Go to the first row"},
	{Name: "bottom", Scope: Global, Keys: []string{"G", "end"}, Help: "Go to the last row and follow what comes in"},
	{Name: "half-down", Scope: Global, Keys: []string{"ctrl+d"}, Help: "Move half a page down"},
	{Name: "half-up", Scope: Global, Keys: []string{"ctrl+u"}, Help: "Move half a page up"},
	{Name: "page-down", Scope: Global, Keys: []string{"pgdown"}, Help: "Move a page down"},
	{Name: "page-up", Scope: Global, Keys: []string{"pgup"}, Help: "Move a page up"},

	{Name: "next-pane", Scope: Global, Keys: []string{"tab"}, Help: "Show the next pane"},
	{Name: "previous-pane", Scope: Global, Keys: []string{"shift+tab"}, Help: "Show the previous pane"},
	{Name: "requests", Scope: Global, Keys: []string{"1"}, Help: "Show requests, those in flight too"},
	{Name: "connections", Scope: Global, Keys: []string{"2"}, Help: "Show connections"},
	{Name: "errors", Scope: Global, Keys: []string{"3"}, Help: "Show errors of building, of templates and of the running program"},
	{Name: "logs", Scope: Global, Keys: []string{"4"}, Help: "Show what the program logged and printed"},
	{Name: "routes", Scope: Global, Keys: []string{"5"}, Help: "Show the routing table"},
	{Name: "loops", Scope: Global, Keys: []string{"6"}, Help: "Show the event loops"},
	{Name: "next-tab", Scope: Global, Keys: []string{"]"}, Help: "Show the next tab of the detail", Hint: "tabs", Unless: needsTabs},
	{Name: "previous-tab", Scope: Global, Keys: []string{"["}, Help: "Show the previous tab of the detail", Unless: needsTabs},
	{Name: "zoom", Scope: Global, Keys: []string{"z"}, Help: "Give the detail the whole screen, or take it back", Unless: needsDetail},

	{Name: "filter", Scope: Global, Keys: []string{"/"}, Help: "Show only rows that match", Hint: "filter"},
	{Name: "next-error", Scope: Global, Keys: []string{"n"}, Help: "Go to the next row that failed", Unless: needsErrors},
	{Name: "previous-error", Scope: Global, Keys: []string{"N"}, Help: "Go to the previous row that failed", Unless: needsErrors},
	{Name: "follow", Scope: Global, Keys: []string{"F"}, Help: "Keep the newest row in view, or stop doing so", Unless: needsFollow},
	{Name: "pause", Scope: Global, Keys: []string{" "}, Help: "Stand still while records go on coming in, or catch up", Hint: "pause"},
	{Name: "sort", Scope: Global, Keys: []string{"s"}, Help: "Sort by the next column", Unless: needsOrders},
	{Name: "clear", Scope: Global, Keys: []string{"c"}, Help: "Forget the records of all panes", Unless: needsClear},

	{Name: "copy", Scope: Global, Keys: []string{"y"}, Help: "Copy what is selected: a request as curl, an error as Markdown, else the row", Hint: "copy", Unless: needsRow},
	{Name: "copy-more", Scope: Global, Keys: []string{"Y"}, Help: "Choose what to copy: path, headers, body, stack", Unless: needsRow},
	{Name: "editor", Scope: Global, Keys: []string{"o"}, Help: "Open the selected place in $VISUAL or $EDITOR", Hint: "editor", Unless: needsPlace},
	{Name: "browser", Scope: Global, Keys: []string{"b"}, Help: "Open the program's address in a browser", Unless: needsAddress},
	{Name: "replay", Scope: Global, Keys: []string{"r"}, Help: "Send the selected request again; asks first if it may change something", Hint: "replay", Unless: needsReplay},
	{Name: "rebuild", Scope: Global, Keys: []string{"R"}, Help: "Build and start the program now", Unless: needsRebuild},
	{Name: "show-request", Scope: Global, Keys: []string{"v"}, Help: "Go to the request in which the selected thing happened", Unless: needsRequest},

	{Name: "help", Scope: Global, Keys: []string{"?"}, Help: "Show the keys of this pane", Hint: "help"},
	{Name: "palette", Scope: Global, Keys: []string{"ctrl+p", ":"}, Help: "Find a command by name and run it"},
	{Name: "mouse", Scope: Global, Keys: []string{"m"}, Help: "Leave the mouse to the terminal, so that it selects text, or take it back"},
	{Name: "suspend", Scope: Global, Keys: []string{"ctrl+z"}, Help: "Suspend the workbench; fg resumes it", Unless: needsShell},
	{Name: "quit", Scope: Global, Keys: []string{"q"}, Help: "Go back; from the list, ask and then stop the server and quit", Hint: "quit"},
	{Name: "quit-now", Scope: Global, Keys: []string{"ctrl+c"}, Help: "Stop the server and quit at once"},

	{Name: "unmask", Scope: Requests, Keys: []string{"u"}, Help: "Show or mask passwords, cookies and tokens", Hint: "unmask", Unless: needsRow},
	{Name: "raw", Scope: Requests, Keys: []string{"x"}, Help: "Show bodies as they should be read, as text, or as bytes", Unless: needsRow},
	{Name: "unfold", Scope: Errors, Keys: []string{"f"}, Help: "Show or fold the frames of libraries", Hint: "unfold", Unless: needsFrames},
}

func needsRow(f Facts) string {
	if f.Rows == 0 {
		return "there is no row to act on"
	}
	return ""
}

func needsDetail(f Facts) string {
	if !f.Detail {
		return "this pane has no detail"
	}
	return needsRow(f)
}

func needsTabs(f Facts) string {
	if f.Tabs < 2 {
		return "the detail here has no tabs"
	}
	return ""
}

func needsErrors(f Facts) string {
	if f.Errors == 0 {
		return "no row here failed"
	}
	return ""
}

func needsFollow(f Facts) string {
	if !f.Follows {
		return "this list is sorted, or none of its rows is the newest"
	}
	return ""
}

func needsOrders(f Facts) string {
	if f.Orders < 2 {
		return "this list has one order only"
	}
	return ""
}

func needsClear(f Facts) string {
	if !f.Clear {
		return "these records cannot be cleared"
	}
	return ""
}

func needsShell(f Facts) string {
	if f.Alone {
		return "no shell is round the workbench that could resume it"
	}
	return ""
}

func needsPlace(f Facts) string {
	switch {
	case f.Place, f.Pane == Requests && f.Rows == 0 && f.Address:
		return ""
	case f.Rows == 0:
		return "nothing is selected"
	}
	return "no file and line is known for what is selected"
}

func needsAddress(f Facts) string {
	if !f.Address {
		return "the program does not listen yet"
	}
	return ""
}

func needsReplay(f Facts) string {
	switch {
	case !f.Replay:
		return "this session cannot send requests"
	case !f.Request:
		return "no request is selected"
	}
	return needsAddress(f)
}

func needsRebuild(f Facts) string {
	if !f.Rebuild {
		return "this session does not build"
	}
	return ""
}

func needsRequest(f Facts) string {
	switch {
	case f.Pane == Requests:
		return "this is the list of requests"
	case !f.Request:
		return "what is selected did not happen in a request"
	}
	return ""
}
func needsFrames(f Facts) string {
	if !f.Frames {
		return "the selected error has no library frames"
	}
	return ""
}
