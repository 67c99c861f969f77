using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>Secret memory is pinned, and zeroed in a way that the compiler does not remove.</summary>
/// <remarks>The class is public for authors of schemes.</remarks>
public static class SecretMemory
{
    /// <summary>Allocates a zeroed array that the garbage collector never moves, so that no copy is left behind.</summary>
    public static T[] Allocate<T>(int length)
        where T : unmanaged
        => GC.AllocateArray<T>(length, pinned: true);

    /// <summary>Overwrites a secret with zeros.</summary>
    public static void Zero<T>(Span<T> secret)
        where T : unmanaged
        => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret));
}
