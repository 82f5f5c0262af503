package httputil

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// deviations are the cases of the original's vectors with another outcome here,
// each with the reason.
var deviations = map[string]string{
	"httputil/headers_parse/2":             bareLF,
	"httputil/headers_parse/13":            folding,
	"httputil/headers_parse/14":            folding,
	"httputil/headers_parse/15":            folding,
	"httputil/headers_parse/16":            folding,
	"httputil/headers_parse/18":            folding,
	"httputil/headers_parse/20":            folding,
	"httputil/headers_parse/39":            bareLF,
	"httputil/headers_parse/43":            folding,
	"httputil/headers_ops/4":               "Set refuses a name that is no token",
	"httputil/headers_ops/5":               "Set refuses a control character in a value",
	"httputil/headers_ops/6":               folding,
	"httputil/headers_ops/8":               folding,
	"httputil/headers_ops/9":               folding,
	"httputil/headers_ops/3":               "Del of a missing name is no error in Go",
	"httputil/headers_ops/11":              "a folded line fails as malformed input, not as a missing key",
	"httputil/multipart/23":                "dispositions have no case (RFC 6266 section 4.2)",
	"httputil/multipart/30":                folding,
	"httputil/multipart_config/3":          "one part is one part: the original counts the empty text before the first boundary",
	"httputil/multipart_config/5":          "five parts are five parts, as above",
	"httputil/multipart_config/6":          "a limit of zero means the default; RefuseMultipart forbids",
	"httputil/parse_body_arguments/6":      "application/x-www-form-urlencodedxyz is another media type",
	"httputil/parse_body_arguments/15":     "names of parameters have no case (RFC 9110 section 5.6.6)",
	"httputil/parse_body_arguments/22":     "a semicolon within quotes does not separate",
	"httputil/parse_header/28":             "angle brackets are no quotes in HTTP",
	"httputil/request_cookies/17":          "a cookie may be called path",
	"httputil/request_cookies/26":          "a cookie may be called Domain",
	"httputil/parse_request_range/8":       "last before first is malformed, so the field is ignored (RFC 9110 section 14.1.1)",
	"httputil/parse_request_range/10":      strictDigits,
	"httputil/parse_request_range/11":      strictDigits,
	"httputil/parse_request_range/14":      strictDigits,
	"httputil/parse_request_range/16":      "saturates: no resource is larger than an int64 counts",
	"httputil/parse_request_range/17":      strictDigits,
	"httputil/parse_request_range/18":      strictDigits,
	"httputil/get_content_range/3":         "zero is an end like others; an empty range is written for a 416",
	"httputil/get_content_range/4":         "an empty range is written for a 416",
	"httputil/get_content_range/6":         "an empty range is written for a 416",
	"httputil/parse_int/8":                 "overflow is an error: no message is that long",
	"httputil/parse_request_start_line/21": "a fragment is never part of a target (RFC 9112 section 3.2)",
	"httputil/split_host_and_port/10":      strictDigits,
	"httputil/split_host_and_port/11":      strictDigits,
	"httputil/split_host_and_port/15":      strictDigits,
	"httputil/url_concat/7":                noArguments,
	"httputil/url_concat/11":               noArguments,
	"httputil/url_concat/12":               noArguments,
	"httputil/url_concat/16":               noArguments,
	"httputil/url_concat/45":               noArguments,
	"httputil/url_concat/46":               noArguments,
	"httputil/url_concat/47":               "what stands before the query is left as it is",
	"httputil/server_request/17":           hostGrammar,
	"httputil/server_request/18":           hostGrammar,
	"httputil/server_request/27":           hostGrammar,
	"httputil/server_request/28":           hostGrammar,
}

const (
	folding      = "folded lines are refused (RFC 9112 section 5.2)"
	bareLF       = "a line ends in CRLF; LF alone is refused"
	strictDigits = "a number is ASCII digits and nothing else"
	noArguments  = "without arguments the URL is returned as it is; nil and empty are the same"
	hostGrammar  = "Host keeps to the grammar of RFC 3986: digits after the colon, brackets around an address"
)

// leftOut are the functions that have no meaning here, and why.
var leftOut = map[string]string{
	"encode_username_password": "Unicode normalisation is not in the standard library; httpclient joins the two",
	"is_valid_ip":              "netutil has it",
}

// Types that only Python can pass.
var noGoMeaning = map[string]string{
	"httputil/url_concat/49":               "arguments of another type do not compile",
	"httputil/headers_parse/40":            "a string of Go consists of octets",
	"httputil/headers_parse/37":            "a string of Go consists of octets",
	"httputil/parse_request_start_line/17": "a string of Go consists of octets",
}

