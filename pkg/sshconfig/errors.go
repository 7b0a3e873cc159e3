package sshconfig

import "strconv"

// Position is a line of a file.
type Position struct {
	File string
	// Line counts from 1; 0 means the file as a whole.
	Line int
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// Error says what of a config file can't be followed.
type Error struct {
	At Position
	// Keyword is the directive in lower case; empty where no single one is to
	// blame.
	Keyword string
	// Why and Advice are for people.
	Why, Advice string
	Err         error
}

func (e *Error) Error() string {
	text := "ssh config " + e.At.String() + ": " + e.Why
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Code is the stable word for programs.
func (e *Error) Code() string { return "ssh_config" }

// Hint says what to do.
func (e *Error) Hint() string { return e.Advice }

// Exit is the exit status this failure asks for: input refused.
func (e *Error) Exit() int { return 3 }

// wayOut ends hints: what to do with a file that is not to be changed.
const wayOut = `or leave ssh's config out with "ssh": {"use_config": false} or --ssh-config none`
