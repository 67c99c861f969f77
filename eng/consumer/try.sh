#!/usr/bin/env bash
# Packs the libraries, restores them into a project outside the solution from the local folder, runs the README's
# quickstart with them, and looks at what the packages bring.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
artifacts="$root/artifacts/consumer"
projects=(FedHe.Crypto FedHe.Crypto.Seal FedHe.MLBridge FedHe.Orchestration FedHe.TorchSharp)
rm -rf "$artifacts"

for project in "${projects[@]}"; do
  dotnet pack "$root/$project" -c Release -o "$artifacts/feed"
done

# Programs that use the packages; each says by its exit code whether it got what it was promised.
dotnet run -c Release --project Quickstart.csproj

# What a package must bring: licence, changes, documentation for the reader and for the editor, and symbols for the debugger.
for project in "${projects[@]}"; do
  restored=$(echo "$artifacts/cache/${project,,}"/*)
  for file in "$restored"/{README.md,CHANGELOG.md,LICENSE,icon.png,"lib/net10.0/$project.xml"} "$artifacts/feed/$project".*.snupkg; do
    [ -s "$file" ] || { echo "The package $project lacks $file"; exit 1; }
  done
  # Documentation of members that no user can reach must not be in it.
  find "$artifacts/cache" -path '*/lib/net10.0/*.dll' -o -path '*/torchsharp/*/lib/net8.0/*.dll' >"$artifacts/references.txt"
  dotnet "$root/artifacts/bin/PublicDocs/release/PublicDocs.dll" check "$restored/lib/net10.0/$project".{dll,xml} "@$artifacts/references.txt"
done

# Beside the family, the adapter of TorchSharp asks for TorchSharp alone.
others=$(grep -o '<dependency id="[^"]*"' "$artifacts"/cache/fedhe.torchsharp/*/fedhe.torchsharp.nuspec | grep -v '"FedHe\.' | sort -u)
[ "$others" = '<dependency id="TorchSharp"' ] || { echo "FedHe.TorchSharp depends on: $others"; exit 1; }
