package transport_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
)

// recorderEnv makes this test binary another process that records keys. It
// holds the known_hosts path and the ports to connect to.
const recorderEnv = "HOSTKIT_TEST_RECORDER"

func recordAsAnotherProcess() int {
	words := strings.Fields(os.Getenv(recorderEnv))
	for _, word := range words[1:] {
		port, err := strconv.Atoi(word)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		conn, err := transport.Connect(context.Background(), transport.Target{
			Name: "server", Hostname: "127.0.0.1", Port: port, User: "root",
			Password: secret.NewString(thePassword), KnownHosts: words[:1], AcceptNew: true,
		}, transport.Options{})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		conn.Close()
	}
	return 0
}
