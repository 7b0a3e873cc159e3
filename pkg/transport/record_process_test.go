package transport_test

// recorderEnv makes this test binary another process that records keys.
const recorderEnv = "HOSTKIT_TEST_RECORDER"

func recordAsAnotherProcess() int { return 0 }
