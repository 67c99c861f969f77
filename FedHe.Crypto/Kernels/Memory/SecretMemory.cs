using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>Pinned arrays for secrets, and their erasure in a way that the compiler does not remove.</summary>
internal static class SecretMemory
{
    /// <summary>A zeroed array that the garbage collector never moves, so that it leaves no copy behind.</summary>
    public static T[] Allocate<T>(int length)
        where T : unmanaged
        => GC.AllocateArray<T>(length, pinned: true);

    public static void Zero<T>(Span<T> secret)
        where T : unmanaged
        => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret));
}
