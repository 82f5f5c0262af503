// Package tornado carries the source of the framework, for the programs that
// give a copy of it away.
//
// It is no part of the framework: an application imports the packages under
// core. Only package projects imports this one.
package tornado

import "embed"

// Source holds go.mod, go.sum and LICENSE of this module, and the packages that
// an application, or the part of the workbench inside it, can import. There are
// tests among them; who copies from it leaves those out. The patterns name Go
// files rather than folders, since testdata would make the program bigger than
// the source is; a package with other files needs a pattern for them, and the
// tests of package projects tell if one is missing.
//
//go:embed go.mod go.sum LICENSE
//go:embed core/*/*.go core/ioloop/internal/poller/*.go core/web/compress/*.go core/web/validate/*.go
//go:embed core/websocket/frame/*.go core/websocket/natsbroker/*.go core/auth/authtest/*.go
//go:embed inspector/probe/*.go inspector/probe/*.js inspector/wire/*.go
var Source embed.FS
