using System.Runtime.Intrinsics;

namespace FedHe.Crypto.Tests.Architecture.Offenders.Kernels;

/// <summary>Uses vectors of the processor where that is allowed.</summary>
public static class FastSum
{
    public static int Of(ReadOnlySpan<int> values) => Vector128.Sum(Vector128.Create(values));
}
