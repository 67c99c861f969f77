using System.Diagnostics;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>
/// A universal hash kernel compresses secret bytes under a random key, so fast that a whole model can pass through it.
/// </summary>
/// <remarks>
/// <para>
/// The hash is NH. With 64-bit words m_i of the message and k_i of the key, and x = m_i + k_(i + 8t) modulo 2^64,
/// <code>
/// hash_t = sum of low32(x)*high32(x) over all i, modulo 2^64,
/// </code>
/// for every pass t below <see cref="Passes"/>. Two different messages of one length have equal hashes with probability at most
/// 2^(-32*Passes) over the key. The hashes alone do not hide the message: the caller puts them and its length through HMAC.
/// </para>
/// <para>
/// The bound of one pass: let d be the difference of two words. Where the lower half of d is not zero, both lower halves of x
/// differ whatever the key is; fix the lower half of the key, and with it the carry. Where it is zero the upper halves differ;
/// fix the upper half of the key. The product is then a*(b + c) with two different a and one random b, and the difference of
/// the two products takes each value for at most one b of 2^32. Passes are independent: at the last word that differs, pass t
/// uses a word of the key that no earlier pass uses at or before it.
/// </para>
/// Source: Black, Halevi, Krawczyk, Krovetz and Rogaway, "UMAC: Fast and Secure Message Authentication", CRYPTO 1999, the
/// hash NH with its Toeplitz extension, here with additions of 64 bits.
/// </remarks>
internal abstract class UniversalHashKernel
{
    /// <summary>The number of passes over the message, each under its own part of the key.</summary>
    public const int Passes = 2;

    /// <summary>The number of bytes of a hash.</summary>
    public const int HashLength = Passes * sizeof(ulong);

    /// <summary>The number of separate sums of a pass, and of words between the keys of two passes.</summary>
    protected const int Lanes = 8;

    private const int GroupLength = Lanes * sizeof(ulong);

    /// <summary>The fastest implementation on this machine.</summary>
    public static UniversalHashKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static UniversalHashKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneUniversalHashKernel<WordLane512>(),
        LaneWidth.Vector256 => new LaneUniversalHashKernel<WordLane256>(),
        LaneWidth.Vector128 => new LaneUniversalHashKernel<WordLane128>(),
        LaneWidth.Scalar => new LaneUniversalHashKernel<WordLaneScalar>(),
        _ => new UniversalHashSpecification(),
    };

    /// <summary>Returns the number of bytes of the key for a message.</summary>
    public static int KeyLength(int messageLength)
        => (((messageLength + GroupLength - 1) / GroupLength) + Passes - 1) * GroupLength;

    /// <summary>Returns the bytes of values in memory, without a copy.</summary>
    public static ReadOnlySpan<byte> BytesOf<T>(ReadOnlySpan<T> values)
        where T : unmanaged
        => MemoryMarshal.AsBytes(values);

    /// <summary>Returns the values of which <see cref="BytesOf"/> gave the bytes, without a copy.</summary>
    public static ReadOnlySpan<T> ValuesOf<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged
        => MemoryMarshal.Cast<byte, T>(bytes);

    /// <summary>Hashes a message.</summary>
    /// <param name="message">Any number of bytes; zeros complete the last 64 of them.</param>
    /// <param name="key">Random bytes, at least <see cref="KeyLength"/> of the message's length.</param>
    /// <param name="hash">Receives <see cref="HashLength"/> bytes, in the byte order of the machine.</param>
    public void Hash(ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, Span<byte> hash)
    {
        Debug.Assert(key.Length >= KeyLength(message.Length) && hash.Length == HashLength, "A key and a hash of the right lengths.");
        Span<ulong> sums = stackalloc ulong[Passes * Lanes];
        sums.Clear();
        int whole = message.Length - (message.Length % GroupLength);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(key);
        Accumulate(MemoryMarshal.Cast<byte, ulong>(message[..whole]), words, sums);
        if (whole < message.Length)
        {
            Span<byte> rest = stackalloc byte[GroupLength];
            rest.Clear();
            message[whole..].CopyTo(rest);
            Accumulate(MemoryMarshal.Cast<byte, ulong>(rest), words[(whole / sizeof(ulong))..], sums);
            SecretMemory.Zero(rest);
        }

        Span<ulong> totals = MemoryMarshal.Cast<byte, ulong>(hash);
        totals.Clear();
        for (int i = 0; i < sums.Length; i++)
        {
            totals[i / Lanes] += sums[i];
        }

        SecretMemory.Zero(sums);
    }

    /// <summary>Adds the products of whole groups of eight words to the sums: eight for each pass, one for each word of a group.</summary>
    protected abstract void Accumulate(ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> key, Span<ulong> sums);
}
