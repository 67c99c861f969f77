using System.Buffers;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Serialization;

/// <summary>An exact buffer receives an object whose encoded length is known, in one array that is then handed out without a copy.</summary>
/// <remarks>The array is not zeroed first: every byte of it must be written.</remarks>
/// <example>
/// <code>
/// var buffer = new ExactBuffer(vector.EncodedLength);
/// vector.WriteTo(buffer);
/// byte[] bytes = buffer.Complete();
/// </code>
/// </example>
public sealed class ExactBuffer : IBufferWriter<byte>
{
    private readonly byte[] _bytes;
    private int _position;

    /// <summary>Allocates the array.</summary>
    /// <param name="length">The exact number of bytes that will be written.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or more than an array can have.</exception>
    public ExactBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Array.MaxLength);
        _bytes = GC.AllocateUninitializedArray<byte>((int)length);
    }

    /// <summary>Returns the array with everything written to it, without a copy.</summary>
    /// <exception cref="InvalidOperationException">Fewer bytes were written than announced.</exception>
    public byte[] Complete() => _position == _bytes.Length ? _bytes : throw Throw.LengthNotAsAnnounced();

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">More bytes were written than announced.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _position = count <= _bytes.Length - _position ? _position + count : throw Throw.LengthNotAsAnnounced();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">More bytes are asked for than were announced.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Demand(sizeHint);
        return _bytes.AsMemory(_position);
    }

    /// <inheritdoc cref="GetMemory(int)"/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Demand(sizeHint);
        return _bytes.AsSpan(_position);
    }

    /// <summary>Checks that a number of bytes is left. None may be left for a caller that asks for none.</summary>
    private void Demand(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (sizeHint > _bytes.Length - _position)
        {
            throw Throw.LengthNotAsAnnounced();
        }
    }
}
