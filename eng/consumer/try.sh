#!/usr/bin/env bash
# Packs the libraries, restores them into a project outside the solution from the local folder, and runs the README's
# quickstart with them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
artifacts="$root/artifacts/consumer"
rm -rf "$artifacts"

for project in FedHe.Crypto FedHe.Crypto.Seal FedHe.MLBridge FedHe.Orchestration; do
  dotnet pack "$root/$project" -c Release -o "$artifacts/feed"
done

dotnet run -c Release --project Quickstart.csproj

# What a package must bring: documentation for the reader and for the editor, and symbols for the debugger.
for project in FedHe.Crypto FedHe.Crypto.Seal FedHe.MLBridge FedHe.Orchestration; do
  restored=$(echo "$artifacts/cache/${project,,}"/*)
  for file in "$restored/README.md" "$restored/lib/net10.0/$project.xml" "$artifacts/feed/$project".*.snupkg; do
    [ -s "$file" ] || { echo "The package $project lacks $file"; exit 1; }
  done
done
