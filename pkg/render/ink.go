package render

import "hostkit/pkg/color"

// ink is what a segment is drawn in.
type ink color.Ink

const (
	noInk   = ink(color.None)
	bold    = ink(color.Bold)
	dim     = ink(color.Dim)
	red     = ink(color.Red)
	green   = ink(color.Green)
	yellow  = ink(color.Yellow)
	magenta = ink(color.Magenta)
	cyan    = ink(color.Cyan)
	alarm   = ink(color.Alarm)
)
