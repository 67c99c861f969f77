using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.ModelFiles;

/// <summary>
/// A model file writer writes a model of any size to a stream while its values arrive, rounded to the tensors' element types, as <see cref="ModelFile"/> reads it. It holds a part of the values at a time.
/// </summary>
/// <remarks>Values are written in clear. The stream is only appended to, and stays the caller's, who makes what was written durable.</remarks>
public sealed class ModelFileWriter : IFlatModelWriter, IDisposable
{
    private const int PartLength = 256 * 1024;

    private readonly Stream _destination;
    private readonly ModelLayout _layout;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _part = new byte[PartLength];
    private int _count;
    private long _written;

    /// <summary>Creates a writer, and writes the head of the file.</summary>
    /// <param name="destination">The stream, which receives the head, and behind it the values of all tensors that are averaged, in the order of the layout.</param>
    /// <param name="layout">The layout of the model.</param>
    public ModelFileWriter(Stream destination, ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(layout);
        _destination = destination;
        _layout = layout;
        ReadOnlySpan<byte> head = ModelFileHead.ToBytes(layout);
        head.CopyTo(_part);
        _count = head.Length;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The range does not begin where the last one ended, or ends behind the model.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Write(long start, ReadOnlySpan<double> averages)
    {
        if (start != _written || averages.Length > _layout.ParameterCount - start)
        {
            throw Throw.WrongFlatRange(_layout.ParameterCount, nameof(start));
        }

        while (!averages.IsEmpty)
        {
            MakeRoom();
            TensorRun run = _layout.RunAt(_written, Math.Min(averages.Length, (PartLength - _count) / ModelElements.LargestSize));
            ElementType type = _layout.Tensors[run.TensorIndex].ElementType;
            ModelElements.Write(type, averages[..run.Length], _part.AsSpan(_count));
            _count += run.Length * ModelElements.SizeOf(type);
            _written += run.Length;
            averages = averages[run.Length..];
        }
    }

    /// <summary>Writes what is left, and returns the SHA-256 of everything that was written. It neither flushes the stream nor closes it.</summary>
    /// <exception cref="InvalidOperationException">Fewer values were written than the model has.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public Digest Complete()
    {
        if (_written != _layout.ParameterCount)
        {
            throw Throw.ModelFileIncomplete(_layout.ParameterCount, _written);
        }

        WritePart();
        return new Digest(_hash.GetHashAndReset());
    }

    /// <summary>Zeroes what the writer holds of the values. The stream stays open.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_part);
        _hash.Dispose();
    }

    private void MakeRoom()
    {
        if (PartLength - _count < ModelElements.LargestSize)
        {
            WritePart();
        }
    }

    private void WritePart()
    {
        _hash.AppendData(_part, 0, _count);
        _destination.Write(_part, 0, _count);
        _count = 0;
    }
}
