package manager

// zypperInstalled also prints the file in which zypper keeps its locks.
const zypperInstalled = zypperHere + rpmInstalled + `
if [ -r /etc/zypp/locks ]; then
	printf '%%locks\n'
	cat /etc/zypp/locks
fi
`

const zypperHere = `
command -v zypper >/dev/null && command -v rpm >/dev/null || exit 69
`

// zypperForm is how rpm prints a package that is installed.
const zypperForm = `%{NAME} %{ARCH} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n`

// zypperRepositories finds the enabled repositories whose metadata is in the
// cache. Only these are named to zypper, which else fetches what is missing, even
// with --no-refresh. found has a line "PRIORITY ALIAS" for each and sections what
// their files say, without names, so that zypper calls them by their aliases;
// metadata and solvables are the folders of the cache (zypp.conf).
const zypperRepositories = zypperHere + `
nl='
'
cache=/var/cache/zypp metadata= solvables=
for file in /usr/etc/zypp/zypp.conf /usr/etc/zypp/zypp.conf.d/*.conf /etc/zypp/zypp.conf /etc/zypp/zypp.conf.d/*.conf; do
	[ -r "$file" ] || continue
	while IFS='= ' read -r key value; do
		case $key in
		cachedir) cache=$value ;;
		metadatadir) metadata=$value ;;
		solvfilesdir) solvables=$value ;;
		esac
	done <"$file"
done
metadata=${metadata:-$cache/raw}
solvables=${solvables:-$cache/solv}

found= sections=
keep() {
	case $alias:$enabled in :* | *:[Ff]alse | *:[Nn]o | *:[Oo]ff | *:0) return ;; esac
	for file in repodata/repomd.xml content cookie; do
		if [ -f "$metadata/$alias/$file" ]; then
			found=$found$priority\ $alias$nl sections=$sections$section
			return
		fi
	done
}
for repo in /etc/zypp/repos.d/*.repo; do
	[ -r "$repo" ] || continue
	alias=
	while IFS= read -r line || [ -n "$line" ]; do
		value=${line#*=}
		case $line in
		'['*']'*)
			keep
			alias=${line#?} enabled=1 priority=99 section=
			alias=${alias%%]*}
			;;
		name=* | 'name '*) continue ;;
		enabled=* | 'enabled '*) enabled=${value# } ;;
		priority=* | 'priority '*) priority=${value# } ;;
		esac
		section=$section$line$nl
	done <"$repo"
	keep
done
`

// zypperLook defines look, which runs zypper so that nothing on the host is
// written, not even as root: in a root of its own, made of links into the host's.
// zypper else writes its log, its lock, the caches, and in /var/lib/zypp what kind
// of system it is, each time that it runs. The solvables are linked one by one,
// since zypper replaces those that are older than their metadata; those of @System
// are what rpm has.
const zypperLook = `
scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT || exit
(
	set -e
	cd "$scratch"
	mkdir -p etc/zypp/repos.d var/lib/zypp run tmp ".$metadata" ".$solvables"
	ln -s /usr .
	ln -s /etc/products.d etc/
	for file in /etc/zypp/*; do
		case $file in
		*/repos.d) ;;
		*/locks) cp "$file" ".$file" ;;
		*) ln -s "$file" ".$file" ;;
		esac
	done
	for database in /var/lib/rpm "$(rpm --eval '%{_dbpath}')"; do
		[ -e "$database" ] && [ ! -e ".$database" ] || continue
		mkdir -p ".${database%/*}"
		ln -s "$database" ".$database"
	done
	printf '%s' "$sections" >etc/zypp/repos.d/found.repo
	printf '%s%s' "$found" "- @System$nl" | while read -r _ alias; do
		ln -s "$metadata/$alias" ".$metadata/"
		[ -f "$solvables/$alias/cookie" ] || continue
		mkdir ".$solvables/$alias"
		cp "$solvables/$alias/cookie" ".$solvables/$alias/"
		ln -s "$solvables/$alias/solv" "$solvables/$alias/solv.idx" ".$solvables/$alias/"
	done
) || exit
export ZYPP_LOGFILE=/dev/null ZYPP_READONLY_HACK=1 ZYPP_LOCKFILE_ROOT="$scratch"
export TMPDIR="$scratch/tmp" ZYPPTMPDIR="$scratch/tmp"
look() {
	zypper --root "$scratch" --non-interactive --no-refresh "$@"
}

search() {
	answer=$(look --xmlout search -s -C --match-exact -t package "$@")
	status=$?
	if [ "$status" != 0 ] && [ "$status" != 104 ]; then
		printf '%s\n' "$answer" >&2
		exit "$status"
	fi
	printf '%%arch %s\n' "$(rpm --eval '%{_arch}')"
	printf '%s' "$found" | while IFS= read -r line; do printf '%%repository %s\n' "$line"; done
	printf '%s\n' "$answer"
	none=
	for name; do
		case $answer in
		*" name=\"$name\" "*) ;;
		*) none="$none $name" ;;
		esac
	done
	[ -z "$none" ] || look -A search -v -C --match-exact --provides -t package $none
	:
}
`

// zypperIndex takes the asks as aptIndex does.
const zypperIndex = zypperRepositories + `
if [ -z "$found" ]; then
	echo '%index absent'
	exit 0
fi
echo '%index present'
` + askedNames + `[ -n "$names" ] || exit 0
have=$nl$(rpm -q --qf '` + zypperForm + `' $names 2>/dev/null | sed 's/ 0:/ /; s/ [^ ]* / /')$nl
` + unlessFulfilled + zypperLook + `
search $names
`
