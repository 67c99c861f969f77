#!/usr/bin/env bash
# Packs the libraries, restores them into a project outside the solution from the local folder, and runs the README's
# quickstart with them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
packages="$root/artifacts/consumer/feed"
rm -rf "$root/artifacts/consumer"

for project in FedHe.Crypto FedHe.MLBridge FedHe.Orchestration; do
  dotnet pack "$root/$project" -c Release -o "$packages"
  for suffix in nupkg snupkg; do
    ls "$packages/$project".*."$suffix" > /dev/null
  done
  listing=$(unzip -l "$packages/$project".*.nupkg 2> /dev/null || python3 -m zipfile -l "$packages/$project".*.nupkg)
  for file in README.md "lib/net10.0/$project.dll" "lib/net10.0/$project.xml"; do
    grep -q "$file" <<< "$listing" || { echo "$project: the package lacks $file"; exit 1; }
  done
done

dotnet run -c Release --project Quickstart.csproj
