package manager

// dnfProgram is what the host's own Python runs, through the documented API of
// dnf 4: what dnf prints is made for people, its tables are cut to the width of
// a terminal, and its command line takes "hello-1.1" for version 1.1 of hello.
// Packages are asked for by name alone here, and every answer is one JSON object.
//
// argv is the mode ("index", "refresh", "preview", "commit"), the seconds that a
// lock is waited for, then words: the folder of repository files to refresh alone, or "?VERSION" begins an ask (the version "?" is
// one that nothing installed has), "+NAME", "=VERSION" (of the name before it),
// "-NAME", "!NAME" (to hold) and "~NAME" (to release) are a transaction.
//
// To look leaves nothing on the host: the metadata is read where it is cached,
// without dnf's lock file, and the log and history go to a folder that is removed.
// What is written while packages are changed goes to a file without a name, since
// a scriptlet's daemon would keep a pipe open, and a pipe that is gone kill rpm.
const dnfProgram = dnfLook + dnfSolve + dnfHold + dnfDo + dnfMain

// dnfAsk is as much of it as asks the index, which every host is sent.
const dnfAsk = dnfLook + dnfMain

// dnfLook is the part that asks.
const dnfLook = `
import contextlib, fcntl, functools, glob, json, logging, os, shutil, sys, tempfile, threading, time
import dnf, dnf.exceptions, dnf.lock, dnf.selector, hawkey, rpm

MODE, WAIT, WORDS = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
LOOKS = MODE in ("index", "preview")


class Refused(Exception):
    def __init__(self, kind, **more):
        super().__init__(kind)
        self.answer = dict(more, kind=kind)


def open_base(scratch):
    if LOOKS:
        # For anyone but root dnf would make a cache of its own.
        dnf.util.am_i_root = lambda: True
    base = dnf.Base()
    conf = base.conf
    if conf.substitutions.get("releasever") is None:
        conf.substitutions.pop("releasever", None)
    conf.read()
    if MODE == "refresh" and WORDS:
        conf.reposdir = [WORDS[0]]
    conf.substitutions.update_from_etc(conf.installroot, varsdir=conf.varsdir)
    conf.assumeyes = True
    conf.exit_on_lock = True
    conf.clean_requirements_on_remove = False
    if LOOKS:
        conf.logdir = conf.persistdir = scratch
        if not os.path.isdir(conf.cachedir):
            conf.cachedir = scratch
        dnf.lock.build_metadata_lock = lambda *_: contextlib.suppress()
    else:
        base.setup_loggers()
    base.init_plugins()
    base.pre_configure_plugins()
    base.read_all_repos()
    base.configure_plugins()
    unlock()
    return base


def locks():
    return sys.modules.get("dnf.plugin.dynamic.versionlock")


def marked():
    return [w[1:] for w in WORDS if w[0] == "!"], [w[1:] for w in WORDS if w[0] == "~"]


def unlock():
    """Has the plugin pass over what is to be released, and an index be asked about
    all versions."""
    hold, release = marked()
    plugin = locks()
    if not getattr(plugin, "locklist_fn", None):
        if hold or release:
            raise Refused("cannot_hold", name=(hold + release)[0])
        return
    read = plugin._read_locklist
    if MODE == "index":
        plugin._read_locklist = lambda: []
    elif release:
        kept = [p for p in read() if not lets_go(p, release)]
        plugin._read_locklist = lambda: kept


def load_cached(base):
    for repo in base.repos.iter_enabled():
        repo.skip_if_unavailable = True
    base.fill_sack_from_repos_in_cache()
    return any(True for _ in base.repos.iter_enabled())


def native(base):
    return [a for a in base.sack.list_arches()
            if a == "noarch" or dnf.rpm.basearch(a) == base.conf.basearch]


def evr(package):
    return package.evr[2:] if package.evr.startswith("0:") else package.evr


def best(packages):
    return max(packages, key=lambda p: (-p.repo.priority, functools.cmp_to_key(lambda a, b: a.evr_cmp(b))(p)))


def fulfilled():
    """Whether every ask has one of its names installed, at its version."""
    met, version = True, ""
    for word in WORDS + ["?"]:
        if word.startswith("?"):
            if not met:
                return False
            met, version = False, word[1:]
            continue
        for header in rpm.TransactionSet().dbMatch("name", word[1:]):
            found = header.sprintf("%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}")
            met = met or version in ("", found[2:] if found.startswith("0:") else found)
    return True


def repomds(base):
    """The newest repomd.xml of each enabled repository in the cache, or None."""
    for repo in base.repos.iter_enabled():
        pattern = os.path.join(base.conf.cachedir, glob.escape(repo.id) + "-*", "repodata", "repomd.xml")
        yield max(glob.glob(pattern), key=os.path.getmtime, default=None)


def state(base):
    """Whether there is an index, and when the oldest part of it was fetched."""
    paths = list(repomds(base))
    times = [os.stat(path).st_mtime_ns if path else 0 for path in paths]
    if not any(paths):
        return {"present": False}
    return {"present": True, "fetched": "%d.%09d" % divmod(min(times), 10 ** 9)}


def index(base):
    if fulfilled():
        return state(base)
    now = state(base)
    if not load_cached(base):
        return {"present": False}
    found = dict(now, present=True, candidates={}, versions={}, providers={})
    pinned = False
    asked = set()
    for word in WORDS:
        if word.startswith("?"):
            pinned = word not in ("?", "??")
            continue
        name = word[1:]
        there = base.sack.query().filter(name=name, arch=native(base))
        have = list(there.available())
        found["candidates"][name] = evr(best(have)) if have else ""
        if pinned:
            order = sorted(there, reverse=True)
            found["versions"][name] = list(dict.fromkeys(evr(p) for p in order))
        if not have and name not in asked:
            others = {p.name for p in base.sack.query().available().filter(provides=name)}
            if others:
                found["providers"][name] = sorted(others)
        asked.add(name)
    return found
`

