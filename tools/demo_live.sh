#!/usr/bin/env bash
# `./dev demo live`: a clip in which photographs of two women move is played to a node as a camera; one of them is
# enrolled, from another photograph. Its events are printed as they come. Ends with 0 when she was recognised, and the
# other was not.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/demo/node.sh
out=build/demo

rm -rf "$out/live"
mkdir -p "$out/live"
"$bin/demo_clip" "$out/live"
start_node
say "node at $ROLLCALL_ENDPOINT, empty"
rollcall collections create staff >/dev/null
rollcall index "$out/live/anna_1.jpg" --collection staff --id anna --max-faces 1 --journal "$scratch/journal" >/dev/null
say "enrolled anna, from another photograph than those of the clip"
rollcall cameras add door "file://$PWD/$out/live/live.avi" --collection staff --threshold $threshold >/dev/null
rollcall cameras start door >/dev/null
say "camera door plays $out/live/live.avi"
printf '\n'
"$bin/rollcall" events follow --after 0 --camera door & # no function: the process itself is to be ended
follower=$!
until [[ $(rollcall cameras status door | sed -nE 's/^status +//p') =~ ^(STOPPED|FAILED) ]]; do sleep 1; done
sleep 1.5
kill "$follower" 2>/dev/null || true
wait "$follower" 2>/dev/null || true
printf '\n'
rollcall events replay --camera door --json >"$out/live/events.jsonl"
recognised=$(grep -c '"Kind":"Recognised"' "$out/live/events.jsonl" || true)
tracks=$(grep -c '"Kind":"TrackBegan"' "$out/live/events.jsonl" || true)
say "$tracks visits, $recognised of them recognised; events: $out/live/events.jsonl"
rollcall watch "$out/live/live.avi" --collection staff --threshold $threshold --draw "$out/live/seen.mp4" \
  --timeline "$out/live/seen.png" >"$out/live/watched.txt" || die "rollcall watch found nobody: $out/live/watched.txt"
say "the clip with boxes and names: $out/live/seen.mp4; who was seen when: $out/live/seen.png"
[[ $recognised -ge 1 ]] || die "anna was not recognised"
! grep '"Kind":"Recognised"' "$out/live/events.jsonl" | grep -qv '"ExternalImageId":"anna"' || die "somebody else was recognised"
[[ $recognised -lt $tracks ]] || die "bella, who is not enrolled, was recognised"
stop_node || die "rollcalld did not stop cleanly"
