// Package shell runs scripts on a host through one POSIX shell that stays open:
// quoting, script text, and both ends of the batch protocol. It opens no
// connection and starts no process; package transport gives it the streams.
//
// # Scripts
//
// A [Script] is a constant text and its positional parameters. Outside this
// package nothing but a string constant can become text, so what a person or a
// host chose is never pasted into shell source: it is an argument, quoted by
// [Quote], or the content of a step's standard input.
//
// # The batch protocol
//
// The exec request ([ExecLine]) is one short line. sshd hands it to the login
// shell, which may be bash, fish or csh, so it holds no data and none of the
// characters on which they differ. It starts /bin/sh with a bootstrap that sets
// PATH and LC_ALL, reads a line with a number, exactly so many bytes of stdin,
// and evaluates them: the receiver, preceded by the functions that scripts may
// call (all *.sh files of this folder in the order of their names).
//
// Where a sudo may ask for a password that is at hand, a handshake comes before
// that ([Become], [Unlock]). The host's end says one of two lines:
//
//	hostkit: no password      the bootstrap runs; go on
//	hostkit: password         the client sends the password and a newline …
//	hostkit: ready            … and, when the bootstrap runs, goes on
//
// The receiver unsets what else the login environment may have brought, goes to
// /, sets umask 077 (a file of ours that has no mode yet is nobody else's to
// read; steps set modes outright) and reads headers, each a line:
//
//	hk INDEX SCRIPT CONTENT   a step, counted from 0; then SCRIPT bytes of
//	                          script and CONTENT bytes of content ("-": none)
//	must INDEX SCRIPT CONTENT a step without which none behind it is made: when
//	                          its status is not 0, the receiver passes over
//	                          those that follow, which it reads and does not run
//	stop BYTES                then so many bytes: the path of the stop file and
//	                          "#"; before each later step the receiver looks
//	                          for it, and where it is there passes over the rest
//	go                        what was passed over is over: go on with steps
//	bye                       exit 0, so that the host closes the channel
//
// Every length is read exactly, with `dd iflag=count_bytes,fullblock`. Payload
// never passes through a here-document, which bash puts in a file, nor through
// the input the shell takes its own script from, where dash reads ahead. A
// script is evaluated in a subshell whose stdin is /dev/null or its content;
// what it leaves of its content is read away. The end of stdin is `exit 0`;
// half a header or half a script is never run. Content that was cut off ends
// early, so a script that keeps content checks its size or digest.
//
// The session's boundary, 128 random bits in hex, is an argument in the
// receiver's text and known to no step. On stdout and on stderr alike, these
// marks stand around what a step writes, each with the newline before it:
//
//	BOUNDARY B INDEX          the step begins
//	BOUNDARY E INDEX STATUS   it has ended with that exit status
//	BOUNDARY S INDEX          the stop file is there; neither it nor a step
//	                          behind it is begun
//	BOUNDARY X REASON         that header or length is not understood; exit 97
//
// Whatever stands between B and E is the step's output, byte for byte, whether
// or not it ends with a newline. Up to [NoiseLimit] bytes before the first mark
// are dropped: login shells print banners. Bytes between E and the next B are
// an error. The receiver first tries whether dd takes no more than it hands on,
// which uutils 0.0.17 does, and refuses such a host. A bootstrap that can't read
// the receiver says so on stderr and exits 96; a receiver that can't write its
// marks exits 98, so that a closed connection stops the host at a step boundary.
//
// On the stderr of a step that is watched while it runs ([Step].Live), two lines
// more stand around what hk_live copies there; nothing relies on them but what a
// person is shown.
//
// A session of two steps, printf 'hi' and `cat >&2; exit 3` with the content
// "data\n". The client sends, in one flight:
//
//	LENGTH                    of the receiver in bytes, decimal …
//	…                         … and the receiver, which ends with
//	hkr_main 0123456789abcdef0123456789abcdefhk 0 13 -
//	printf 'hi'
//	#hk 1 17 5
//	cat >&2; exit 3
//	#data
//	bye
//
// (A script is sent with a last line "#": $(…) takes newlines off the end, and
// the length must stay what the header says.) The host's stdout:
//
//	                          (an empty line)
//	0123456789abcdef0123456789abcdef B 0
//	hi
//	0123456789abcdef0123456789abcdef E 0 0
//	                          (an empty line)
//	0123456789abcdef0123456789abcdef B 1
//	                          (an empty line)
//	0123456789abcdef0123456789abcdef E 1 3
//
// and its stderr the same marks, with "data\n" in the second frame.
//
// # Round trips
//
// [Session.Run] writes all its steps in one flight and reads both streams at the
// same time, so that a batch costs one round trip whatever is in it. The first
// flight carries the receiver as well, and [Session.RunLast] the `bye`.
package shell
