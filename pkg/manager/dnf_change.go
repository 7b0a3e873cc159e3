package manager

// dnfDo is the part of dnfProgram that changes the host.
const dnfDo = `

def rpm_is_free():
    path = rpm.expandMacro("%{?_rpmlock_path}") or rpm.expandMacro("%{_dbpath}/.rpm.lock")
    try:
        lock = open(path, "r+")
    except OSError:
        return
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            inode = ":%d" % os.fstat(lock.fileno()).st_ino
            holders = [0]
            with contextlib.suppress(OSError), open("/proc/locks") as table:
                holders = [int(f[4]) for f in map(str.split, table) if f[1] != "->" and f[5].endswith(inode)] or [0]
            raise Refused("locked", path=path, pid=holders[0], comm=name_of(holders[0]))


def on_the_host(base):
    return inventory(dnf.sack.rpmdb_sack(base).query().installed())


def commit(base):
    answer = transact(base) if any(wanted()) else {"changes": []}
    if "failure" not in answer:
        relock(base)
    return answer


def transact(base):
    global native_arch
    install, remove = wanted()
    if not load_cached(base) and install:
        raise Refused("no_index")
    native_arch, arches = base.conf.basearch, native(base)
    rpm_is_free()
    solve(base, False)
    before, after = planned(base)
    for change in changes(before, after, arches):
        if change["does"] == "remove" and change["name"] not in remove:
            raise Refused("would_remove", name=change["name"])
        if change["does"] == "downgrade" and not install.get(change["name"]):
            raise Refused("would_downgrade", name=change["name"])
    base.download_packages(list(base.transaction.install_set))
    for package in base.transaction.install_set:
        result, why = base.package_signature_check(package)
        if result == 1:
            base.package_import_key(package, askcb=lambda *_: True)
        elif result != 0:
            raise Refused("signature", name=package.name, message=str(why))
    rpm_is_free()
    failure = None
    try:
        base.do_transaction()
    except dnf.exceptions.ProcessLockError:
        raise
    except Exception as why:
        failure = described(why)
    now = on_the_host(base)
    answer = {"changes": changes(before, now, arches)}
    missed = [key[0] for key in sorted(set(after) | set(now) | set(before))
              if after.get(key) != before.get(key) and after.get(key) != now.get(key)]
    if failure is None and missed:
        failure = {"kind": "package_failed", "name": missed[0]}
    if failure:
        answer["failure"] = failure
    return answer


def refresh(base):
    if not any(True for _ in base.repos.iter_enabled()):
        raise Refused("no_repositories")
    for repo in base.repos.iter_enabled():
        repo.skip_if_unavailable = False
        repo.metadata_expire = 1
    base.update_cache()
    for path in filter(None, repomds(base)):
        os.utime(path)
    return {}
`

// dnfMain is the program's main.
//
// Locks are not waited for inside dnf, which would do so for ever: an attempt that
// meets one is given up and made anew, so that what the other has done is seen.
//
// What is said while packages are changed is copied to stderr as it comes, between
// the marks of hk_live in pkg/shell, where the step is watched.
const dnfMain = `

def name_of(pid):
    with contextlib.suppress(OSError), open("/proc/%d/comm" % pid) as f:
        return f.read().strip()
    return ""



def described(why):
    if isinstance(why, Refused):
        return why.answer
    if isinstance(why, dnf.exceptions.ProcessLockError):
        return {"kind": "locked", "path": "a lock of dnf", "pid": why.pid, "comm": name_of(why.pid)}
    return {"kind": type(why).__name__, "message": str(why)}


def answer():
    end = time.monotonic() + WAIT
    while True:
        scratch = tempfile.mkdtemp()
        base = None
        try:
            base = open_base(scratch)
            return globals()[MODE](base)
        except Exception as why:
            failure = described(why)
        finally:
            # dnf refuses to load them for the next attempt otherwise.
            with contextlib.suppress(Exception):
                base.unload_plugins()
            with contextlib.suppress(Exception):
                if LOOKS or not base:
                    base.reset(sack=True, repos=True, goal=True)
                else:
                    base.close()
            shutil.rmtree(scratch, ignore_errors=True)
        if failure["kind"] != "locked" or time.monotonic() >= end:
            return {"failure": failure}
        time.sleep(1)


class Copier(threading.Thread):
    def __init__(self, source, to):
        super().__init__(daemon=True)
        self.source, self.to, self.over = source, to, threading.Event()

    def run(self):
        with contextlib.suppress(OSError):
            os.write(self.to, b"\x1ehostkit: live\n")
            at, over = 0, False
            while not over:
                over = self.over.wait(1)
                for piece in iter(lambda: os.pread(self.source, 65536, at), b""):
                    at += os.write(self.to, piece)
            os.write(self.to, b"\x1ehostkit: said\n")


os.umask(0o022)
out = os.fdopen(os.dup(1), "w")
said = tempfile.TemporaryFile()
copier = Copier(said.fileno(), os.dup(2))
if os.environ.get("HK_WATCH") and not LOOKS:
    copier.start()
os.dup2(said.fileno(), 1)
os.dup2(said.fileno(), 2)
told = logging.StreamHandler()
told.setLevel(logging.INFO)
logging.getLogger("dnf").addHandler(told)
result = answer()
sys.stdout.flush()
sys.stderr.flush()
copier.over.set()
if copier.is_alive():
    copier.join()
size = said.seek(0, os.SEEK_END)
said.seek(max(0, size - 8000))
if "failure" in result:
    result["said"] = said.read().decode("utf-8", "replace")
json.dump(result, out)
out.write("\n")
out.close()
os._exit(1 if "failure" in result else 0)
`
