package concurrent

import "testing"

func TestChain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		settle func(src, dst *Future[int])
		want   int
		err    error
	}{
		{"result", func(src, _ *Future[int]) { src.SetResult(7) }, 7, nil},
		{"error", func(src, _ *Future[int]) { src.SetError(errTest) }, 0, errTest},
		{"both", func(src, _ *Future[int]) { src.TrySet(7, errTest) }, 7, errTest},
		{"too late", func(src, dst *Future[int]) { dst.SetResult(8); src.SetResult(7) }, 8, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var src, dst Future[int]
			Chain(&src, &dst)
			tt.settle(&src, &dst)
			if got, err := dst.Result(); got != tt.want || err != tt.err || !dst.Settled() {
				t.Errorf("got %d, %v, settled: %v; want %d, %v", got, err, dst.Settled(), tt.want, tt.err)
			}
			var late Future[int]
			Chain(&dst, &late)
			if got, err := late.Result(); got != tt.want || err != tt.err {
				t.Errorf("chained afterwards: got %d, %v; want %d, %v", got, err, tt.want, tt.err)
			}
		})
	}
}
