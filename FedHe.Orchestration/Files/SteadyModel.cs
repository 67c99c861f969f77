using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Files;

/// <summary>
/// A steady model reads another one, and values that are read again must be those that were read before: it remembers a digest of every block. So the values that a key was made for are those that it
/// encrypts, wherever they lie and whoever can change them.
/// </summary>
/// <remarks>It takes 32 bytes of memory for each 512 KiB of values, and one block. One thread reads at a time.</remarks>
internal sealed class SteadyModel(IFlatModel inner) : IFlatModel, IDisposable
{
    private const int BlockLength = 1 << 16;

    private readonly Digest[] _digests = new Digest[checked((int)((inner.Layout.ParameterCount + BlockLength - 1) / BlockLength))];
    private readonly double[] _block = GC.AllocateArray<double>((int)Math.Min(BlockLength, inner.Layout.ParameterCount), pinned: true);
    private long _held = -1;

    public ModelLayout Layout => inner.Layout;

    /// <summary>Copies values.</summary>
    /// <exception cref="ModelChangedException">They are not what they were.</exception>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        while (!destination.IsEmpty)
        {
            long block = start / BlockLength;
            Hold(block);
            ReadOnlySpan<double> values = _block.AsSpan(0, LengthOf(block))[(int)(start % BlockLength)..];
            values = values[..Math.Min(values.Length, destination.Length)];
            values.CopyTo(destination);
            destination = destination[values.Length..];
            start += values.Length;
        }
    }

    /// <summary>Zeroes the block in memory. The model stays its owner's.</summary>
    public void Dispose()
    {
        _held = -1;
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_block.AsSpan()));
    }

    private int LengthOf(long block) => (int)Math.Min(BlockLength, Layout.ParameterCount - (block * BlockLength));

    /// <summary>Has a block in memory, which is the same as ever.</summary>
    private void Hold(long block)
    {
        if (_held == block)
        {
            return;
        }

        _held = -1;
        Span<double> values = _block.AsSpan(0, LengthOf(block));
        inner.CopyFlatTo(block * BlockLength, values);
        Digest digest = Digest.Compute(MemoryMarshal.AsBytes(values));
        if (_digests[block] != default && _digests[block] != digest)
        {
            throw new ModelChangedException();
        }

        _digests[block] = digest;
        _held = block;
    }
}
