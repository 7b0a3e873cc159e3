package resource

// Kinds is every kind we know; a stage works through them in this order.
var Kinds = []Kind{
	directories{},
	files{},
	symlinks{},
	mises{},
	miseTools{},
	packages{},
	packageIndexes{},
	aptRepositories{},
	dnfRepositories{},
	triggers{},
}

// ByName returns the kind of that name.
func ByName(name string) (Kind, bool) {
	for _, k := range Kinds {
		if k.Name() == name {
			return k, true
		}
	}
	return nil, false
}
