# What the demonstrations share: a node on an empty data directory, and the command line for it. Sourced.
bin=$PWD/${ROLLCALL_DEMO_BIN:-build/release/bin}
threshold=87

die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
say() { printf '   %s\n' "$*"; }

scratch=$(mktemp -d)
node=
stop_node() {
  [[ -n $node ]] || return 0
  kill -TERM "$node" 2>/dev/null || true
  local code=0
  wait "$node" || code=$?
  node=
  return $code
}
trap 'stop_node || true; rm -rf "$scratch"' EXIT

start_node() {
  env -u ROLLCALL_NODE_DATA_DIR "$bin/rollcalld" --config /dev/null --data-dir "$scratch/data" --http 127.0.0.1:0 --management 127.0.0.1:0 \
    --set log.level=error --set decisions.wait=true >"$scratch/ready" 2>"$scratch/log" &
  node=$!
  local tries=0
  until grep -qs '^ready ' "$scratch/ready"; do
    kill -0 "$node" 2>/dev/null || { cat "$scratch/log" >&2; die "rollcalld did not start"; }
    [[ $((tries += 1)) -lt 600 ]] || die "rollcalld was not ready within a minute"
    sleep 0.1
  done
  ROLLCALL_ENDPOINT=http://$(sed -nE 's/^ready http=([^ ]+) .*/\1/p' "$scratch/ready")
  export ROLLCALL_ENDPOINT
  unset ROLLCALL_ACCESS_KEY ROLLCALL_SECRET_KEY ROLLCALL_PROFILE
}

rollcall() { "$bin/rollcall" --purpose demonstration "$@"; }
