package sshconfig

// kind is what becomes of a keyword that applies.
type kind int

const (
	// passedOver is of no concern, or could only make us less strict.
	passedOver kind = iota
	// one value, several values, the rest of the line, and the rest of a line that
	// says through what to connect.
	one
	several
	command
	proxy
)

// aliases are older names.
var aliases = map[string]string{
	"identityfile2": "identityfile", "dsaauthentication": "pubkeyauthentication",
	"smartcarddevice": "pkcs11provider",
}

// keywords are those of ssh_config(5); the package comment says why.
var keywords = func() map[string]kind {
	all := map[string]kind{
		"userknownhostsfile": several, "globalknownhostsfile": several,
		"knownhostscommand": command, "refuseconnection": command,
		"proxycommand": proxy, "proxyjump": proxy,
	}
	for _, name := range []string{
		"hostname", "user", "port", "identityfile", "certificatefile", "identitiesonly", "identityagent",
		"hostkeyalias", "connecttimeout", "connectionattempts", "serveraliveinterval",
		"pubkeyauthentication", "preferredauthentications", "ignoreunknown",
		"addressfamily", "bindaddress", "bindinterface", "canonicalizehostname",
		"pkcs11provider", "revokedhostkeys",
	} {
		all[name] = one
	}
	for _, name := range []string{
		"addkeystoagent", "afstokenpassing", "batchmode", "canonicaldomains", "canonicalizefallbacklocal",
		"canonicalizemaxdots", "canonicalizepermittedcnames", "casignaturealgorithms",
		"challengeresponseauthentication", "channeltimeout", "checkhostip", "cipher", "ciphers",
		"clearallforwardings", "compression", "compressionlevel", "controlmaster", "controlpath",
		"controlpersist", "dynamicforward", "enableescapecommandline", "enablesshkeysign", "escapechar",
		"exitonforwardfailure", "fallbacktorsh", "fingerprinthash", "forkafterauthentication",
		"forwardagent", "forwardx11", "forwardx11timeout", "forwardx11trusted", "gatewayports",
		"globalknownhostsfile2", "gssapiauthentication", "gssapiclientidentity", "gssapidelegatecredentials",
		"gssapikexalgorithms", "gssapikeyexchange", "gssapirenewalforcesrekey", "gssapiserveridentity",
		"gssapitrustdns", "hashknownhosts", "hostbasedacceptedalgorithms", "hostbasedauthentication",
		"hostbasedkeytypes", "hostkeyalgorithms", "ipqos", "kbdinteractiveauthentication",
		"kbdinteractivedevices", "keepalive", "kerberosauthentication", "kerberostgtpassing",
		"kexalgorithms", "localcommand", "localforward", "loglevel", "logverbose", "macs",
		"nohostauthenticationforlocalhost", "numberofpasswordprompts", "obscurekeystroketiming",
		"passwordauthentication", "permitlocalcommand", "permitremoteopen", "protocol",
		"proxyusefdpass", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes", "rekeylimit",
		"remotecommand", "remoteforward", "requesttty", "requiredrsasize", "rhostsauthentication",
		"rhostsrsaauthentication", "rsaauthentication", "securitykeyprovider", "sendenv",
		"serveralivecountmax", "sessiontype", "setenv", "skeyauthentication", "stdinnull",
		"streamlocalbindmask", "streamlocalbindunlink", "stricthostkeychecking", "syslogfacility",
		"tag", "tcpkeepalive", "tisauthentication", "tunnel", "tunneldevice", "updatehostkeys",
		"usekeychain", "useprivilegedport", "userknownhostsfile2", "useroaming", "usersh",
		"verifyhostkeydns", "versionaddendum", "visualhostkey", "warnweakcrypto", "xauthlocation",
	} {
		all[name] = passedOver
	}
	return all
}()
