using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Files;

/// <summary>
/// A steady model reads another model, remembers a digest of every block, and refuses values that differ from those of an earlier read. A key therefore encrypts the values that it was drawn from, even if
/// somebody changes the file in between.
/// </summary>
/// <remarks>It takes 32 bytes of memory for each 512 KiB of values, and one block. One thread reads at a time.</remarks>
internal sealed class SteadyModel(IFlatModel inner) : IFlatModel, IDisposable
{
    private const int BlockLength = 1 << 16;
    private const int PartLength = 1 << 12;

    private readonly Digest[] _digests = new Digest[checked((int)((inner.Layout.ParameterCount + BlockLength - 1) / BlockLength))];
    private readonly double[] _block = GC.AllocateArray<double>((int)Math.Min(BlockLength, inner.Layout.ParameterCount), pinned: true);
    private readonly byte[] _part = GC.AllocateArray<byte>(PartLength * sizeof(double), pinned: true);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
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

    /// <summary>Zeroes what is in memory of the values. The model stays its owner's.</summary>
    public void Dispose()
    {
        _held = -1;
        _block.AsSpan().Clear();
        CryptographicOperations.ZeroMemory(_part);
        _hash.Dispose();
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
        Digest digest = DigestOf(values);
        if (_digests[block] != default && _digests[block] != digest)
        {
            throw new ModelChangedException();
        }

        _digests[block] = digest;
        _held = block;
    }

    private Digest DigestOf(ReadOnlySpan<double> values)
    {
        while (!values.IsEmpty)
        {
            ReadOnlySpan<double> part = values[..Math.Min(PartLength, values.Length)];
            for (int i = 0; i < part.Length; i++)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(_part.AsSpan(i * sizeof(double)), part[i]);
            }

            _hash.AppendData(_part, 0, part.Length * sizeof(double));
            values = values[part.Length..];
        }

        return new Digest(_hash.GetHashAndReset());
    }
}
