package template

import "time"

// Limits are what a template may use before it ends with an error, which no
// {% except %} catches. For each zero means the default, and a negative number
// that there is no limit, with which a hostile template can end the process.
//
// Not settings, since they bound what is read and not what is done: an expression
// has at most 10,000 parts, a format is at most 100,000 wide, a regular expression
// at most 1,000 bytes long, and 2 MiB of a container are printed.
type Limits struct {
	// MaxDepth is how deep templates, blocks and expressions may nest. Lambdas may
	// call each other twice as deep. Zero means 100.
	MaxDepth int

	// MaxParts is how many includes and blocks one template may consist of, those
	// in included templates counted each time. Zero means 10,000.
	MaxParts int

	// MaxIterations is how many turns all loops of one rendering may take
	// together, counting each element of what is built or looked through at once.
	// Zero means 3 million.
	MaxIterations int

	// MaxTime is how long one rendering may take. The clock is looked at in loops
	// of the template only: a function of the program is not interrupted. Zero
	// means 5 seconds.
	MaxTime time.Duration

	// MaxOutput is how many bytes one rendering may write. Zero means 64 MiB.
	MaxOutput int

	// MaxText is how many bytes a text may have that an expression makes. Zero
	// means 16 MiB, or MaxOutput if that is less.
	MaxText int

	// MaxMemory is how many bytes the texts and containers may have together that
	// the expressions of one rendering make, whether they are still needed or not.
	// Zero means 256 MiB.
	MaxMemory int

	// MaxDigits is how many decimal digits an integer may have. Zero means 20,000.
	MaxDigits int
}

const maxInt = int(^uint(0) >> 1)

func (l Limits) normalized() Limits {
	for _, limit := range []struct {
		value *int
		def   int
	}{
		{&l.MaxDepth, 100}, {&l.MaxParts, 10_000}, {&l.MaxIterations, 3_000_000}, {&l.MaxOutput, 64 << 20},
		{&l.MaxText, min(16<<20, orMost(l.MaxOutput))}, {&l.MaxMemory, 256 << 20}, {&l.MaxDigits, 20_000},
	} {
		switch {
		case *limit.value == 0:
			*limit.value = limit.def
		case *limit.value < 0:
			*limit.value = maxInt
		}
	}
	switch {
	case l.MaxTime == 0:
		l.MaxTime = 5 * time.Second
	case l.MaxTime < 0:
		l.MaxTime = time.Duration(maxInt)
	}
	return l
}

// orMost is a limit that has not been normalized.
func orMost(limit int) int {
	if limit <= 0 {
		return maxInt
	}
	return limit
}

// maxBits is MaxDigits in binary.
func (l *Limits) maxBits() int {
	if l.MaxDigits > maxInt/4 {
		return maxInt
	}
	return l.MaxDigits*10/3 + 1
}

// A usage is what is left of the limits in one rendering.
type usage struct {
	steps    int // iterations
	memory   int // bytes
	maxOut   int // length of the output
	deadline time.Time
}

func (f *frame) limit(at *place, format string, args ...any) {
	f.raise(at, "LimitError", format, args...)
}

// clockInterval is how many iterations pass, as a power of two, until the clock is
// looked at.
const clockInterval = 8

// charge counts n iterations, or elements that are made.
func (f *frame) charge(at *place, n int) {
	f.work(at, n)
	if n > 1 {
		f.chargeMemory(at, n, 16)
	}
}

// work counts n iterations, or elements that are looked at.
func (f *frame) work(at *place, n int) {
	before := f.steps
	if f.steps -= n; f.steps < 0 || n < 0 {
		f.limit(at, "the template runs more than %d iterations", f.template.options.MaxIterations)
	}
	if before>>clockInterval != f.steps>>clockInterval {
		f.checkTime(at)
	}
}

func (f *frame) checkTime(at *place) {
	now := time.Now()
	if f.deadline.IsZero() {
		f.deadline = now.Add(f.template.options.MaxTime)
	} else if now.After(f.deadline) {
		f.limit(at, "the template runs for more than %v", f.template.options.MaxTime)
	}
}

// chargeMemory counts n pieces of a size.
func (f *frame) chargeMemory(at *place, n, size int) {
	if n > f.memory/size {
		f.limit(at, "the template makes texts and containers of more than %d bytes", f.template.options.MaxMemory)
	}
	f.memory -= n * size
}

// chargeBytes counts text of n bytes that is made at once.
func (f *frame) chargeBytes(at *place, n int) {
	if n > f.template.options.MaxText || n < 0 {
		f.limit(at, "the template makes a text of more than %d bytes", f.template.options.MaxText)
	}
	f.chargeMemory(at, n, 1)
	f.chargeScan(at, n)
}

// chargeScan counts the work of looking through n bytes.
func (f *frame) chargeScan(at *place, n int) { f.work(at, n>>8) }

func (f *frame) checkOutput(at *place) {
	if len(f.out) > f.maxOut {
		f.limit(at, "the template writes more than %d bytes", f.template.options.MaxOutput)
	}
}
