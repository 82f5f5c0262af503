package web

import (
	"context"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/locale"
)

// What a handler may override is a method of one of these interfaces, since
// embedding a RequestHandler is not inheriting from it. An application looks for
// them once, when it is built; a method that has one of the names and another
// signature is a mistake that NewApplication reports.

// An Initializer is called first, before anything of the request is looked at,
// and after the function given to Init. It must not write.
type Initializer interface{ Initialize() }

// A Preparer is called before the verb's method, whatever the verb. If it
// finishes the answer, the verb's method is not called. It runs on the loop and
// must not wait.
type Preparer interface{ Prepare() }

// A PreparerWithError is a Preparer that can fail, as a verb's method can.
type PreparerWithError interface{ Prepare() error }

// A PreparerWithContext is a Preparer that runs in its own goroutine and may wait.
type PreparerWithContext interface {
	Prepare(ctx context.Context) error
}

// A DataReceiver is given the body of a request in pieces, in their order, if its
// route has the option StreamRequestBody. It runs on the loop and must not wait.
// chunk is valid until it returns.
type DataReceiver interface{ DataReceived(chunk []byte) }

// A DataReceiverWithError is a DataReceiver that can fail, as a verb's method can.
type DataReceiverWithError interface {
	DataReceived(chunk []byte) error
}

// A DataReceiverWithFuture is a DataReceiver that goes on elsewhere: no more is read
// from the client until the future is done, and chunk is valid until then. nil means
// at once. If the client leaves, nobody waits for the future any more.
type DataReceiverWithFuture interface {
	DataReceived(chunk []byte) *concurrent.Future[struct{}]
}

// A DataReceiverWithContext is a DataReceiver that runs in its own goroutine and may
// wait, for a disk above all; no more is read from the client until it returns.
type DataReceiverWithContext interface {
	DataReceived(ctx context.Context, chunk []byte) error
}

// An ErrorWriter writes the page of an error in place of the built-in one. The
// status is set and the headers are the default ones; err is nil when SendError
// was called. It runs where the error happened.
type ErrorWriter interface {
	WriteError(status int, err error)
}

// A Finisher is called exactly once, last of all, on the loop: after the answer
// was handed to the connection, or when there is nobody left to answer. It cannot
// write.
type Finisher interface{ OnFinish() }

// A ConnectionCloser is told, on the loop and before OnFinish, that the client
// went away before it had its answer. If a method with a context is running then,
// its context ends first, and OnConnectionClose is called when it has returned: a
// handler has one owner at a time.
type ConnectionCloser interface{ OnConnectionClose() }

// A DefaultHeaderSetter sets fields that every answer of the handler has, error
// pages included.
type DefaultHeaderSetter interface{ SetDefaultHeaders() }

// A CurrentUserGetter says who sends the request: any value but nil, which is
// nobody. It is asked once, by RequestHandler.CurrentUser, and must not wait on the
// loop; a Prepare with a context that calls SetCurrentUser may.
type CurrentUserGetter interface{ GetCurrentUser() any }

// An XSRFChecker decides in place of RequestHandler.CheckXSRF whether a request
// that may change something comes from a page of ours. One that returns nil is for
// interfaces whose clients do not authenticate themselves by cookies.
type XSRFChecker interface{ CheckXSRFCookie() error }

// An EtagComputer gives an answer its ETag, with the quotes, before anything is
// sent, in place of a hash over the body; the empty string for none.
type EtagComputer interface{ ComputeEtag() string }

// An ArgumentDecoder makes text of a percent-decoded argument or value of the path,
// in place of taking it for UTF-8. name is empty for a group without one.
type ArgumentDecoder interface {
	DecodeArgument(value, name string) string
}

// A UserLocaleGetter says in which language the user wants to be answered; nil if
// that is for the browser to say. It is asked once, by RequestHandler.Locale, and
// must not wait on the loop; a Prepare with a context that calls SetLocale may.
type UserLocaleGetter interface{ GetUserLocale() *locale.Locale }

// A TemplateNamespaceGetter gives every template that the handler renders names, in
// front of those of RequestHandler.RenderString and behind those given to Render.
type TemplateNamespaceGetter interface{ GetTemplateNamespace() Args }

// A RequestSummarizer names the request in the log, in place of its verb, address and
// client, wherever the log tells of it: for an address with secrets in its query. It
// runs where the log is written, and may find the handler with its answer finished.
type RequestSummarizer interface{ RequestSummary() string }

// overridden says which of the interfaces a handler type has.
type overridden uint32

const (
	hasInitialize overridden = 1 << iota
	hasPrepare
	hasPrepareWithError
	hasPrepareWithContext
	hasWriteError
	hasOnFinish
	hasOnConnectionClose
	hasSetDefaultHeaders
	hasGetCurrentUser
	hasCheckXSRFCookie
	hasComputeEtag
	hasDecodeArgument
	hasGetUserLocale
	hasGetTemplateNamespace
	hasRequestSummary

	anyPrepare = hasPrepare | hasPrepareWithError | hasPrepareWithContext
)

func overridesOf(h Handler) (found overridden) {
	note := func(has bool, bit overridden) {
		if has {
			found |= bit
		}
	}
	_, has := h.(Initializer)
	note(has, hasInitialize)
	_, has = h.(Preparer)
	note(has, hasPrepare)
	_, has = h.(PreparerWithError)
	note(has, hasPrepareWithError)
	_, has = h.(PreparerWithContext)
	note(has, hasPrepareWithContext)
	_, has = h.(ErrorWriter)
	note(has, hasWriteError)
	_, has = h.(Finisher)
	note(has, hasOnFinish)
	_, has = h.(ConnectionCloser)
	note(has, hasOnConnectionClose)
	_, has = h.(DefaultHeaderSetter)
	note(has, hasSetDefaultHeaders)
	_, has = h.(CurrentUserGetter)
	note(has, hasGetCurrentUser)
	_, has = h.(XSRFChecker)
	note(has, hasCheckXSRFCookie)
	_, has = h.(EtagComputer)
	note(has, hasComputeEtag)
	_, has = h.(ArgumentDecoder)
	note(has, hasDecodeArgument)
	_, has = h.(UserLocaleGetter)
	note(has, hasGetUserLocale)
	_, has = h.(TemplateNamespaceGetter)
	note(has, hasGetTemplateNamespace)
	_, has = h.(RequestSummarizer)
	note(has, hasRequestSummary)
	return found
}
