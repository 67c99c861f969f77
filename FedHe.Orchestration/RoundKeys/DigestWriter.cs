using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A digest writer computes the digest of everything that is written to it, and keeps none of it.</summary>
internal sealed class DigestWriter : IBufferWriter<byte>, IDisposable
{
    private const int BufferLength = 1 << 14;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[BufferLength];

    public void Advance(int count) => _hash.AppendData(_buffer.AsSpan(0, count));

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (sizeHint > _buffer.Length)
        {
            _buffer = new byte[sizeHint];
        }

        return _buffer;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Returns the digest, and begins another one.</summary>
    public Digest Complete() => new(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
