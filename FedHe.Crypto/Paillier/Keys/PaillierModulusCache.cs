using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Primes;

namespace FedHe.Crypto.Paillier.Keys;

/// <summary>
/// A modulus cache keeps the moduli that a context met last, so that the segments of an update do not set up arithmetic
/// again. It is thread-safe, and keeps few moduli, because anyone can send new ones.
/// </summary>
internal sealed class PaillierModulusCache(PaillierParameters parameters)
{
    private const int Capacity = 8;

    private readonly Lock _gate = new();
    private readonly LinkedList<PaillierModulus> _latestFirst = [];

    /// <summary>Gets the modulus of a public key that was checked.</summary>
    /// <param name="publicKey">n, then h.</param>
    public PaillierModulus GetOfPublicKey(ReadOnlySpan<byte> publicKey)
    {
        int length = parameters.ModulusLength;
        ReadOnlySpan<byte> fingerprint = SHA256.HashData(publicKey[length..]).AsSpan(0, KeyId.SizeInBytes);
        byte[] bytes = [.. publicKey[..length], .. fingerprint];
        return Find(PaillierModulus.KeyIdOf(bytes)) ?? Add(new PaillierModulus(parameters, bytes));
    }

    /// <summary>Gets the modulus of a vector from untrusted bytes.</summary>
    /// <param name="bytes">n, then a fingerprint.</param>
    /// <returns>Null if n is even, shorter than a key or has a small factor.</returns>
    public PaillierModulus? TryGetOfVector(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> modulus = bytes[..parameters.ModulusLength];
        if (!PaillierModulus.IsOddOfFullLength(modulus))
        {
            return null;
        }

        // Not every number that someone sends deserves that arithmetic is set up for it.
        return Find(PaillierModulus.KeyIdOf(bytes))
            ?? (VariableTimeNumberTheory.HasSmallFactor(BigEndian.Read(modulus)) ? null : Add(new PaillierModulus(parameters, bytes)));
    }

    private PaillierModulus? Find(KeyId keyId)
    {
        lock (_gate)
        {
            for (LinkedListNode<PaillierModulus>? node = _latestFirst.First; node is not null; node = node.Next)
            {
                if (node.Value.KeyId == keyId)
                {
                    _latestFirst.Remove(node);
                    _latestFirst.AddFirst(node);
                    return node.Value;
                }
            }
        }

        return null;
    }

    private PaillierModulus Add(PaillierModulus modulus)
    {
        // Two threads may have created the same modulus at once; either copy serves.
        lock (_gate)
        {
            _latestFirst.AddFirst(modulus);
            if (_latestFirst.Count > Capacity)
            {
                _latestFirst.RemoveLast();
            }
        }

        return modulus;
    }
}
