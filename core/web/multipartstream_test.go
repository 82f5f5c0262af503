package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A memoryFile is where a test's files go.
type memoryFile struct {
	bytes.Buffer
	closed int
}

func (f *memoryFile) Close() error { f.closed++; return nil }

// A readForm is what a MultipartStream made of a body.
type readForm struct {
	arguments map[string][]string
	files     []string // name, file name, type and content of each
	err       error
}

func (f readForm) String() string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(f.arguments)) {
		text += fmt.Sprintf("%s=%q ", name, f.arguments[name])
	}
	text += strings.Join(f.files, " ")
	if f.err != nil {
		text = f.err.Error()
	}
	return strings.TrimSpace(text)
}

// streamForm reads a body in pieces of size bytes; zero for one piece.
func streamForm(t testing.TB, body []byte, boundary string, size int, limits MultipartLimits) (f readForm) {
	request := &httputil.HTTPServerRequest{}
	if err := request.Headers.Set("Content-Type", `multipart/form-data; boundary="`+boundary+`"`); err != nil {
		t.Skip("no boundary")
	}
	var parts []*Part
	var files []*memoryFile
	stream, err := NewMultipartStream(request, func(p *Part) (io.WriteCloser, error) {
		if p.Filename == "unwanted" {
			return nil, nil
		}
		parts, files = append(parts, p), append(files, new(memoryFile))
		return files[len(files)-1], nil
	}, limits)
	if err != nil {
		return readForm{err: err}
	}
	if size == 0 {
		size = max(len(body), 1)
	}
	for len(body) > 0 && err == nil {
		n := min(size, len(body))
		piece := bytes.Clone(body[:n])
		_, err = stream.Write(piece)
		clear(piece) // what is kept must be a copy
		body = body[n:]
		if limit := len(boundary) + stream.limits.MaxPartHeaderSize + size + 8; cap(stream.kept) > 2*limit+64 {
			t.Fatalf("%d bytes are kept; want at most %d", cap(stream.kept), limit)
		}
	}
	if closed := stream.Close(); !errors.Is(err, closed) && err != nil {
		t.Errorf("Close returned %v after %v", closed, err)
	} else {
		err = closed
	}
	f.arguments, f.err = stream.Arguments, err
	for i, file := range files {
		if file.closed != 1 {
			t.Errorf("a file was closed %d times", file.closed)
		}
		f.files = append(f.files, fmt.Sprintf("%s:%s:%s:%q", parts[i].Name, parts[i].Filename, parts[i].ContentType, file.String()))
	}
	return f
}