type vector struct {
	ID     string
	Fn     string
	Args   map[string]any
	Result any
	Error  *struct{ Type, Message string }
}

func loadVectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/httputil.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []json.RawMessage }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	vectors := make([]vector, len(file.Cases))
	for i, raw := range file.Cases {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var whole map[string]any
		if err := d.Decode(&whole); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &vectors[i]); err != nil {
			t.Fatal(err)
		}
		vectors[i].Args, _ = decodeBase64(whole["args"]).(map[string]any)
		vectors[i].Result = decodeBase64(whole["result"])
		if text, ok := whole["result_b64"]; ok {
			vectors[i].Result = decodeBase64(map[string]any{"r_b64": text}).(map[string]any)["r"]
		}
	}
	return vectors
}

// decodeBase64 turns keys with _b64 at the end into keys without.
func decodeBase64(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			if name, ok := strings.CutSuffix(key, "_b64"); ok {
				m[name] = decodeLeaves(value)
			} else {
				m[key] = decodeBase64(value)
			}
		}
		return m
	case []any:
		for i := range v {
			v[i] = decodeBase64(v[i])
		}
	}
	return v
}

func decodeLeaves(v any) any {
	switch v := v.(type) {
	case string:
		b, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			panic(err)
		}
		return string(b)
	case []any:
		for i := range v {
			v[i] = decodeLeaves(v[i])
		}
		return v
	case map[string]any:
		for key := range v {
			v[key] = decodeLeaves(v[key])
		}
		return v
	}
	return v
}

