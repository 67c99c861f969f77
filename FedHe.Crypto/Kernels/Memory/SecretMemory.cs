using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>Secret memory is pinned, and zeroed in a way that the compiler does not remove. Public for authors of schemes.</summary>
public static class SecretMemory
{
    /// <summary>Allocates a zeroed array that the garbage collector never moves, so that it leaves no copy behind.</summary>
    public static T[] Allocate<T>(int length)
        where T : unmanaged
        => GC.AllocateArray<T>(length, pinned: true);

    /// <summary>Zeroes a secret.</summary>
    public static void Zero<T>(Span<T> secret)
        where T : unmanaged
        => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret));
}
