package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OAuth2Request asks the service something in the name of a user, and reads its
// answer, which must be JSON and shorter than 1 MiB, into what a pointer leads to; nil
// passes it over. address is of https and may have a query. With a form it is a POST.
//
// The token is in the header Authorization, where neither logs nor histories show
// it; nil sends none. A token that is too old is not renewed, see Refresh. Redirects
// are not followed. It fails with an *AuthError, whose ServiceStatus says what a
// service that refuses has answered.
func (p *Provider) OAuth2Request(ctx context.Context, token *oauth2.Token, address string, into any, form ...url.Values) error {
	doing := "asking " + withoutQuery(address)
	status, body, err := p.request(ctx, token, address, form)
	if err != nil {
		return p.failed(doing, err)
	}
	if status < 200 || status > 299 {
		return &AuthError{
			Provider: p.service.Name, StatusCode: 502, ServiceStatus: status,
			Description: clean(string(body), maxDescription), doing: doing,
		}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return p.failed(doing, fmt.Errorf("the answer is not the JSON it should be: %w", err))
	}
	return nil
}

// request sends what OAuth2Request sends, and reads the answer.
func (p *Provider) request(ctx context.Context, token *oauth2.Token, address string, form []url.Values) (status int, body []byte, err error) {
	if err := checkURL(address); err != nil {
		return 0, nil, err
	}
	request, err := newRequest(ctx, address, form)
	if err != nil {
		return 0, nil, err
	}
	if token != nil {
		token.SetAuthHeader(request)
		if p.service.AppSecretProof {
			addQuery(request.URL, "appsecret_proof", appSecretProof(p.options.ClientSecret, token.AccessToken))
		}
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, nil, withoutAddress(err)
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

func newRequest(ctx context.Context, address string, form []url.Values) (*http.Request, error) {
	method, body := "GET", ""
	if len(form) > 0 {
		method, body = "POST", form[0].Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(form) > 0 {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("Accept", "application/json")
	return request, nil
}

// appSecretProof shows that who has the token also knows the client's secret.
func appSecretProof(secret, token string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token))
	return hex.EncodeToString(mac.Sum(nil))
}

func addQuery(u *url.URL, name, value string) {
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += url.Values{name: {value}}.Encode()
}

// withoutQuery is an address as errors show it: what is secret stands behind it.
func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// withoutAddress is the error of a client without the address, which has a query.
func withoutAddress(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// Refresh gets a new token for a refresh token, which some services give when they
// are asked for it: by the scope "offline_access", or at Google the parameter
// "access_type" with the value "offline". The new token has a refresh token too: keep
// it in place of the old one, since many services take each of them only once.
//
// Nobody has logged in by it. It fails with an *AuthError; one with the Code
// "invalid_grant" means that the user has to log in again.
func (p *Provider) Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.config(e, "").TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err != nil {
		return nil, p.failed("refreshing a token", err)
	}
	return token, nil
}