func TestMultipartStream(t *testing.T) {
	field := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	file := func(name, filename, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=" + name + "; filename=\"" + filename + "\"\r\nContent-Type: text/plain\r\n\r\n" + value + "\r\n"
	}
	const end = "--b--\r\n"
	small := MultipartLimits{MaxParts: 2, MaxPartHeaderSize: 60, MaxFieldBytes: 5, MaxFileSize: 6}
	for _, tt := range []struct {
		name, body string
		limits     MultipartLimits
		want       string
	}{
		{"field", field("a", "1") + end, small, `a=["1"]`},
		{"twice", field("a", "1") + field("a", "2") + end, small, `a=["1" "2"]`},
		{"file", file("f", "x.txt", "hello") + end, MultipartLimits{}, `f:x.txt:text/plain:"hello"`},
		{"both", field("a", "1") + file("f", "x", "\r\n--\r\n") + field("b", "") + end, MultipartLimits{}, `a=["1"] b=[""] f:x:text/plain:"\r\n--\r\n"`},
		{"unwanted file", file("f", "unwanted", "hello") + end, MultipartLimits{}, ""},
		{"nothing", end, small, ""},
		{"no type", "--b\r\ncontent-disposition: FORM-DATA; name=f; filename=x\r\n\r\n\r\n" + end, small, `f:x:application/unknown:""`},
		{"empty part without a line of its own", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--", small, `a=[""]`},
		{"content that begins like a boundary", field("a", "\r\n--bc") + end, MultipartLimits{}, `a=["\r\n--bc"]`},
		{"content that is nearly a boundary", field("a", "--b-") + end, MultipartLimits{}, `a=["--b-"]`},
		{"content of line ends", field("a", "\r\r\n\r\n\r") + end, MultipartLimits{}, `a=["\r\r\n\r\n\r"]`},
		{"epilogue", field("a", "1") + end + "\r\n--b\r\nwhat is this", small, `a=["1"]`},
		{"escapes in names", "--b\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\n1\r\n" + end, small, `a"b=["1"]`},
		{"file name in UTF-8", "--b\r\nContent-Disposition: form-data; name=f; filename*=UTF-8''%C3%A4.txt\r\n\r\n1\r\n" + end, MultipartLimits{}, `f:ä.txt:application/unknown:"1"`},

		{"empty", "", small, "HTTP 400: Bad Request (multipart/form-data without its last boundary)"},
		{"cut in the content", field("a", "1"), small, "HTTP 400: Bad Request (multipart/form-data without its last boundary)"},
		{"cut in the boundary", field("a", "1") + "--b-", small, "HTTP 400: Bad Request (multipart/form-data without its last boundary)"},
		{"preamble", "hello\r\n" + field("a", "1") + end, small, "HTTP 400: Bad Request (multipart/form-data does not begin with its boundary)"},
		{"another boundary", "--bc\r\n", small, "HTTP 400: Bad Request (multipart/form-data with something after its first boundary)"},
		{"no disposition", "--b\r\nA: b\r\n\r\n1\r\n" + end, small, "HTTP 400: Bad Request (part of multipart/form-data without Content-Disposition form-data and a name)"},
		{"no name", "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n" + end, small, "HTTP 400: Bad Request (part of multipart/form-data without Content-Disposition form-data and a name)"},
		{"not UTF-8", "--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\n1\r\n" + end, small, "HTTP 400: Bad Request (header of a multipart/form-data part is not UTF-8)"},
		{"too many parts", field("a", "1") + field("a", "2") + field("a", "3") + end, small, "HTTP 413: Request Entity Too Large (multipart/form-data with too many parts)"},
		{"header too large", "--b\r\nContent-Disposition: form-data; name=" + strings.Repeat("a", 30) + "\r\n\r\n1\r\n" + end, small,
			"HTTP 431: Request Header Fields Too Large (part of multipart/form-data with too large a header)"},
		{"header without end", "--b\r\nContent-Disposition: form-data; name=" + strings.Repeat("a", 300), small,
			"HTTP 431: Request Header Fields Too Large (part of multipart/form-data with too large a header)"},
		{"field too large", field("a", "123456") + end, small, "HTTP 413: Request Entity Too Large (multipart/form-data with too large fields)"},
		{"fields too large", field("a", "123") + field("b", "123") + end, small, "HTTP 413: Request Entity Too Large (multipart/form-data with too large fields)"},
		{"file too large", "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n1234567\r\n" + end, small, "HTTP 413: Request Entity Too Large (a file of multipart/form-data is too large)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for size := range 12 {
				if got := streamForm(t, []byte(tt.body), "b", size, tt.limits).String(); got != tt.want {
					t.Fatalf("in pieces of %d: got %s; want %s", size, got, tt.want)
				}
			}
		})
	}
}

func TestMultipartStreamIsForForms(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, encoding string
		status                      int
	}{
		{"json", "application/json", "", 415},
		{"none", "", "", 415},
		{"mixed", "multipart/mixed; boundary=b", "", 415},
		{"encoded", "multipart/form-data; boundary=b", "br", 415},
		{"no boundary", "multipart/form-data", "", 400},
		{"empty boundary", `multipart/form-data; boundary=""`, "", 400},
		{"long boundary", "multipart/form-data; boundary=" + strings.Repeat("b", 71), "", 400},
		{"good", "Multipart/Form-Data; charset=utf-8; boundary=b", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			request := &httputil.HTTPServerRequest{}
			for name, value := range map[string]string{"Content-Type": tt.contentType, "Content-Encoding": tt.encoding} {
				if err := request.Headers.Set(name, value); value == "" || err != nil {
					request.Headers.Del(name)
				}
			}
			_, err := NewMultipartStream(request, nil, MultipartLimits{})
			if got, ok := asHTTPError(err); ok != (tt.status != 0) || got.StatusCode != tt.status {
				t.Errorf("got %v; want status %d", err, tt.status)
			}
		})
	}
}

