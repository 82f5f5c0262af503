package frame

// A Message is what one side tells the other.
type Message struct {
	Data   []byte
	Binary bool
}

// Text is the message as text.
func (m Message) Text() string { return string(m.Data) }