// dnfSolve is the part that solves.
const dnfSolve = `

def wanted():
    install, remove = {}, []
    for word in WORDS:
        if word[0] == "+":
            name = word[1:]
            install[name] = ""
        elif word[0] == "=":
            install[name] = word[1:]
        elif word[0] == "-":
            remove.append(word[1:])
    return install, remove


def mark(base, install, remove):
    arches = native(base)
    for name, version in install.items():
        here = list(base.sack.query().installed().filter(name=name, arch=arches))
        keep = [p for p in here if evr(p) == version]
        once = not base.sack.query().installed().filter(name=name, provides=base.conf.installonlypkgs)
        if once and len(here) > 1:
            stays = (keep or [max(here)])[0]
            for other in here:
                if other != stays:
                    base.goal.erase(other)
        if version and keep:
            continue
        every = base.sack.query().available().filter(name=name, arch=arches)
        if version:
            some = every.filter(evr=version)
        else:
            # What is installed may be newer than all that is to be had.
            some = every.filter(evr__gt=evr(max(here))) if here else every
        if not some and not version and here:
            continue
        if not some:
            hidden = base.sack.query(flags=hawkey.IGNORE_EXCLUDES).available().filter(name=name, arch=arches)
            if hidden.filter(evr=version) if version else hidden:
                raise Refused("excluded", name=name)
            if every:
                raise Refused("no_version", name=name, version=version, have=[evr(p) for p in sorted(every, reverse=True)])
            others = {p.name for p in base.sack.query().available().filter(provides=name)}
            raise Refused("no_package", name=name, have=sorted(others))
        selector = dnf.selector.Selector(base.sack)
        selector.set(pkg=some)
        base.goal.install(select=selector, optional=False)
    for name in remove:
        for package in base.sack.query().installed().filter(name=name, arch=arches):
            base.goal.erase(package)


def label(version):
    epoch, _, rest = version.rpartition(":")
    return (epoch or "0",) + tuple(rest.rsplit("-", 1))


def newest(versions):
    return max(versions, key=functools.cmp_to_key(lambda a, b: rpm.labelCompare(label(a), label(b))))


def changes(before, after, arches):
    made = []
    for key in sorted(set(before) | set(after)):
        was, now = before.get(key, set()), after.get(key, set())
        if was == now:
            continue
        came, went = now - was, was - now
        change = {"name": key[0] if key[1] in arches else key[0] + ":" + key[1]}
        if now:
            change["version"] = newest(came or now)
        if went:
            change["from"] = newest(went)
        if not now:
            change["does"] = "remove"
        elif not went:
            change["does"] = "install"
        elif rpm.labelCompare(label(change["version"]), label(change["from"])) < 0:
            change["does"] = "downgrade"
        else:
            change["does"] = "upgrade"
        made.append(change)
    return made


def inventory(packages):
    found = {}
    for p in packages:
        found.setdefault((p.name, p.arch if p.arch != "noarch" else native_arch), set()).add(evr(p))
    return found


def planned(base):
    installed = list(base.sack.query().installed())
    gone = set(base.transaction.remove_set)
    after = [p for p in installed if p not in gone] + list(base.transaction.install_set)
    return inventory(installed), inventory(after)


def solve(base, erasing):
    install, remove = wanted()
    base.reset(goal=True)
    mark(base, install, remove)
    base.resolve(allow_erasing=erasing)


def preview(base):
    global native_arch
    if not any(wanted()):
        return {"changes": []}
    if not load_cached(base) and wanted()[0]:
        raise Refused("no_index")
    native_arch = base.conf.basearch
    try:
        solve(base, False)
    except dnf.exceptions.DepsolveError as why:
        try:
            solve(base, True)
        except dnf.exceptions.DepsolveError:
            raise why
    return {"changes": changes(*planned(base), arches=native(base))}

`
