using System.Diagnostics;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Tags;

namespace FedHe.Crypto.LinearTags;

/// <summary>A pad key gives the pads of all contents of one client's contribution. It is thread-safe.</summary>
/// <remarks>
/// <para>
/// A pad serves one content. Two contents u and u' under one pad show, by the difference of their tags, that the secret
/// points are roots of the public polynomial with coefficients u - u', and roots are found within seconds. An
/// attacker who has the points can forge the tag of any client under them. So the context of a pad key has a nonce that is new
/// with each encryption, and no pad key tags two contents at one position. The caller takes care of both.
/// </para>
/// The pad of a position is one block of AES-256 for each hash, 128 bits reduced modulo the prime: a bias below
/// 2^-66. The cipher holds the key, and zeroes it when the pad key is disposed.
/// </remarks>
[DebuggerDisplay("Pad key")]
public sealed class PadKey : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BlockCipher _cipher;
    private readonly CipherBlocks _blocks = new(TagKernel.HashCount * PadPosition.SizeInBytes / sizeof(ulong));
    private bool _isDisposed;

    /// <summary>Creates a pad key of the cipher's 32-byte key, which the caller zeroes.</summary>
    internal PadKey(ReadOnlySpan<byte> key) => _cipher = BlockCipher.Create(key);

    /// <summary>Computes the pad at a position.</summary>
    /// <param name="position">The position, which no other content of this pad key has.</param>
    /// <param name="modulus">The modulus of the content. Primes of one content have positions of their own.</param>
    /// <exception cref="ObjectDisposedException">The pad key was disposed.</exception>
    public LinearPad PadAt(PadPosition position, TagModulus modulus)
    {
        ArgumentNullException.ThrowIfNull(modulus);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Span<byte> blocks = _blocks.Bytes;
            position.Write(blocks, hash: 1);
            position.Write(blocks[PadPosition.SizeInBytes..], hash: 2);
            _blocks.Encrypt(_cipher, _blocks.Words.Length);
            var pad = new ResiduePair(modulus.Reduce(blocks), modulus.Reduce(blocks[PadPosition.SizeInBytes..]));
            SecretMemory.Zero(blocks);
            return new LinearPad((ulong)modulus.Prime, pad);
        }
    }

    /// <summary>Zeroes the cipher's key.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _cipher.Dispose();
        }
    }

    /// <summary>Returns a fixed text, because a key never shows its content.</summary>
    public override string ToString() => "Pad key";
}