// octets makes octets of a string whose code points stand for octets.
func octets(s string) string {
	var b []byte
	for _, r := range s {
		if r > 0xff {
			return s
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// octetsAll does so for all strings in v.
func octetsAll(v any) any {
	switch v := v.(type) {
	case string:
		return octets(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = octetsAll(v[i])
		}
		return list
	case map[string]any:
		m := map[string]any{}
		for key := range v {
			m[octets(key)] = octetsAll(v[key])
		}
		return m
	}
	return v
}

func TestVectors(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range loadVectors(t) {
		seen[v.ID] = true
		if leftOut[v.Fn] != "" || noGoMeaning[v.ID] != "" {
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			run := vectorFunctions[v.Fn]
			if run == nil {
				t.Fatalf("no function %s here; name it in leftOut with a reason", v.Fn)
			}
			got, want, err := run(v.Args, v.Result)
			problem := ""
			switch {
			case v.Error != nil && err == nil:
				problem = fmt.Sprintf("got %#v; want an error: %s", got, v.Error.Message)
			case v.Error == nil && err != nil:
				problem = fmt.Sprintf("got the error %v; want %#v", err, want)
			case v.Error == nil && !reflect.DeepEqual(normal(got), normal(want)):
				problem = fmt.Sprintf("got %#v; want %#v", normal(got), normal(want))
			case v.Error != nil && v.Error.Type == "HTTPInputError":
				if input := (*HTTPInputError)(nil); !errors.As(err, &input) {
					problem = fmt.Sprintf("got an error of type %T; want an HTTPInputError", err)
				}
			}
			switch reason := deviations[v.ID]; {
			case problem != "" && reason == "":
				t.Error(problem)
			case problem == "" && reason != "":
				t.Errorf("agrees with the original, although the deviations say: %s", reason)
			}
		})
	}
	for id := range deviations {
		if !seen[id] {
			t.Errorf("deviation %s: there is no such case", id)
		}
	}
}

// normal makes values comparable: through JSON, with octets kept apart, and an
// empty list or map like none.
func normal(v any) any {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case int:
		return fmt.Sprint(v)
	case int64:
		return fmt.Sprint(v)
	case json.Number:
		return v.String()
	case nil, bool:
		return v
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Array:
		list := []any{}
		for i := range r.Len() {
			list = append(list, normal(r.Index(i).Interface()))
		}
		return list
	case reflect.Map:
		m := map[string]any{}
		for _, key := range r.MapKeys() {
			m[key.String()] = normal(r.MapIndex(key).Interface())
		}
		return m
	}
	panic(fmt.Sprintf("normal: %T", v))
}

type vectorFunction func(args map[string]any, result any) (got, want any, err error)

var vectorFunctions = map[string]vectorFunction{
	"headers_parse":             headersParse,
	"headers_ops":               headersOps,
	"url_concat":                urlConcat,
	"parse_body_arguments":      parseBodyArguments,
	"parse_multipart_form_data": parseMultipart,
	"parse_header": func(args map[string]any, result any) (any, any, error) {
		value, params := ParseHeader(args["line"].(string))
		return map[string]any{"value": value, "params": params}, result, nil
	},
	"encode_header": func(args map[string]any, result any) (any, any, error) {
		params := map[string]string{}
		for name, value := range args["params"].(map[string]any) {
			params[name] = ""
			if value != nil {
				params[name] = fmt.Sprint(value)
			}
		}
		return EncodeHeader(args["value"].(string), params), result, nil
	},
	"parse_cookie": func(args map[string]any, result any) (any, any, error) {
		cookie := args["cookie"].(string)
		if strings.ContainsFunc(cookie, func(r rune) bool { return r > 0xff }) {
			return ParseCookie(cookie), result, nil
		}
		return ParseCookie(octets(cookie)), octetsAll(result), nil
	},
	"request_cookies": func(args map[string]any, result any) (any, any, error) {
		var r HTTPServerRequest
		err := r.Headers.Set("Cookie", octets(args["cookie"].(string)))
		return r.Cookies(), octetsAll(result), err
	},
	"parse_request_start_line": func(args map[string]any, result any) (any, any, error) {
		line, err := ParseRequestStartLine(octets(args["line"].(string)))
		return []string{line.Method, line.Path, line.Version}, octetsAll(result), err
	},
	"parse_response_start_line": func(args map[string]any, result any) (any, any, error) {
		line, err := ParseResponseStartLine(octets(args["line"].(string)))
		if list, ok := result.([]any); ok && list[2] == nil {
			list[2] = ""
		}
		return []any{line.Version, line.Code, line.Reason}, octetsAll(result), err
	},
	"parse_request_range": parseRange,
	"get_content_range": func(args map[string]any, result any) (any, any, error) {
		total := number(args["total"], 0)
		return ContentRange(number(args["start"], 0), number(args["end"], total), total), result, nil
	},
	"format_timestamp": formatTimestamp,
	"server_request":   serverRequest,
	"parse_int": func(args map[string]any, result any) (any, any, error) {
		n, err := ParseInt(args["value"].(string))
		return n, result, err
	},
	"parse_hex_int": func(args map[string]any, result any) (any, any, error) {
		n, err := ParseHexInt(args["value"].(string))
		return n, result, err
	},
	"is_chunked": func(args map[string]any, result any) (any, any, error) {
		headers, err := headersOf(args["headers"])
		if err != nil {
			return nil, nil, err
		}
		chunked, err := IsTransferEncodingChunked(&headers)
		return chunked, result, err
	},
	"qs_to_qsl": func(args map[string]any, result any) (any, any, error) {
		qs := map[string][]string{}
		for name, values := range args["qs"].(map[string]any) {
			for _, value := range values.([]any) {
				qs[name] = append(qs[name], value.(string))
			}
		}
		// A map of Go has no order; ours is that of the names.
		want := slices.Clone(result.([]any))
		slices.SortStableFunc(want, func(a, b any) int {
			return strings.Compare(a.([]any)[0].(string), b.([]any)[0].(string))
		})
		return QSToQSL(qs), want, nil
	},
	"split_host_and_port": func(args map[string]any, result any) (any, any, error) {
		host, port := SplitHostAndPort(args["netloc"].(string))
		if port < 0 {
			return []any{host, nil}, result, nil
		}
		return []any{host, port}, result, nil
	},
}

func number(v any, missing int64) int64 {
	if v == nil {
		return missing
	}
	n, err := v.(json.Number).Int64()
	if err != nil {
		return math.MinInt64
	}
	return n
}

func pairs(h *HTTPHeaders) [][2]string {
	var list [][2]string
	for name, value := range h.All() {
		list = append(list, [2]string{name, value})
	}
	return list
}

func headersOf(list any) (HTTPHeaders, error) {
	var h HTTPHeaders
	if list == nil {
		return h, nil
	}
	for _, pair := range list.([]any) {
		if err := h.Add(octets(pair.([]any)[0].(string)), octets(pair.([]any)[1].(string))); err != nil {
			return h, err
		}
	}
	return h, nil
}

func headersParse(args map[string]any, result any) (any, any, error) {
	text := args["text"].(string)
	if args["chars_are_bytes"] != false {
		text, result = octets(text), octetsAll(result)
	}
	var h HTTPHeaders
	if err := h.Parse(text); err != nil {
		return nil, result, err
	}
	combined := map[string]string{}
	for name := range h.All() {
		combined[name] = h.Get(name)
	}
	// What goes over the wire ends its lines in CRLF; the original's str() does not.
	wire := strings.ReplaceAll(h.String(), "\r\n", "\n")
	return map[string]any{"all": pairs(&h), "combined": combined, "text": wire}, result, nil
}

func headersOps(args map[string]any, result any) (any, any, error) {
	var h HTTPHeaders
	var results []any
	for _, op := range args["ops"].([]any) {
		op := op.([]any)
		arg := func(i int) string { return octets(op[i].(string)) }
		var value any
		var err error
		switch op[0] {
		case "add":
			err = h.Add(arg(1), arg(2))
		case "set":
			err = h.Set(arg(1), arg(2))
		case "parse_line":
			err = h.ParseLine(arg(1))
		case "del":
			h.Del(arg(1))
		case "get":
			if h.Has(arg(1)) {
				value = h.Get(arg(1))
			}
		case "get_list":
			value = h.GetList(arg(1))
		case "contains":
			value = h.Has(arg(1))
		case "len":
			value = h.Len()
		case "all":
			value = pairs(&h)
		}
		if err != nil {
			value = map[string]any{"error": "HTTPInputError"}
		}
		results = append(results, value)
	}
	wire := strings.ReplaceAll(h.String(), "\r\n", "\n")
	return map[string]any{"results": results, "final": pairs(&h), "text": wire}, octetsAll(result), nil
}

func urlConcat(args map[string]any, result any) (any, any, error) {
	var list [][2]string
	switch given := args["args"].(type) {
	case []any:
		for _, pair := range given {
			list = append(list, [2]string{pair.([]any)[0].(string), pair.([]any)[1].(string)})
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(given)) {
			list = append(list, [2]string{name, given[name].(string)})
		}
	}
	return URLConcat(args["url"].(string), list), result, nil
}

func formOf(form Form) any {
	files := map[string][]map[string]string{}
	for name, list := range form.Files {
		for _, f := range list {
			files[name] = append(files[name],
				map[string]string{"filename": f.Filename, "content_type": f.ContentType, "body": string(f.Body)})
		}
	}
	return map[string]any{"arguments": form.Arguments, "files": files}
}

func parseBodyArguments(args map[string]any, result any) (any, any, error) {
	headers, err := headersOf(args["headers"])
	if err != nil {
		return nil, nil, err
	}
	form, err := ParseBodyArguments(args["content_type"].(string), []byte(args["body"].(string)), &headers, ParseBodyConfig{})
	return formOf(form), result, err
}

func parseMultipart(args map[string]any, result any) (any, any, error) {
	var config ParseBodyConfig
	if given, ok := args["config"].(map[string]any); ok {
		config.RefuseMultipart = given["enabled"] == false
		config.MaxParts = int(number(given["max_parts"], 0))
		config.MaxPartHeaderSize = int(number(given["max_part_header_size"], 0))
	}
	form, err := ParseMultipartFormData(args["boundary"].(string), []byte(args["data"].(string)), config)
	return formOf(form), result, err
}

func parseRange(args map[string]any, result any) (any, any, error) {
	r, ok := ParseRequestRange(args["range"].(string))
	if !ok {
		return nil, result, nil
	}
	// The original writes "none of the last octets" as [null, 0].
	if r == (ByteRange{0, 0}) {
		return []any{nil, 0}, result, nil
	}
	got := []any{r.Start, nil}
	if r.End >= 0 {
		got[1] = r.End
	}
	return got, result, nil
}

func formatTimestamp(args map[string]any, result any) (any, any, error) {
	if args["kind"] == "int" || args["kind"] == "float" {
		f, err := args["value"].(json.Number).Float64()
		return FormatTimestamp(time.UnixMilli(int64(f * 1000))), result, err
	}
	n := [6]int{}
	for i := range n {
		n[i] = int(number(args["value"].([]any)[i], 0))
	}
	offset := int(number(args["utc_offset_minutes"], 0))
	zone := time.FixedZone("", offset*60)
	return FormatTimestamp(time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, zone)), result, nil
}

func serverRequest(args map[string]any, result any) (any, any, error) {
	headers, err := headersOf(args["headers"])
	if err != nil {
		return nil, nil, err
	}
	var r HTTPServerRequest
	line := RequestStartLine{args["method"].(string), args["uri"].(string), args["version"].(string)}
	if err := r.Init(line, headers); err != nil {
		return nil, result, err
	}
	r.Protocol = args["protocol"].(string)
	return map[string]any{"method": r.Method, "uri": r.URI, "path": r.Path, "query": r.Query, "version": r.Version,
		"host": r.Host, "host_name": r.HostName(), "protocol": r.Protocol, "full_url": r.FullURL(),
		"arguments": r.Arguments()}, result, nil
}