func TestMultipartStreamGivesUpWithItsFiles(t *testing.T) {
	full := errors.New("the disk is full")
	for _, tt := range []struct {
		name  string
		open  func(*Part) (io.WriteCloser, error)
		wants error
	}{
		{"open", func(*Part) (io.WriteCloser, error) { return nil, full }, full},
		{"write", func(*Part) (io.WriteCloser, error) { return &brokenFile{writing: full}, nil }, full},
		{"close", func(*Part) (io.WriteCloser, error) { return &brokenFile{closing: full}, nil }, full},
	} {
		t.Run(tt.name, func(t *testing.T) {
			request := &httputil.HTTPServerRequest{}
			_ = request.Headers.Set("Content-Type", "multipart/form-data; boundary=b") // a constant
			stream, err := NewMultipartStream(request, tt.open, MultipartLimits{})
			if err != nil {
				t.Fatal(err)
			}
			body := []byte("--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n1\r\n--b--")
			if _, err := stream.Write(body); !errors.Is(err, tt.wants) {
				t.Errorf("got %v; want %v", err, tt.wants)
			}
			if _, err := stream.Write(body); !errors.Is(err, tt.wants) {
				t.Errorf("got %v from the next; want %v", err, tt.wants)
			}
			if err := stream.Close(); !errors.Is(err, tt.wants) {
				t.Errorf("got %v from Close; want %v", err, tt.wants)
			}
		})
	}
}

type brokenFile struct{ writing, closing error }

func (f *brokenFile) Write(p []byte) (int, error) { return len(p), f.writing }
func (f *brokenFile) Close() error                { return f.closing }

// judgeForm reads a body with mime/multipart.
func judgeForm(body []byte, boundary string) (contents []string, err error) {
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return contents, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		contents = append(contents, string(content))
	}
}

func FuzzMultipartStream(f *testing.F) {
	const head = "--b\r\nContent-Disposition: form-data; name=a; filename=x\r\n\r\n"
	for _, body := range []string{"", "--b--", head + "1\r\n--b--", head + "--b--", head + "\r\n--b\r\r\n--b--", head + "\r\n--bb\r\n--b\r\n\r\n",
		strings.Repeat(head+"\r\n", 3) + "--b--\r\n--b\r\n"} {
		f.Add([]byte(body), 1)
	}
	f.Fuzz(func(t *testing.T, body []byte, size int) {
		whole := streamForm(t, body, "b", 0, MultipartLimits{})
		if cut := streamForm(t, body, "b", 1+(size&0xff), MultipartLimits{}); whole.String() != cut.String() {
			t.Fatalf("whole: %s\nin pieces of %d: %s", whole, 1+size&0xff, cut)
		}
		if whole.err != nil {
			return
		}
		contents, err := judgeForm(body, "b")
		if err != nil {
			return // stricter about what stands in headers
		}
		n := 0
		for _, values := range whole.arguments {
			n += len(values)
		}
		if unwanted := bytes.Count(body, []byte("unwanted")); unwanted == 0 && n+len(whole.files) != len(contents) {
			t.Fatalf("got %s; want the contents %q", whole, contents)
		}
		for _, file := range whole.files {
			if !slices.ContainsFunc(contents, func(content string) bool { return strings.HasSuffix(file, fmt.Sprintf(":%q", content)) }) {
				t.Fatalf("got the file %s; want one of %q", file, contents)
			}
		}
	})
}

