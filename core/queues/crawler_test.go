package queues_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tornado-dev/tornado/core/queues"
)

// A crawler fetches a page and all that it can reach from there.
type crawler struct {
	fetch func(ctx context.Context, page string) (links []string, err error)
	found *queues.Queue[string] // pages that nobody has fetched yet

	mu     sync.Mutex       // guards what follows
	result map[string]error // of each page; nil as long as there is none
}

func newCrawler(fetch func(ctx context.Context, page string) ([]string, error)) *crawler {
	return &crawler{fetch: fetch, found: queues.NewQueue[string](0), result: map[string]error{}}
}

// crawl returns when every page was fetched, or with the error of ctx.
func (c *crawler) crawl(ctx context.Context, first string, workers int) error {
	ctx, cancel := context.WithCancel(ctx)
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() { c.work(ctx) })
	}
	c.add(first)
	err := c.found.Join(ctx)
	cancel()
	pool.Wait()
	return err
}

// work fetches pages until ctx ends.
func (c *crawler) work(ctx context.Context) {
	for page := range c.found.All(ctx) {
		links, err := c.fetch(ctx, page)
		c.mu.Lock()
		c.result[page] = err
		c.mu.Unlock()
		for _, link := range links {
			c.add(link)
		}
		c.found.TaskDone()
	}
}

// add puts a page into the queue unless it has been there.
func (c *crawler) add(page string) {
	c.mu.Lock()
	_, known := c.result[page]
	if !known {
		c.result[page] = nil
	}
	c.mu.Unlock()
	if !known {
		c.found.PutNowait(page) // which cannot be full: it has no limit
	}
}

var href = regexp.MustCompile(`href="([^"#]*)`)

// linksOf fetches a page over HTTP and returns where its links on the same host
// lead to.
func linksOf(ctx context.Context, client *http.Client, page string) (links []string, err error) {
	request, err := http.NewRequestWithContext(ctx, "GET", page, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	for _, found := range href.FindAllSubmatch(body, -1) {
		link, err := request.URL.Parse(string(found[1]))
		if err == nil && link.Host == request.URL.Host {
			links = append(links, link.String())
		}
	}
	return links, err
}

// The crawler of the manual, on a small site.
func Example_crawler() {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages := map[string]string{
			"/":          `<a href="/about">about</a> <a href="guide/">guide</a> <a href="http://elsewhere.invalid/">elsewhere</a>`,
			"/about":     `<a href="/#top">back</a>`,
			"/guide/":    `<a href="one">one</a> <a href="two">two</a>`,
			"/guide/1":   `nobody links here`,
			"/guide/one": `<a href="two">next</a>`,
		}
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, page)
	}))
	defer site.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c := newCrawler(func(ctx context.Context, page string) ([]string, error) {
		return linksOf(ctx, site.Client(), page)
	})
	if err := c.crawl(ctx, site.URL+"/", 3); err != nil {
		fmt.Println("not finished:", err)
	}
	for _, page := range slices.Sorted(maps.Keys(c.result)) {
		address, _ := url.Parse(page)
		fmt.Println(address.Path, c.result[page])
	}
	// Output:
	// / <nil>
	// /about <nil>
	// /guide/ <nil>
	// /guide/one <nil>
	// /guide/two 404 Not Found
}

// A crawl ends at its deadline, with all its workers.
func TestCrawlerDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := newCrawler(func(ctx context.Context, page string) ([]string, error) {
			if page == "endless" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return []string{"endless", page + "x"}, nil // and one more for ever
		})
		fetch := c.fetch
		c.fetch = func(ctx context.Context, page string) ([]string, error) {
			time.Sleep(time.Second) // the bubble's time
			return fetch(ctx, page)
		}
		if err := c.crawl(ctx, "x", 3); err != context.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
		if got := time.Since(begun); got < time.Minute || got > time.Minute+time.Second {
			t.Errorf("it took %v", got)
		}
		if err := c.result["endless"]; err != context.DeadlineExceeded {
			t.Errorf("the page that never comes: got %v", err)
		}
	})
}
