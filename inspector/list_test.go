package inspector

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// Whatever is done to a table, it holds what a map would, and no earlier
// snapshot changes.
func TestTableAgainstModel(t *testing.T) {
	type row struct{ value int }
	random := rand.New(rand.NewPCG(1, 2))
	var table table[row]
	model := map[uint64]int{}
	type taken struct {
		list List[row]
		want map[uint64]int
	}
	var snapshots []taken
	check := func(list List[row], want map[uint64]int) {
		t.Helper()
		ids := slices.Sorted(maps.Keys(want))
		if list.Len() != len(ids) {
			t.Fatalf("got %d rows, want %d", list.Len(), len(ids))
		}
		n := 0
		for i, r := range list.All() {
			if i != n || r.value != want[ids[i]] || list.At(i) != r {
				t.Fatalf("row %d: got %d at %d, want %d", n, r.value, i, want[ids[i]])
			}
			if at, ok := list.Find(ids[i]); at != i || !ok {
				t.Fatalf("Find(%d) = %d, %v; want %d", ids[i], at, ok, i)
			}
			n++
		}
		for i, r := range list.Backward() {
			if n--; i != n || list.At(i) != r {
				t.Fatalf("backward: got row %d, want %d", i, n)
			}
		}
		if list.At(-1) != nil || list.At(list.Len()) != nil {
			t.Fatal("there is a row beyond the ends")
		}
		if at, ok := list.Find(1 << 40); ok || at != list.Len() {
			t.Fatalf("Find of what is not there = %d, %v", at, ok)
		}
	}
	next := uint64(0)
	for step := range 20_000 {
		id := random.Uint64N(next + 1)
		_, known := model[id]
		switch op := random.IntN(10); {
		case op < 5:
			next += 1 + random.Uint64N(3)
			table.insert(next, &row{step})
			model[next] = step
		case op < 6 && !known:
			table.insert(id, &row{step})
			model[id] = step
		case op < 8 && known:
			table.replace(id, &row{step})
			model[id] = step
		case op < 9:
			table.remove(id)
			delete(model, id)
		case len(model) > 0 && table.first().value != model[slices.Min(slices.Collect(maps.Keys(model)))]:
			t.Fatal("first is not the first")
		}
		if r := table.get(id); (r != nil) != hasKey(model, id) || r != nil && r.value != model[id] {
			t.Fatalf("step %d: get(%d) = %v, want %d", step, id, r, model[id])
		}
		if step%1000 == 0 {
			snapshots = append(snapshots, taken{table.list(), maps.Clone(model)})
		}
	}
	for _, s := range snapshots {
		check(s.list, s.want)
	}
	for id := range model {
		table.remove(id)
	}
	check(table.list(), nil)
	for _, s := range snapshots {
		check(s.list, s.want)
	}
}

func hasKey(m map[uint64]int, key uint64) bool {
	_, ok := m[key]
	return ok
}

func TestMakeList(t *testing.T) {
	a, b := &Log{ID: 3}, &Log{ID: 9}
	l := MakeList([]uint64{3, 9}, []*Log{a, b})
	if l.Len() != 2 || l.At(0) != a || l.At(1) != b {
		t.Errorf("got %v", l)
	}
	var zero List[Log]
	if at, ok := zero.Find(1); zero.Len() != 0 || zero.At(0) != nil || at != 0 || ok {
		t.Error("the zero List is not empty")
	}
}
