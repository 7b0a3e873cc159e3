// Package sshconfig says what `ssh NAME` would make of a name: it reads ssh's own
// config files with the grammar and the rules of OpenSSH.
//
// ~/.ssh/config comes first, then /etc/ssh/ssh_config, or one other file alone, as
// with ssh -F. The first value of a keyword wins; IdentityFile and CertificateFile
// add up. Include takes wildcards and is relative to ~/.ssh or /etc/ssh. Of Match,
// all, host, originalhost, user, localuser, canonical and final are judged.
// Home is $HOME, where ssh asks the user database. A file that others could have
// written is refused ("bad owner or permissions") by the rule of OpenSSH, without
// Debian's leave for a group of one, and so is one that is not a regular file or is
// larger than 4 MiB.
//
// Files of ssh are written for ssh: what can't be followed is an error that names
// file and line, if, and only if, it applies to the host and matters to how safely
// one connects, and where. Everything else is passed over; a keyword that is not known,
// at which ssh stops whatever host it stands with, is told of ([Settings.Doubtful]): a
// misspelled Host would give its lines to the Host before.
//
//	followed       HostName User Port AddressFamily IdentityFile IdentitiesOnly
//	               IdentityAgent HostKeyAlias UserKnownHostsFile
//	               GlobalKnownHostsFile ProxyJump ConnectTimeout
//	               ConnectionAttempts ServerAliveInterval IgnoreUnknown Include
//	in part        PubkeyAuthentication no and PreferredAuthentications without
//	               publickey: no key is offered. A password is given only by who
//	               asks for the login, so that what these say of it has no
//	               meaning, nor has PasswordAuthentication.
//	               ConnectTimeout none and ServerAliveInterval 0: nothing is
//	               said, so that HostKit's own limits hold.
//	               CertificateFile: the key is found by its name (KEY-cert.pub),
//	               or there is one of each; else an error.
//	an error       Match with exec, tagged, localnetwork, … where all its other
//	               criteria fit; ProxyCommand, unless ProxyJump stands before it;
//	               CanonicalizeHostname yes or always; BindAddress;
//	               BindInterface; KnownHostsCommand; RevokedHostKeys;
//	               PKCS11Provider; RefuseConnection; the tokens %C and %j; tokens in User; a
//	               keyword that is not known. "none" and "no" are nothing to
//	               follow.
//	passed over,   StrictHostKeyChecking (an unknown key is refused, unless the
//	for it can     document says silently_accept_hosts; a changed one always is),
//	only weaken    VerifyHostKeyDNS, NoHostAuthenticationForLocalhost, CheckHostIP,
//	               UpdateHostKeys, ForwardAgent, ForwardX11
//	passed over,   Ciphers, MACs, KexAlgorithms, HostKeyAlgorithms,
//	for we choose  PubkeyAcceptedAlgorithms, CASignatureAlgorithms,
//	               RequiredRSASize, HashKnownHosts, RekeyLimit: what
//	               golang.org/x/crypto offers by default is offered; Fedora's
//	               system file sets all of these for every host
//	passed over,   GSSAPI…, Hostbased…, Kbd… (methods that are not there),
//	not ours       Control…, LocalForward and its kin, RemoteCommand, RequestTTY,
//	               SendEnv, SetEnv, LogLevel, Compression, Tunnel, …
//
// github.com/kevinburke/ssh_config v1.6.0, the usual library, is not what reads
// here. It refuses a whole file for one Match exec, takes `Match host a user b`
// for three hosts, "?" for one character or none, a tab between hosts for a part
// of a name, and "#" in a value for a comment; it opens whatever Include names,
// with no look at who could have written it, and tells no line of a Host or a
// Match.
package sshconfig
