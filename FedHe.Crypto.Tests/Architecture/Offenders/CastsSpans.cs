using System.Runtime.InteropServices;

namespace FedHe.Crypto.Tests.Architecture.Offenders;

public static class CastsSpans
{
    public static ReadOnlySpan<byte> Bytes(ReadOnlySpan<int> values) => MemoryMarshal.AsBytes(values);
}
