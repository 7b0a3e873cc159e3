// Package tests runs the real commands as people run them.
package tests
