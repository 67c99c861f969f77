using System.Buffers.Binary;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Files;

/// <summary>A writer writes a header, and then the data of its tensors in the header's order, in as many parts as the caller likes.</summary>
public sealed class SafetensorsWriter
{
    private readonly Stream _destination;
    private readonly SafetensorsHeader _header;
    private int _current;
    private long _written;

    /// <summary>Creates a writer and writes the header.</summary>
    /// <param name="destination">The stream, which stays the caller's.</param>
    /// <param name="header">The header, from <see cref="SafetensorsHeader.Create"/> or of another file.</param>
    public SafetensorsWriter(Stream destination, SafetensorsHeader header)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(header);
        _destination = destination;
        _header = header;
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Text.Length);
        destination.Write(prefix);
        destination.Write(header.Text.Span);
    }

    /// <summary>Writes the next bytes of a tensor, little-endian and in row-major order.</summary>
    /// <param name="name">The name of the tensor whose turn it is.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="SafetensorsException">It is another tensor's turn, or these are more bytes than the tensor has.</exception>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        SkipFinished(name);
        if (_current == _header.Tensors.Length || _header.Tensors[_current].Name != name || bytes.Length > _header.Tensors[_current].Length - _written)
        {
            throw Throw.WrongValueCount(name);
        }

        _destination.Write(bytes);
        _written += bytes.Length;
    }

    /// <summary>Ends the file.</summary>
    /// <exception cref="SafetensorsException">Bytes of a tensor are missing.</exception>
    public void Complete()
    {
        SkipFinished(next: null);
        if (_current < _header.Tensors.Length)
        {
            throw Throw.TensorsMissing();
        }
    }

    /// <summary>Goes on past tensors whose bytes are complete, those without any included, to the one that is written next.</summary>
    private void SkipFinished(string? next)
    {
        while (_current < _header.Tensors.Length && _header.Tensors[_current].Length == _written && _header.Tensors[_current].Name != next)
        {
            _current++;
            _written = 0;
        }
    }
}
