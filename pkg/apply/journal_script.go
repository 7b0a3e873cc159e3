package apply

// beginScript writes into the journal what is about to be begun, and makes the marks
// of the acts that it calls for. Its arguments are "new", which replaces the
// journal, or "more"; the head of a new one: digest, count of changes and holder; the
// lines; and the addresses to be marked. All of it is on the disk when it ends well.
const beginScript = `mode=$1 digest=$2 count=$3 holder=$4 lines=$5
shift 5
hk_make_state_folder ${1+pending} || exit

for address; do
	hk_mark_path "$address" || exit
	[ -s "$hk_mark" ] && continue
	printf %s "$address" | hk_append "$hk_mark" || exit
done
[ $# = 0 ] || sync "$hk_state/pending" 2>/dev/null

if [ "$mode" = more ]; then
	printf %s "$lines" | hk_append "$hk_state/journal"
	exit
fi
new=$hk_state/journal.new
rm -f "$new"
printf 'hostkit-journal 1 %s %s %s %s\n%s' "$digest" "$(date +%s)" "$count" "$holder" "$lines" | hk_append "$new" || exit
hk_said=$(mv -f -T "$new" "$hk_state/journal" 2>&1) || {
	printf '%s: %s\n' "$hk_state/journal" "${hk_said##*: }" >&2
	rm -f "$new"
	exit 1
}
# The name is there after a power cut where sync takes folders.
sync "$hk_state" "${hk_state%/*}" 2>/dev/null
exit 0`

// endScript writes into the journal how the run has ended, and keeps its record,
// which is on stdin. Its arguments are the lines, the record's size, and how many
// records are kept.
const endScript = `lines=$1 size=$2 most=$3
hk_make_state_folder runs || exit

printf '%s at %s\n' "$lines" "$(date +%s)" | hk_append "$hk_state/journal" || exit
cd "$hk_state/runs" || exit
rm -f .new
hk_append .new || exit
if [ "$(stat -c %s .new)" != "$size" ]; then
	echo 'the record arrived damaged' >&2
	exit 1
fi
hk_last_record
last=$((hk_last + 1))
mv -f -T .new "$last" || exit
for name in [1-9]*; do
	case $name in
	*[!0-9]* | ??????????*) continue ;;
	esac
	[ "$name" -gt "$((last - most))" ] || rm -f "$name"
done
sync . 2>/dev/null
exit 0`
