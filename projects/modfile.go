package projects

import (
	"strconv"
	"strings"
)

// A modFile is what we need of a go.mod.
type modFile struct {
	module    string
	goVersion string
	requires  []requirement
}

// parseMod reads a go.mod that the go command has accepted. What it does not
// know it passes over.
func parseMod(text string) modFile {
	var mod modFile
	block := "" // the verb of the parenthesis that is open
	for line := range strings.Lines(text) {
		line, comment, _ := strings.Cut(line, "//")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		switch {
		case fields[0] == ")":
			block = ""
			continue
		case len(fields) == 2 && fields[1] == "(":
			block = fields[0]
			continue
		case block != "":
			fields = append([]string{block}, fields...)
		}
		switch {
		case fields[0] == "module" && len(fields) == 2:
			mod.module = unquoteMod(fields[1])
		case fields[0] == "go" && len(fields) == 2:
			mod.goVersion = fields[1]
		case fields[0] == "require" && len(fields) == 3:
			mod.requires = append(mod.requires, requirement{module: unquoteMod(fields[1]), version: fields[2], through: indirectOf(comment)})
		}
	}
	return mod
}

// indirectOf are the packages in a comment "indirect; core/auth core/web": those of
// ours that need the module, since another that they import does. The go command keeps
// what stands behind the semicolon.
func indirectOf(comment string) []string {
	packages, ok := strings.CutPrefix(strings.TrimSpace(comment), "indirect;")
	if !ok {
		return nil
	}
	return strings.Fields(packages)
}

// provider returns the required module that provides a package: the longest
// whose path leads to it. It is empty if there is none.
func (m modFile) provider(name string) string {
	longest := ""
	for _, r := range m.requires {
		if (name == r.module || strings.HasPrefix(name, r.module+"/")) && len(r.module) > len(longest) {
			longest = r.module
		}
	}
	return longest
}

// quoteMod writes a string as go.mod wants it: in quotes if it could be read as
// anything but one word.
func quoteMod(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\"'`()[]{},") || strings.Contains(s, "//") || strings.Contains(s, "/*") {
		return strconv.Quote(s)
	}
	return s
}

func unquoteMod(s string) string {
	if unquoted, err := strconv.Unquote(s); err == nil {
		return unquoted
	}
	return s
}
