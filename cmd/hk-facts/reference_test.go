package main

import (
	"testing"

	"hostkit/tests/reference"
)

func TestReference(t *testing.T) { reference.Check(t, command().Describe()) }
