#!/usr/bin/env bash
# The demonstration, `./dev demo`: a node on an empty data directory enrols everybody in three photographs, face by face,
# and looks for the same people in other ones. Ends with 0 when those who must be found were found.
# A person is named after the photograph of the enrolment and the place in it, from the left: "sample3-2".
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/demo/node.sh
photos=${ROLLCALL_DEPS:-$PWD/build/deps}/photos
out=build/demo
enrolled=(sample3 sample4 sample6)
searched=(sample1 sample2 sample4 sample5)
# Who is known to be in another photograph than the one of the enrolment: person, photograph.
expected=("sample3-2 sample1" "sample4-1 sample1" "sample6-3 sample4")

# Enrols every face of a photograph under a name of its own; sample4 is searched, too, so only its leftmost person.
enrol() {
  local photo=$1 place=0 number
  rollcall detect "$photos/$photo.jpg" --cut-out "$scratch/$photo" >"$scratch/$photo.faces"
  while read -r number; do
    place=$((place + 1))
    [[ $photo != sample4 || $place == 1 ]] || continue
    rollcall index "$scratch/$photo/$number.jpg" --collection demo --id "$photo-$place" --max-faces 1 --quality NONE \
      --journal "$scratch/journal" >/dev/null
  done < <(tail -n +2 "$scratch/$photo.faces" | sort -n -k2,2 | awk '{print $1}')
}

# Appends "person photograph similarity" for everybody found in a photograph.
search() {
  local photo=$1 code=0
  rollcall search "$photos/$photo.jpg" --collection demo --every-face --max 1 --threshold $threshold \
    --draw "$out/$photo.jpg" >"$scratch/found" || code=$?
  [[ $code == 0 || $code == 5 ]] || die "the search in $photo failed"
  awk -v photo="$photo" '$2 ~ /^[0-9.]+$/ {print $3, photo, $2}' "$scratch/found" >>"$scratch/table"
}

rm -rf "$out"
mkdir -p "$out"
start_node
say "node at $ROLLCALL_ENDPOINT, empty"
rollcall collections create demo >/dev/null
for photo in "${enrolled[@]}"; do enrol "$photo"; done
say "enrolled $(rollcall collections list | awk '$1 == "demo" {print $2}') faces of ${enrolled[*]}"
for photo in "${searched[@]}"; do search "$photo"; done
say "searched every face of ${searched[*]}, similarity $threshold and above"

printf '\n   %-12s  %-12s  %-10s  %s\n' PERSON "FOUND IN" SIMILARITY NOTE
sort "$scratch/table" | while read -r person photo similarity; do
  note=
  [[ ${person%-*} != "$photo" ]] || note='the photograph of the enrolment'
  printf '   %-12s  %-12s  %-10s  %s\n' "$person" "$photo" "$similarity" "$note"
done | sed 's/ *$//'
printf '\n'
missing=0
for pair in "${expected[@]}"; do
  grep -q "^$pair " "$scratch/table" || { say "NOT FOUND: $pair"; missing=1; }
done
[[ $missing == 0 ]] || die "not everybody was found"
# Whoever is named in another photograph than those expected is a false match.
while read -r person photo similarity; do
  [[ ${person%-*} == "$photo" || " ${expected[*]} " == *" $person $photo "* ]] || die "$person is not in $photo ($similarity)"
done <"$scratch/table"

rollcall compare "$photos/sample1.jpg" "$photos/sample3.jpg" --draw "$out/comparison.png" >/dev/null
say "every search is in the decision log: $(rollcall decisions list --count 1000 --json | wc -l) decisions"
stop_node || die "rollcalld did not stop cleanly"
say "pictures: $(cd "$out" && printf "$out/%s " *)"
