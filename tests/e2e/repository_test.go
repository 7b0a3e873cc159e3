package e2e

func removeRepository() {}
