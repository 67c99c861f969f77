using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Random;

/// <summary>A counter stream is the output of AES-256 in counter mode under a secret seed.</summary>
/// <remarks>
/// The seed is the key. The counter block is little-endian: 8 bytes block number, 4 bytes item, 2 zero bytes, 2 bytes domain
/// (2), so that no two items share a block. A request ends at the end of a block: the rest of the block is not used.
/// </remarks>
internal sealed class CounterStream : SecretStream
{
    private const ulong SecretDomain = 2;
    private const int BytesPerBlock = UniformKernel.WordsPerBlock * sizeof(ulong);

    // As many bytes as the errors of 4096 coefficients need, which is the largest usual request.
    private const int WordsPerBatch = 2688;

    private static readonly ConcurrentPool<CipherBlocks> Buffers = new(_ => new CipherBlocks(WordsPerBatch));

    private readonly CipherBlocks _buffer = Buffers.Rent();
    private readonly BlockCipher _cipher;
    private ulong _label = LabelOf(item: 0);
    private ulong _block;
    private int _used;
    private bool _isDisposed;

    /// <summary>Opens the stream of a seed of 32 bytes at item 0.</summary>
    public CounterStream(ReadOnlySpan<byte> seed) => _cipher = BlockCipher.Create(seed);

    /// <summary>Returns the second half of the counter blocks of an item.</summary>
    public static ulong LabelOf(int item) => (SecretDomain << 48) | (uint)item;

    public override void MoveTo(int item)
    {
        _label = LabelOf(item);
        _block = 0;
    }

    public override void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> bytes = Generate(Math.Min(destination.Length, _buffer.Bytes.Length));
            bytes.CopyTo(destination);
            destination = destination[bytes.Length..];
        }
    }

    public override ReadOnlySpan<byte> Next(Span<byte> scratch)
        => scratch.Length <= _buffer.Bytes.Length ? Generate(scratch.Length) : base.Next(scratch);

    public override void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        // A buffer that is returned twice would be two streams' buffer.
        _isDisposed = true;
        SecretMemory.Zero(_buffer.Words[.._used]);
        Buffers.Return(_buffer);
        _cipher.Dispose();
    }

    private ReadOnlySpan<byte> Generate(int length)
    {
        int blocks = (length + BytesPerBlock - 1) / BytesPerBlock;
        int words = blocks * UniformKernel.WordsPerBlock;
        _buffer.EncryptCounters(_cipher, words, _block, _label);
        _block += (ulong)blocks;
        _used = Math.Max(_used, words);
        return _buffer.Bytes[..length];
    }
}
