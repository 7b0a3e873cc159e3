package repologytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Answer is one that a test orders.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	// Cut closes the connection before the last byte of the body.
	Cut bool
	// Hang answers nothing until the client has gone.
	Hang bool
	// Began, where it is not nil, is closed when the request has come.
	Began chan struct{}
}

// JSON is a 200 with a body.
func JSON(body string) Answer {
	return Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

// Page is an answer with HTML, as Repology gives for all that is not well.
func Page(status int) Answer {
	return Answer{
		Status: status, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%d %s</title></head></html>\n", status, http.StatusText(status)),
	}
}

// Later is an answer with HTML and Retry-After in seconds.
func Later(status, seconds int) Answer {
	a := Page(status)
	a.Header.Set("Retry-After", strconv.Itoa(seconds))
	return a
}

// Redirect is a 302.
func Redirect(location string) Answer {
	a := Page(http.StatusFound)
	a.Header.Set("Location", location)
	return a
}

// Several is the 300 about a package that several projects have.
func Several(targets map[string]string) Answer {
	body, err := json.Marshal(map[string]any{"_comment": "ambiguous redirect, multiple targets are possible", "targets": targets})
	if err != nil {
		return Page(http.StatusInternalServerError)
	}
	a := JSON(string(body))
	a.Status = http.StatusMultipleChoices
	return a
}

func (a Answer) give(w http.ResponseWriter, r *http.Request) {
	if a.Began != nil {
		close(a.Began)
	}
	if a.Hang {
		<-r.Context().Done()
		return
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if !a.Cut {
		w.WriteHeader(a.Status)
		_, _ = w.Write([]byte(a.Body))
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body[:max(len(a.Body)-1, 0)]))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
