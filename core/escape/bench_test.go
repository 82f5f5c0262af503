package escape

import "testing"

func BenchmarkAppendXHTML(b *testing.B) {
	for name, text := range map[string]string{
		"word":  "Ada Lovelace",
		"text":  "The quick brown fox jumps over the lazy dog, and then does so again and again until it is dark.",
		"marks": `<a href="/x?a=1&b=2">it's "here"</a>`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var dst []byte
			for b.Loop() {
				dst = AppendXHTML(dst[:0], text)
			}
		})
	}
}
