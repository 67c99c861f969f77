#!/usr/bin/env bash
# Packs the libraries, restores them into a project outside the solution from the local folder, runs the README's
# quickstart with them, and looks at what the packages bring.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
artifacts="$root/artifacts/consumer"
projects=(FedHe.Crypto FedHe.Crypto.Seal FedHe.Hosting FedHe.Hosting.AspNetCore FedHe.Hosting.OpenTelemetry FedHe.Hosting.PostgreSql FedHe.MLBridge FedHe.Orchestration FedHe.Privacy FedHe.Privacy.Federation FedHe.Safetensors FedHe.TorchSharp)
rm -rf "$artifacts"

for project in "${projects[@]}" FedHe.Tool FedHe.Templates; do
  dotnet pack "$root/$project" -c Release -o "$artifacts/feed"
done

# Programs that use the packages; each says by its exit code whether it got what it was promised.
dotnet run -c Release --project Quickstart.csproj

# The command, installed where nothing of the repository is near, with a model of eight bytes.
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
(
  cd "$tools"
  dotnet tool install FedHe.Tool --tool-path "$tools/bin" --add-source "$artifacts/feed" --version "$(basename "$artifacts/feed"/FedHe.Tool.*.nupkg .nupkg | sed 's/^FedHe.Tool.//')"
  { printf '\x40\0\0\0\0\0\0\0%-64s' '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'; printf '\0\0\0\0\0\0\0\0'; } >model.safetensors
  bin/fedhe inspect model.safetensors | grep >/dev/null 'w: F32\[2\]'
  bin/fedhe plan --model model.safetensors --bound 1 --json | grep >/dev/null '"status": "done"'
  status=0
  bin/fedhe plan >/dev/null 2>&1 || status=$?
  [ "$status" = 2 ] || { echo "fedhe ends a wrong command line with $status"; exit 1; }
  # A server, an authority and three clients as processes over TLS; the server is killed in the middle.
  bin/fedhe poc up --clients 3 --kill server@2 | grep >/dev/null 'All 3 clients have the same model after 3 rounds'
  if command -v python3 >/dev/null; then
    FEDHE="$tools/bin/fedhe" bash "$root/samples/PyTorchClient/round.sh" round | tail -n 1 | grep >/dev/null 'All clients have the same model.'
  else
    echo "Skipped: the rounds of samples/PyTorchClient/round.sh, for want of python3."
  fi
)

# The template: what it makes builds, passes its tests, and runs from the kits that the command makes.
(
  cd "$tools"
  export DOTNET_CLI_HOME="$tools/home"
  dotnet new install "$artifacts/feed"/FedHe.Templates.*.nupkg
  dotnet new fedhe --name Heart --output "$tools/Heart"
  cd Heart
  grep >/dev/null "<FedHeVersion>$(basename "$artifacts/feed"/FedHe.Templates.*.nupkg .nupkg | sed 's/^FedHe.Templates.//')<" Directory.Build.props
  export RestoreAdditionalProjectSources="$artifacts/feed" RestorePackagesPath="$artifacts/cache"
  dotnet test -c Release
  dotnet build -c Release
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 18443)
  sed -i "s/8443/$port/" project.yaml
  "$tools/bin/fedhe" provision project.yaml -o kits
  printf '%s\n' 0,1 0.5,2 1,3 1.5,4 >data.csv
  start() { cd "kits/$1" && exec timeout 300 dotnet "$tools/Heart/Heart.$2/bin/Release/net10.0/Heart.$2.dll" "${@:3}"; }
  (start server Server) & services=($!)
  (start authority Authority) & services+=($!)
  trap 'kill "${services[@]}" 2>/dev/null || true' EXIT
  clients=()
  for client in north south west east; do (start "$client" Client --data="$tools/Heart/data.csv" >"$tools/$client.txt") & clients+=($!); done
  wait "${clients[@]}"
  for client in north south west east; do
    grep >/dev/null 'The job has ended: Completed.' "$tools/$client.txt"
    cmp kits/north/model/round-000005.safetensors "kits/$client/model/round-000005.safetensors"
  done
)

# The framework that the server refers to; what others ask for is in their packages.
aspnet=$(dotnet --list-runtimes | sed -nE 's|^Microsoft\.AspNetCore\.App (\S+) \[(.*)\]$|\2/\1|p' | tail -1)

# What a package must bring: licence, changes, documentation for the reader and for the editor, and symbols for the debugger.
for project in "${projects[@]}"; do
  restored=$(echo "$artifacts/cache/${project,,}"/*)
  for file in "$restored"/{README.md,CHANGELOG.md,LICENSE,icon.png,"lib/net10.0/$project.xml"} "$artifacts/feed/$project".*.snupkg; do
    [ -s "$file" ] || { echo "The package $project lacks $file"; exit 1; }
  done
  # Documentation of members that no user can reach must not be in it.
  { find "$artifacts/cache" -path '*/lib/net10.0/*.dll' -o -path '*/torchsharp/*/lib/net8.0/*.dll'; find "$aspnet" -name '*.dll'; } >"$artifacts/references.txt"
  dotnet "$root/artifacts/bin/PublicDocs/release/PublicDocs.dll" check "$restored/lib/net10.0/$project".{dll,xml} "@$artifacts/references.txt"
done

# Beside the family, the adapter of TorchSharp asks for TorchSharp alone.
others=$(grep -o '<dependency id="[^"]*"' "$artifacts"/cache/fedhe.torchsharp/*/fedhe.torchsharp.nuspec | grep -v '"FedHe\.' | sort -u)
[ "$others" = '<dependency id="TorchSharp"' ] || { echo "FedHe.TorchSharp depends on: $others"; exit 1; }
