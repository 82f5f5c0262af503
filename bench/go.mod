module github.com/tornado-dev/tornado/bench

go 1.26.0

require (
	github.com/tornado-dev/tornado v0.0.0
	github.com/valyala/fasthttp v1.68.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/andybalholm/brotli v1.2.0 // indirect
	github.com/klauspost/compress v1.18.1 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
)

replace github.com/tornado-dev/tornado => ../
