#!/usr/bin/env bash
# Publishes the program NativeAot with Native AOT, against the packages that try.sh has made: without any setting, as a user does
# first, and for the processor of this machine. Both must give the model that the compiler of the runtime gives, and say which
# kernels run. Then runs the tests of FedHe.Crypto whose results must not depend on the compiler. Needs clang or gcc.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
artifacts="$root/artifacts/consumer"
case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) echo "No Native AOT for $(uname -m)"; exit 1 ;;
esac
fail() { echo "$1" >&2; exit 1; }
publish() { dotnet publish NativeAot -c Release -r "$rid" -o "$artifacts/native/$1" "${@:2}" 2>&1 | tee "$artifacts/$1.log"; }

# The warning of the package, where it belongs and nowhere else.
warns() { dotnet msbuild NativeAot -nologo -t:FedHeWarnOfSlowKernels -p:Configuration=Release "$@" | grep -q 'warning FEDHE001'; }
dotnet restore NativeAot -r "$rid"
warns -p:RuntimeIdentifier=linux-x64 || fail "No warning of slow kernels for x64."
for silent in linux-x64\ -p:NoWarn=FEDHE001 linux-x64\ -p:IlcInstructionSet=x86-64-v2 linux-x64\ -p:PublishAot=false linux-arm64; do
  # shellcheck disable=SC2086 # A runtime, and perhaps an option.
  if warns -p:RuntimeIdentifier=$silent; then fail "A warning of slow kernels for $silent."; fi
done

publish portable
if [ "$rid" = linux-x64 ]; then
  [ "$(grep -c 'warning FEDHE001' "$artifacts/portable.log")" -ge 1 ] || fail "Publishing does not warn of slow kernels."
fi
publish native -p:IlcInstructionSet=native
if grep 'FEDHE001' "$artifacts/native.log"; then fail "Publishing for this processor warns of slow kernels."; fi

dotnet "$artifacts/bin/NativeAot/Release/net10.0/$rid/NativeAot.dll" | tee "$artifacts/runtime.txt"
for how in portable native; do
  "$artifacts/native/$how/NativeAot" | tee "$artifacts/$how.txt"
  [ "$(grep '^model: ' "$artifacts/$how.txt")" = "$(grep '^model: ' "$artifacts/runtime.txt")" ] || fail "Another model ($how)."
  grep -q '^215 Information: ' "$artifacts/$how.txt" && grep -q '^310 Information: ' "$artifacts/$how.txt" || fail "No kernels are logged ($how)."
done
if grep -q 'AVX' "$artifacts/runtime.txt"; then
  grep -q '^216 Warning: .*AVX' "$artifacts/portable.txt" && grep -q '^311 Warning: .*AVX' "$artifacts/portable.txt" || fail "Slow kernels are not logged."
fi
if grep 'Warning' "$artifacts/native.txt"; then fail "The program for this processor computes with slow kernels."; fi

dotnet publish "$root/eng/NativeAotTests" -c Release -r "$rid" -p:IlcInstructionSet=native -o "$artifacts/native/tests"
"$artifacts/native/tests/FedHe.Crypto.Tests.NativeAot"
