package frame

// Compression says how messages are compressed. The zero value is good: a
// connection then needs no memory for it between two messages.
type Compression struct {
	// Level is that of compress/flate, from -2 to 9; zero means the fastest.
	Level int

	// Threshold is how long a message must be to be compressed, in bytes; 128 by
	// default. Negative means that all are.
	Threshold int

	DeflateOptions
}

const defaultThreshold = 128

// WithDefaults is c with what its zero values stand for.
func (c Compression) WithDefaults() Compression {
	if c.Threshold == 0 {
		c.Threshold = defaultThreshold
	}
	return c
}

// Check tells what is wrong with the numbers, if anything is.
func (c *Compression) Check() error {
	_, err := NewDeflater(c.Level, c.ClientMaxWindowBits, false)
	return err
}
