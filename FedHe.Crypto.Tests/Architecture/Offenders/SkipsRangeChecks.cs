using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Tests.Architecture.Offenders;

public static class SkipsRangeChecks
{
    public static int Second(ref int first) => Unsafe.Add(ref first, 1);
}
