using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>Words that a block cipher turns into others in place. Public data; kept by a workspace for one seed after the other.</summary>
internal sealed class CipherBlocks(int wordCount)
{
    private readonly AlignedArray<byte> _bytes = new(sizeof(ulong) * wordCount);

    public Span<ulong> Words => MemoryMarshal.Cast<byte, ulong>(_bytes.Span);

    /// <summary>Encrypts the first words.</summary>
    public void Encrypt(ICryptoTransform cipher, int count)
        => cipher.TransformBlock(_bytes.Storage, _bytes.Start, sizeof(ulong) * count, _bytes.Storage, _bytes.Start);
}
