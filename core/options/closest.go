package options

// maxDistance is how many letters a slip of the keyboard may get wrong.
const maxDistance = 2

// unknown is the error for a name that was not defined; it names the option that
// may have been meant.
func (p *OptionParser) unknown(name string) error {
	best, closest := maxDistance+1, ""
	for candidate, o := range p.options {
		if d := distance(normalized(name), candidate); d < best || d == best && o.name < closest {
			best, closest = d, o.name
		}
	}
	if best > maxDistance || best >= len(name) {
		return errUnknown
	}
	return unknownError(normalized(closest))
}

// An unknownError is errUnknown with the name that may have been meant.
type unknownError string

func (e unknownError) Error() string     { return errUnknown.Error() + "; did you mean " + string(e) + "?" }
func (e unknownError) Is(err error) bool { return err == errUnknown }

// distance counts the letters that must be put in, taken out, replaced, or swapped
// with the next, to make b of a.
func distance(a, b string) int {
	if len(a) > len(b)+maxDistance || len(b) > len(a)+maxDistance {
		return maxDistance + 1
	}
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
