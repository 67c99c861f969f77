using System.Runtime.InteropServices;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>Half words are the 32-bit halves of 64-bit words.</summary>
internal static class HalfWords
{
    /// <summary>Returns as many halves as there are words, in the memory of the first half of the words.</summary>
    public static Span<uint> Of(Span<ulong> words) => MemoryMarshal.Cast<ulong, uint>(words)[..words.Length];

    /// <summary>Returns twice as many halves as there are words, in all of their memory.</summary>
    public static Span<uint> AllOf(Span<ulong> words) => MemoryMarshal.Cast<ulong, uint>(words);
}
