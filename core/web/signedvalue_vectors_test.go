package web

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// notAccepted are vectors in which the original takes what nobody who signs makes:
// lenient numbers and base64. They are correctly signed, so that refusing them
// takes nothing from anybody.
var notAccepted = map[string]string{
	"signed_cookie/forged_v1/5":    "a timestamp with underscores",
	"signed_cookie/forged_v1/7":    "base64 with other characters in it",
	"signed_cookie/forged_v1/9":    "base64 of nothing but other characters",
	"signed_cookie/forged_v1/10":   "a timestamp with a sign",
	"signed_cookie/forged_v2/8":    "base64 with other characters in it",
	"signed_cookie/forged_v2/10":   "a negative key version",
	"signed_cookie/forged_v2/12":   "a length with space before it",
	"signed_cookie/key_version/15": "a length with a sign",
	"signed_cookie/xsrf_decode/13": "a timestamp with space round it",
	"signed_cookie/xsrf_decode/20": "a timestamp with an underscore",
}

type signingCase struct {
	ID   string
	Fn   string
	Args struct {
		Secret     string
		SecretB64  []byte            `json:"secret_b64"`
		SecretKeys map[string]string `json:"secret_keys"`
		KeyVersion *int              `json:"key_version"`
		Name       string
		Value      string
		ValueB64   []byte `json:"value_b64"`
		Clock      float64
		Version    *int
		MaxAgeDays *float64 `json:"max_age_days"`
		MinVersion int      `json:"min_version"`

		RawHex        string `json:"raw_hex"`
		MaskHex       string `json:"mask_hex"`
		CookieVersion int    `json:"cookie_version"`
		Token         string
		Cookie        *string
		Supplied      *string
		Where         string
		Settings      struct {
			CookieSecret     string            `json:"cookie_secret"`
			CookieSecretKeys map[string]string `json:"cookie_secret_keys"`
			KeyVersion       int               `json:"key_version"`
			XSRFCookieName   string            `json:"xsrf_cookie_name"`
		}
		Calls []struct {
			Call   string
			Args   []string
			Kwargs struct {
				MinVersion int `json:"min_version"`
			}
		}
	}
	Result    json.RawMessage
	ResultB64 *string `json:"result_b64"`
	Error     *struct{ Type string }
}

func signingVectors(t *testing.T, fn string, test func(t *testing.T, c signingCase)) {
	data, err := os.ReadFile("testdata/signed_cookie.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []signingCase }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range file.Cases {
		if c.Fn != fn {
			continue
		}
		ran++
		t.Run(c.ID, func(t *testing.T) { test(t, c) })
	}
	if ran == 0 {
		t.Errorf("no vector is about %s", fn)
	}
}

func (c *signingCase) signing() Signing {
	s := Signing{Secret: c.Args.Secret + string(c.Args.SecretB64), Now: func() time.Time { return time.UnixMicro(int64(c.Args.Clock * 1e6)) }}
	s.Secrets = numbered(c.Args.SecretKeys)
	if s.Secrets != nil {
		s.KeyVersion = -1 // none
	}
	if c.Args.KeyVersion != nil && s.Secrets != nil {
		s.KeyVersion = *c.Args.KeyVersion
	}
	return s
}

func numbered(keys map[string]string) map[int]string {
	if keys == nil {
		return nil
	}
	secrets := map[int]string{}
	for version, key := range keys {
		n, _ := strconv.Atoi(version)
		secrets[n] = key
	}
	return secrets
}

func TestCreateSignedValueVectors(t *testing.T) {
	signingVectors(t, "create_signed_value", func(t *testing.T, c signingCase) {
		version := DefaultSignedValueVersion
		if c.Args.Version != nil {
			if version = *c.Args.Version; version == 0 {
				version = -1 // zero means the default here
			}
		}
		got, err := c.signing().CreateSignedValue(c.Args.Name, c.Args.Value+string(c.Args.ValueB64), version)
		if c.Args.Secret == "" && c.Args.SecretKeys == nil && c.Args.SecretB64 == nil {
			// The original signs with an empty key, as everybody could.
			if err == nil {
				t.Error("an empty key was accepted")
			}
			return
		}
		if (err != nil) != (c.Error != nil) {
			t.Fatalf("got the error %v; want one: %v", err, c.Error != nil)
		}
		var want string
		if json.Unmarshal(c.Result, &want); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	})
}

func TestDecodeSignedValueVectors(t *testing.T) {
	signingVectors(t, "decode_signed_value", func(t *testing.T, c signingCase) {
		var want *string
		json.Unmarshal(c.Result, &want)
		if c.ResultB64 != nil {
			decoded, _ := base64.StdEncoding.DecodeString(*c.ResultB64)
			text := string(decoded)
			want = &text
		}
		// What the original fails at with an error is the client's, and refused here.
		if notAccepted[c.ID] != "" {
			want = nil
		}
		maxAge := time.Duration(0)
		if c.Args.MaxAgeDays != nil {
			maxAge = time.Duration(*c.Args.MaxAgeDays * float64(24*time.Hour))
			if maxAge == 0 {
				maxAge = 1 // zero means the default here
			}
		}
		signing := c.signing()
		if signing.Secrets != nil {
			for version := range signing.Secrets {
				signing.KeyVersion = version // any: it only signs
			}
		}
		got, ok := signing.DecodeSignedValue(c.Args.Name, c.Args.Value+string(c.Args.ValueB64), maxAge, c.Args.MinVersion)
		switch {
		case ok != (want != nil):
			t.Errorf("got %q, %v; want %v", got, ok, want)
		case ok && got != *want:
			t.Errorf("got %q; want %q", got, *want)
		}
	})
}