// TestMultipartStreamTakesLinearTime compares bodies that are hard to search with
// harmless ones of the same size.
func TestMultipartStreamTakesLinearTime(t *testing.T) {
	const size = 4 << 20
	boundary := strings.Repeat("-", 60)
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=a; filename=unwanted\r\n\r\n"
	run := func(pattern string, piece int) time.Duration {
		body := []byte(head + strings.Repeat(pattern, size/len(pattern)) + "\r\n--" + boundary + "--")
		fastest := time.Hour
		for range 3 {
			began := time.Now()
			if got := streamForm(t, body, boundary, piece, MultipartLimits{}); got.err != nil {
				t.Fatal(got.err)
			}
			fastest = min(fastest, time.Since(began))
		}
		return fastest
	}
	for _, piece := range []int{0, 16 << 10} {
		harmless := run("abcdefgh", piece)
		for _, pattern := range []string{"\r\n", "\r", "-", "\r\n--" + boundary[:59], "\r\n--" + boundary + "x"} {
			if took := run(pattern, piece); took > 100*harmless+time.Second {
				t.Errorf("%q in pieces of %d took %v, and harmless content %v", pattern, piece, took, harmless)
			}
		}
	}
}

// receiver is a demonstration: it stores the files of a form, and says what it got.
type receiver struct {
	RequestHandler
	folder string
	ended  chan struct{} // one for each request
	form   *MultipartStream
	stored []*storedFile
}

type storedFile struct {
	*os.File
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
	part *Part
	size int64
}

func (f *storedFile) Write(p []byte) (int, error) {
	f.size += int64(len(p))
	f.hash.Write(p)
	return f.File.Write(p)
}

func (h *receiver) Prepare() (err error) {
	h.SetMaxBodySize(1 << 30)
	h.form, err = NewMultipartStream(h.Request, h.open, MultipartLimits{})
	return err
}

func (h *receiver) open(p *Part) (io.WriteCloser, error) {
	file, err := os.CreateTemp(h.folder, "upload")
	if err != nil {
		return nil, err
	}
	h.stored = append(h.stored, &storedFile{File: file, hash: sha256.New(), part: p})
	return h.stored[len(h.stored)-1], nil
}

func (h *receiver) DataReceived(ctx context.Context, chunk []byte) error {
	_, err := h.form.Write(chunk)
	return err
}

func (h *receiver) Post(ctx context.Context) error {
	if err := h.form.Close(); err != nil {
		return err
	}
	for _, file := range h.stored {
		h.Write(fmt.Sprintf("%s %s %d %x\n", file.part.Name, file.part.Filename, file.size, file.hash.Sum(nil)))
	}
	h.Write("title " + strings.Join(h.form.Arguments["title"], " "))
	return nil
}

func (h *receiver) OnFinish() {
	h.form.Abort()
	for _, file := range h.stored {
		os.Remove(file.Name())
	}
	h.ended <- struct{}{}
}

func TestFileUpload(t *testing.T) {
	captureLog(t)
	folder, ended := t.TempDir(), make(chan struct{}, 3)
	app := NewApplication(Settings{Loops: 1}, URL[receiver](`/`, StreamRequestBody(), Init(func(h *receiver) { h.folder, h.ended = folder, ended })))
	address := listen(t, app)
	content := bytes.Repeat([]byte("\r\n--all kinds of things"), 1<<18) // 6 MB
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	want := ""
	for _, name := range []string{"one.bin", "two.bin"} {
		file, err := form.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		file.Write(content)
		want += fmt.Sprintf("files %s %d %x\n", name, len(content), sha256.Sum256(content))
	}
	if err := errors.Join(form.WriteField("title", "holidays"), form.Close()); err != nil {
		t.Fatal(err)
	}
	u := &uploadCase{t: t, address: address}
	u.send(uploadHead + "Content-Type: " + form.FormDataContentType() + "\r\nContent-Length: " + itoa(body.Len()) + "\r\n\r\n")
	u.conn.SetDeadline(time.Now().Add(time.Minute))
	u.send(body.String())
	if status, got := u.answer(); status != 200 || got != want+"title holidays" {
		t.Errorf("got %d %q; want 200 %q", status, got, want)
	}
	u.send(uploadHead + "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\n")
	if status, _ := u.answer(); status != 415 {
		t.Errorf("got %d for a body that is no form; want 415", status)
	}
	broken := &uploadCase{t: t, address: address}
	broken.send(uploadHead + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9\r\n\r\n--b\r\nno")
	broken.send("go\r\n")
	if status, _ := broken.answer(); status != 400 {
		t.Errorf("got %d for a form that ends too early; want 400", status)
	}
	for range 3 {
		<-ended
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}
