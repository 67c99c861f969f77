using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Privacy.Kernels;

/// <summary>A word stream is the output of AES-256 in counter mode under a seed, as words of 64 bits. It is not thread-safe.</summary>
/// <remarks>The counter block is little-endian: 8 bytes block number, 8 bytes item, so that no two items share a block.</remarks>
internal sealed class WordStream : IDisposable
{
    public const int SeedLength = 32;

    private const int WordsPerBlock = 2;
    private const int WordsPerBatch = 2048;

    private readonly byte[] _counters = new byte[WordsPerBatch * sizeof(ulong)];
    private readonly byte[] _output = SecretMemory.Allocate<byte>(WordsPerBatch * sizeof(ulong));
    private readonly Aes _aes;
    private readonly ICryptoTransform _cipher;
    private readonly ulong _item;
    private ulong _block;

    /// <summary>Opens the words of an item of a seed of 32 bytes.</summary>
    public WordStream(ReadOnlySpan<byte> seed, ulong item)
    {
        _item = item;
        byte[] key = SecretMemory.Allocate<byte>(SeedLength);
        try
        {
            seed.CopyTo(key);
            _aes = Aes.Create();
            _aes.Mode = CipherMode.ECB;
            _aes.Padding = PaddingMode.None;
            _aes.Key = key;
            _cipher = _aes.CreateEncryptor();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The number of words that were drawn.</summary>
    public long Drawn { get; private set; }

    /// <summary>Fills memory with the next words. An odd number of words leaves half a block unused.</summary>
    public void Fill(Span<ulong> destination)
    {
        Drawn += destination.Length;
        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length, WordsPerBatch);
            int blocks = (count + WordsPerBlock - 1) / WordsPerBlock;
            Span<ulong> counters = MemoryMarshal.Cast<byte, ulong>(_counters.AsSpan(0, blocks * WordsPerBlock * sizeof(ulong)));
            for (int i = 0; i < counters.Length; i += WordsPerBlock)
            {
                counters[i] = _block++;
                counters[i + 1] = _item;
            }

            _cipher.TransformBlock(_counters, 0, counters.Length * sizeof(ulong), _output, 0);
            MemoryMarshal.Cast<byte, ulong>(_output)[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    public void Dispose()
    {
        SecretMemory.Zero<byte>(_output);
        _cipher.Dispose();
        _aes.Dispose();
    }
}