func TestSignatureKeyVersionVectors(t *testing.T) {
	signingVectors(t, "get_signature_key_version", func(t *testing.T, c signingCase) {
		var want *int
		if json.Unmarshal(c.Result, &want); notAccepted[c.ID] != "" {
			want = nil
		}
		got, ok := GetSignatureKeyVersion(c.Args.Value)
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("got %d, %v; want %v", got, ok, string(c.Result))
		}
	})
}

func TestXSRFMaskVectors(t *testing.T) {
	signingVectors(t, "xsrf_mask", func(t *testing.T, c signingCase) {
		raw, _ := hex.DecodeString(c.Args.RawHex)
		mask, _ := hex.DecodeString(c.Args.MaskHex)
		got := xsrfToken{value: raw, timestamp: int64(c.Args.Clock)}.encode(c.Args.CookieVersion, mask)
		var want string
		if json.Unmarshal(c.Result, &want); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	})
}

func TestXSRFDecodeVectors(t *testing.T) {
	signingVectors(t, "xsrf_decode", func(t *testing.T, c signingCase) {
		var want struct {
			Version   *int
			TokenHex  *string `json:"token_hex"`
			Timestamp *int64
		}
		json.Unmarshal(c.Result, &want)
		got := decodeXSRFToken(c.Args.Token, time.Unix(1, 0))
		if want.Version == nil || notAccepted[c.ID] != "" {
			if got.version != 0 {
				t.Errorf("got %+v; want none", got)
			}
			return
		}
		if got.version != *want.Version || hex.EncodeToString(got.value) != *want.TokenHex || want.Timestamp != nil && got.timestamp != *want.Timestamp {
			t.Errorf("got %+v; want %s", got, c.Result)
		}
	})
}

type formHandler struct{ RequestHandler }

func (h *formHandler) Post() { h.Write("accepted") }

func TestXSRFCheckVectors(t *testing.T) {
	signingVectors(t, "xsrf_check", func(t *testing.T, c signingCase) {
		logged := captureLog(t)
		app := NewApplication(Settings{XSRFCookies: true, XSRFCookieName: c.Args.Settings.XSRFCookieName}, URL[formHandler](`/`))
		name := app.settings.XSRFCookieName
		target, header, body := "/", "", ""
		if c.Args.Cookie != nil {
			header += "Cookie: " + name + "=" + *c.Args.Cookie + "\r\n"
		}
		if c.Args.Supplied != nil {
			switch c.Args.Where {
			case "argument":
				body = "_xsrf=" + strings.ReplaceAll(*c.Args.Supplied, "|", "%7C")
				header += "Content-Type: application/x-www-form-urlencoded\r\n"
			case "query":
				target += "?_xsrf=" + strings.ReplaceAll(*c.Args.Supplied, "|", "%7C")
			default:
				header += c.Args.Where + ": " + *c.Args.Supplied + "\r\n"
			}
		}
		var want struct {
			Accepted   bool
			LogMessage string `json:"log_message"`
		}
		json.Unmarshal(c.Result, &want)
		got := exchangeWithFake(t, app, "POST "+target+" HTTP/1.1\r\nHost: x\r\n"+header+"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
		if (got.status == 200) != want.Accepted || !want.Accepted && got.status != 403 {
			t.Errorf("got %d; want %s", got.status, c.Result)
		}
		if !strings.Contains(logged.String(), want.LogMessage) {
			t.Errorf("logged %q; want %q in it", logged.String(), want.LogMessage)
		}
	})
}

type signedHandler struct {
	RequestHandler
	c *signingCase
}

// Get makes the calls of a vector; what they return is in the answer, a line each.
func (h *signedHandler) Get() {
	for _, call := range h.c.Args.Calls {
		h.call(call.Call, call.Args, call.Kwargs.MinVersion)
	}
}

func (h *signedHandler) call(name string, args []string, minVersion int) {
	defer func() {
		if recover() != nil {
			h.Write("error\n")
		}
	}()
	var result any
	switch name {
	case "get_signed_cookie":
		if value, ok := h.GetSignedCookie(args[0], GetSignedCookieOptions{MinVersion: minVersion}); ok {
			result = value
		}
	case "get_signed_cookie_key_version":
		if version, ok := h.GetSignedCookieKeyVersion(args[0]); ok {
			result = version
		}
	case "create_signed_value":
		result = h.CreateSignedValue(args[0], args[1])
	}
	text, _ := json.Marshal(result)
	h.Write(string(text) + "\n")
}

func TestSignedCookieHandlerVectors(t *testing.T) {
	signingVectors(t, "signed_cookie_handler", func(t *testing.T, c signingCase) {
		settings := Settings{CookieSecret: c.Args.Settings.CookieSecret,
			CookieSecrets: numbered(c.Args.Settings.CookieSecretKeys), KeyVersion: c.Args.Settings.KeyVersion}
		app, err := BuildApplication(settings, URL[signedHandler](`/`, Init(func(h *signedHandler) { h.c = &c })))
		if settings.CookieSecrets != nil && settings.CookieSecrets[settings.KeyVersion] == "" {
			// The original finds it out when the first cookie is set.
			if err == nil {
				t.Error("a key version without a key was accepted")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		app.signing.Now = func() time.Time { return time.Unix(int64(c.Args.Clock), 0) }
		got := exchangeWithFake(t, app, "GET / HTTP/1.1\r\nHost: x\r\nCookie: "+*c.Args.Cookie+"\r\n\r\n")
		var calls []struct {
			Result json.RawMessage
			Error  json.RawMessage
		}
		json.Unmarshal(c.Result, &calls)
		want := ""
		for _, call := range calls {
			if call.Error != nil {
				want += "error\n"
			} else {
				want += string(call.Result) + "\n"
			}
		}
		if got.body != want {
			t.Errorf("got %q; want %q", got.body, want)
		}
	})
}
