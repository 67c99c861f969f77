#!/usr/bin/env bash
# Two rounds of four clients, who are a committee that opens sums; every party has a folder of its own. Needs `fedhe` (or FEDHE, the command to run) and python3.
#     round.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" && cd "$1"
read -ra fedhe <<<"${FEDHE:-fedhe}"
fedhe() { "${fedhe[@]}" "$@"; }
export FEDHE_PASSWORD=${FEDHE_PASSWORD:-"one password for a demonstration"}   # in earnest everybody has one of their own
clients=(north south west east)

# 1. Files that Python writes: the model that all start from, and every client's data.
python3 - "$here" <<'PYTHON'
import json, sys
sys.path.insert(0, sys.argv[1])
from pure_safetensors import save
save("start.safetensors", {"weight": ("F32", [1], [0.0]), "bias": ("F32", [1], [0.0]), "steps": ("I64", [1], [7])}, {"format": "pt"})
for first, name in enumerate(["north", "south", "west", "east"]):
    json.dump([[x / 10, 2 * x / 10 + 1] for x in range(10 * first - 10, 10 * first)], open("data-of-%s.json" % name, "w"))
PYTHON
fedhe plan --model start.safetensors --bound 8 --clients 4 --rounds 2

# 2. Folders and signing keys. Cards go to the authority.
fedhe keys authority authority
fedhe keys server server
for client in "${clients[@]}"; do fedhe keys client "$client" "$client" --samples 10; done
for party in server "${clients[@]}"; do fedhe deliver "$party" authority; done

# 3. The authority describes the job, and makes its group key, which opens no upload. The job's digest is told by telephone.
fedhe keys job authority --model start.safetensors --bound 8 --rounds 2 --epochs 20 --learning-rate 0.05
fedhe deliver authority server "${clients[@]}"
for party in server "${clients[@]}"; do fedhe keys join "$party" --expect "$(cat authority/job.digest)"; done
for client in "${clients[@]}"; do fedhe deliver "$client" authority; done
fedhe keys grant authority
fedhe deliver authority "${clients[@]}"
for client in "${clients[@]}"; do fedhe keys open "$client"; fedhe deliver "$client" server; done

# 4. Rounds. `until_committee COMMAND...` runs a command of the server until it has what the members of the committee owe it: exit code 3.
until_committee() {
  until fedhe "$@" server; do
    [ $? = 3 ] || exit 1
    fedhe deliver server "${clients[@]}"
    for client in "${clients[@]}"; do fedhe answer "$client"; fedhe deliver "$client" server; done
  done
}
for round in 1 2; do
  until_committee round open                 # the members' keys of the round, and then the invitations
  fedhe deliver server "${clients[@]}"
  for client in "${clients[@]}"; do
    fedhe train "$client" --exec "python3 '$here/train_pure.py' data-of-$client.json" --timeout 600
    fedhe deliver "$client" server
  done
  until_committee aggregate                  # boxes to the members, their reports, the list, their answers
  fedhe deliver server "${clients[@]}"
  for client in "${clients[@]}"; do
    fedhe decrypt "$client"                  # verifies the sum, opens it, and announces the client for the next round
    fedhe confirm "$client" --out "$client-$round.safetensors"
    fedhe deliver "$client" server
  done
done

cmp north-2.safetensors south-2.safetensors
cmp north-2.safetensors west-2.safetensors
cmp north-2.safetensors east-2.safetensors
fedhe inspect north-2.safetensors
echo "All clients have the same model."
