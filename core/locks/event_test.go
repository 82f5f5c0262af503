package locks

import "testing"

func TestEvent(t *testing.T) {
	var e Event
	if e.IsSet() {
		t.Error("a new event is set")
	}
	waits := e.WaitAsync()
	e.Set()
	e.Set()
	if !e.IsSet() || !waits.Settled() || !e.WaitAsync(0).Settled() || e.Wait(t.Context()) != nil {
		t.Error("somebody waits for an event that is set")
	}
	if _, err := e.WaitAsync(0).Result(); err != nil {
		t.Errorf("to try once what is there: got %v", err)
	}
	e.Clear()
	if e.IsSet() || e.WaitAsync().Settled() {
		t.Error("it is set still after Clear")
	}
}
