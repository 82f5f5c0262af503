// Package httpclient fetches over HTTP/1.1.
//
//   - Connect: a stream to a host, by a proxy and encrypted if that is wanted
//   - Proxy: HTTP proxies, plain and encrypted, and SOCKS 5
package httpclient
