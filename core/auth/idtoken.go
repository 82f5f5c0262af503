package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// identifyByToken verifies the ID token that came with the access token (OpenID
// Connect Core section 3.1.3.7), and takes from it who it is.
func (p *Provider) identifyByToken(ctx context.Context, e endpoints, login *Login, nonce string, now time.Time) error {
	login.IDToken, _ = login.Token.Extra("id_token").(string)
	if login.IDToken == "" {
		return errors.New("there is no ID token beside the access token")
	}
	// Package oidc knows issuers that have one name; see checkIssuer.
	verifier := e.oidc.Verifier(&oidc.Config{ClientID: p.options.ClientID, SkipIssuerCheck: p.service.tenants, Now: func() time.Time { return now }})
	token, err := verifier.Verify(ctx, login.IDToken)
	if err != nil {
		return err
	}
	if err := token.Claims(&login.claims); err != nil {
		return fmt.Errorf("the claims of the ID token: %w", err)
	}
	if p.service.tenants {
		if err := e.checkIssuer(token.Issuer, login.claims.text("tid")); err != nil {
			return err
		}
	}
	if err := p.checkIDToken(token, login, nonce); err != nil {
		return err
	}
	if p.service.UserInfo && e.userURL != "" {
		if err := askUserInfo(ctx, e, token.Subject, login); err != nil {
			return err
		}
	}
	login.User = userOf(p.service.Name, login.claims)
	login.User.Subject = token.Subject
	return nil
}

// checkIDToken checks what package oidc leaves to its callers.
func (p *Provider) checkIDToken(token *oidc.IDToken, login *Login, nonce string) error {
	if token.Subject == "" {
		return errors.New("the ID token does not say whom it is about")
	}
	if token.Nonce != nonce {
		return errors.New("the nonce of the ID token is not the one of this login: it was made for another")
	}
	// Section 3.1.3.7 numbers 4 and 5: a token for several programs names the one that
	// had asked for it.
	azp := login.claims.text("azp")
	if azp == "" && len(token.Audience) > 1 || azp != "" && azp != p.options.ClientID {
		return fmt.Errorf("the ID token is for %q, by the wish of %q, and not for us", token.Audience, azp)
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(login.Token.AccessToken); err != nil {
			return fmt.Errorf("the access token is not the one the ID token came with: %w", err)
		}
	}
	return nil
}

// askUserInfo adds what the userinfo endpoint says, if it speaks of the same account
// (section 5.3.2).
func askUserInfo(ctx context.Context, e endpoints, subject string, login *Login) error {
	info, err := e.oidc.UserInfo(ctx, oauth2.StaticTokenSource(login.Token))
	if err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	if info.Subject != subject {
		return errors.New("userinfo: it is about another account than the ID token")
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	if email := login.claims.text("email"); email != "" && email != more.text("email") {
		delete(more, "email_verified") // it is about another address
	}
	login.claims = login.claims.with(more)
	return nil
}

// placeholder stands in an issuer of Microsoft's in the place of the tenant.
const placeholder = "{tenantid}"

// checkIssuer checks what an ID token says who issued it, where that is one of many.
func (e *endpoints) checkIssuer(issuer, tenant string) error {
	want := e.issuer
	if strings.Contains(want, placeholder) {
		if !isTenant(tenant) {
			return fmt.Errorf("the ID token is from the tenant %q, which is no number of one", tenant)
		}
		want = strings.ReplaceAll(want, placeholder, tenant)
	}
	if issuer != want {
		return fmt.Errorf("the ID token was issued by %q; want %q", issuer, want)
	}
	return nil
}

// checkResponseIssuer checks who says that an answer is his (RFC 9207 section 2.4).
// A service that an attacker has a hand in could otherwise send codes of another one
// here, to be given away to it.
func (e *endpoints) checkResponseIssuer(issuer string) error {
	switch {
	case issuer == "" && e.alwaysSaysIssuer:
		return errors.New("the answer does not say whose it is, as it does at this service")
	case issuer == "" || e.issuer == "":
		return nil
	}
	before, after, several := strings.Cut(e.issuer, placeholder)
	if issuer == e.issuer || several && len(issuer) > len(before)+len(after) &&
		strings.HasPrefix(issuer, before) && strings.HasSuffix(issuer, after) && isTenant(issuer[len(before):len(issuer)-len(after)]) {
		return nil
	}
	return fmt.Errorf("the answer is of %q; want one of %q", issuer, e.issuer)
}

// isTenant reports whether text is a number as Microsoft gives tenants: a UUID.
func isTenant(text string) bool {
	return len(text) == 36 && strings.Trim(text, "0123456789abcdefABCDEF-") == ""
}
