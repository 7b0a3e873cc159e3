package shell

func packageOf(string) string { return "" }
