package frame

// An Inflater decompresses the messages of one direction. With context takeover it
// holds what later messages may refer to, at most the window. While a message has
// come in part it has a decompressor of about 11 KiB, which all connections share.
type Inflater struct {
	window  []byte
	size    int        // of the window; 0 without context takeover
	message *inflating // nil between messages
}

// NewInflater makes an Inflater. windowBits is what the sender keeps to, 8 to 15;
// zero means 15.
func NewInflater(windowBits int, takeover bool) *Inflater {
	if windowBits == 0 {
		windowBits = maxWindowBits
	}
	if !takeover {
		return &Inflater{}
	}
	return &Inflater{size: 1 << windowBits}
}

var (
	// The frames keep to the protocol, but not what is in them: that is 1007 (RFC
	// 6455 section 7.4.1), as for text that is not UTF-8.
	errInflate     = &Error{InvalidPayload, "a compressed message that does not inflate"}
	errInflatedBig = &Error{MessageTooBig, "message too big after decompression"}
)

// Append appends payload, a whole message, inflated. It fails with an *Error if that
// would be more than limit bytes, of which no more are made, or if payload does not
// inflate; the Inflater must not be used again then.
func (i *Inflater) Append(dst, payload []byte, limit int64) ([]byte, error) {
	defer i.reset()
	out, err := i.add(dst[len(dst):], payload, limit, nil)
	if err == nil {
		out, err = i.end(out, limit, nil)
	}
	if len(dst) == 0 {
		return out, err
	}
	return append(dst, out...), err
}

// add appends a part of a message, inflated, to all that came of it before. It fails
// as Append does, or if text is not text; it may be nil.
func (i *Inflater) add(out, piece []byte, limit int64, text *UTF8) ([]byte, error) {
	if len(piece) == 0 {
		return out, nil
	}
	if i.message == nil {
		i.message = newInflating(i.window)
	}
	i.message.out = out
	err := i.message.more(piece, limit, text)
	return i.message.out, err
}

// end ends the message.
func (i *Inflater) end(out []byte, limit int64, text *UTF8) ([]byte, error) {
	if i.message == nil {
		return out, nil // the tail alone is half a block; everybody takes it for an empty message
	}
	i.message.out = out
	err := i.message.end(limit, text)
	if out = i.message.out; err == nil {
		i.remember(out)
	}
	i.reset()
	return out, err
}

// reset forgets what has come of a message.
func (i *Inflater) reset() {
	if i.message != nil {
		i.message.release()
		i.message = nil
	}
}

// remember keeps the last octets for the messages that follow.
func (i *Inflater) remember(inflated []byte) {
	if i.size == 0 {
		return
	}
	if len(inflated) >= i.size {
		i.window = append(i.window[:0], inflated[len(inflated)-i.size:]...)
		return
	}
	if over := len(i.window) + len(inflated) - i.size; over > 0 {
		i.window = i.window[:copy(i.window, i.window[over:])]
	}
	i.window = append(i.window, inflated...)
}
