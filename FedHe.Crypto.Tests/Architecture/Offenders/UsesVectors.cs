using System.Runtime.Intrinsics;

namespace FedHe.Crypto.Tests.Architecture.Offenders;

public static class UsesVectors
{
    public static int Sum(ReadOnlySpan<int> values) => Vector128.Sum(Vector128.Create(values));
}
