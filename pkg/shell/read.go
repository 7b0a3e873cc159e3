package shell

// read reads the run's steps from one stream.
func (r *run) read(from int) error {
	for i, step := range r.steps {
		limit := StderrLimit
		if from == 0 {
			limit = step.Limit
			if limit <= 0 {
				limit = DefaultLimit
			}
		}
		index := int64(r.first + i)
		p := &part{}
		begun := func() {
			if from == 0 {
				r.s.begun.Store(index)
			}
		}
		keep := func(b []byte) error { return r.keep(p, limit, b) }
		var live *liveOutput
		if from == 1 && step.Live != nil {
			live = newLiveOutput(step.Live, keep)
			keep = live.take
		}
		status, err := r.s.out[from].step(int(index), begun, keep)
		if live != nil {
			if held := live.end(); err == nil {
				err = held
			}
		}
		if err != nil {
			return err
		}
		p.status = status
		r.events <- event{from: from, part: p}
		if step.Required && status != 0 {
			return errRequired
		}
	}
	return nil
}

func (r *run) keep(p *part, limit int, b []byte) error {
	n := min(len(b), limit-len(p.kept))
	p.dropped += int64(len(b) - n)
	if r.kept.Add(int64(n)) > TotalLimit {
		return &limitError{}
	}
	p.kept = append(p.kept, b[:n]...)
	return nil
}

// limitError stands for a LimitError until the number of completed steps is
// known.
type limitError struct{ error }
