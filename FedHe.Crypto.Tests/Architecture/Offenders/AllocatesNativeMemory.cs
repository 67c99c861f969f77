using System.Runtime.InteropServices;

namespace FedHe.Crypto.Tests.Architecture.Offenders;

public static class AllocatesNativeMemory
{
    public static nint Allocate() => Marshal.AllocHGlobal(1);
}
