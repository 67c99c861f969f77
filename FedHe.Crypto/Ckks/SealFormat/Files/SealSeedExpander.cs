using System.Buffers.Binary;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// A SEAL seed expander expands public seeds as SEAL's generator of type blake2xb does. It is not thread-safe.
/// </summary>
/// <remarks>
/// The generator makes pieces of 4096 bytes, each BLAKE2Xb of a counter under the seed as key. Source: SEAL's
/// Blake2xbPRNG and sample_poly_uniform.
/// </remarks>
internal sealed class SealSeedExpander(in SealSeed seed)
{
    private const int PieceLength = 4096;

    private readonly SealSeed _seed = seed;
    private readonly byte[] _piece = new byte[PieceLength];
    private int _position = PieceLength;
    private ulong _counter;

    /// <summary>
    /// Fills one limb after the other with integers uniform below its prime. First all words of all limbs are drawn,
    /// then the words that would bias the remainder are drawn again.
    /// </summary>
    /// <param name="degree">Length of a limb.</param>
    /// <param name="primes">The primes, as many as there are limbs.</param>
    /// <param name="destination">Receives all limbs.</param>
    public void Expand(int degree, ReadOnlySpan<ulong> primes, Span<ulong> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Next();
        }

        for (int limb = 0; limb < primes.Length; limb++)
        {
            ulong prime = primes[limb];
            ulong tooLarge = ulong.MaxValue - (ulong.MaxValue % prime) - 1;
            foreach (ref ulong word in destination.Slice(limb * degree, degree))
            {
                while (word >= tooLarge)
                {
                    word = Next();
                }

                word %= prime;
            }
        }
    }

    private ulong Next()
    {
        if (_position == PieceLength)
        {
            Span<byte> counter = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(counter, _counter++);
            Blake2Xb.Expand(_seed, counter, _piece);
            _position = 0;
        }

        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(_piece.AsSpan(_position));
        _position += sizeof(ulong);
        return word;
    }
}
