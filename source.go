// Package tornado carries the source of the framework, for the programs that
// give a copy of it away.
//
// It is no part of the framework: an application imports the packages under
// core. Only package projects imports this one.
package tornado

import "embed"

// Source holds go.mod, go.sum and LICENSE of this module, and the packages that
// an application, or the part of the workbench inside it, can import. There may
// be tests among them, and packages which only the workbench needs; who copies
// from it leaves those out.
//
//go:embed go.mod go.sum LICENSE
//go:embed core
//go:embed inspector
var Source embed.FS
