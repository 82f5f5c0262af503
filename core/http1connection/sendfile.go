package http1connection

// SendFile sends count bytes of an open file, from offset on, as a piece of the body,
// without reading them; see iostream.IOStream.SendFile, which takes over fd. It
// returns false, and does nothing, where that does not work: then the bytes are to be
// read and given to Write. The answer must have a Content-Length with room for them,
// and a listener that keeps bodies sees them all.
func (c *ServerConnection) SendFile(fd int, offset, count int64) bool {
	a := &c.answer
	if c.stream.Closed() || c.message == nil || c.trace != nil || !a.headersSent || a.finished ||
		a.framing != framingLength || count > a.left || !c.stream.SendFile(fd, offset, count) {
		return false
	}
	a.left -= count
	return true
}
