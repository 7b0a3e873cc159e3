package config

import (
	"context"
	"errors"
	"fmt"
	"runtime/metrics"
	"time"
)

const (
	// mostHeap and mostStack bound the memory of the process during an
	// evaluation, in bytes. A stack of a Go routine that reaches 1 GB ends the
	// process; one that doubles past mostStack has half a second to go.
	mostHeap  = 1 << 30
	mostStack = 96 << 20
	// glance is how often the memory is looked at.
	glance = 5 * time.Millisecond
)

// overuse tells once when something that was just begun takes longer than the
// timeout, more memory than is good, or when ctx ends.
func overuse(ctx context.Context, timeout time.Duration) <-chan error {
	told := make(chan error, 1)
	go func() {
		deadline := time.NewTimer(timeout)
		defer deadline.Stop()
		look := time.NewTicker(glance)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				told <- ctx.Err()
				return
			case <-deadline.C:
				told <- fmt.Errorf("the evaluation did not end within %s", timeout)
				return
			case <-look.C:
				if err := memory(); err != nil {
					told <- err
					return
				}
			}
		}
	}()
	return told
}

func memory() error {
	use := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(use)
	switch {
	case use[0].Value.Kind() == metrics.KindUint64 && use[0].Value.Uint64() > mostHeap:
		return fmt.Errorf("the evaluation takes more than %d GiB of memory", mostHeap>>30)
	case use[1].Value.Kind() == metrics.KindUint64 && use[1].Value.Uint64() > mostStack:
		return errors.New(tooDeep)
	}
	return nil
}
