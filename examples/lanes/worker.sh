#!/bin/sh
# A lane in shell. Register it once, then:  GUILDHALL_TOKEN=ghl_… sh examples/lanes/worker.sh     (needs curl and jq)
url=${GUILDHALL_URL:-http://127.0.0.1:4733} lane=${GUILDHALL_LANE:-factory}
ask() { # ask PATH JSON [HEADER]: the answer, or nothing when the daemon said no or had none
  curl -sS --fail-with-body --config - -H 'Content-Type: application/json' ${3:+-H "$3"} --data-binary "$2" "$url/v1/$1" <<HEADERS
header = "Authorization: Bearer $GUILDHALL_TOKEN"
HEADERS
}
while :; do
  request=$(date +%s%N)-$$ # the same id again after a lost answer gives the same claim
  claim=$(ask "lanes/$lane/claims?waitMs=30000" "{\"requestId\":\"$request\"}") || { sleep 2; continue; }
  [ -n "$claim" ] || continue
  task=$(printf %s "$claim" | jq -r .task.id) token=$(printf %s "$claim" | jq -r .claim.token)
  (while sleep 20; do ask "tasks/$task/heartbeat" '{}' "Claim-Token: $token" >/dev/null || exit; done) & beat=$!
  words=$(printf %s "$claim" | jq -r .task.body | wc -w | tr -d ' ')
  ask "tasks/$task/complete" "{\"summary\":\"The text has $words words.\",\"evidence\":[{\"kind\":\"check\",\"text\":\"wc -w\"}]}" "Claim-Token: $token" >/dev/null
  kill "$beat"
done
