package main

import "syscall"

// changed is when the kernel says that a file was last changed.
func changed(s *syscall.Stat_t) syscall.Timespec { return s.Ctim }
