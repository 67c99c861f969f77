using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// One client's model, encrypted where the mask says so, in segments of 64 ciphertexts. Immutable; dispose it to release
/// its memory.
/// </summary>
/// <remarks>
/// An update that was read keeps nothing decoded: it refers to the bytes it was read from, which must stay and must not
/// change while it is used, and decodes a segment whenever it needs one. It is thread-safe unless these are a stream.
/// Source: FedML-HE, Algorithm 1, the client's upload.
/// </remarks>
public sealed class EncryptedModelUpdate : IDisposable
{
    private readonly UpdateHead _head;

    internal EncryptedModelUpdate(UpdateHead head, ClearIntegers clear, SegmentSet segments)
    {
        _head = head;
        Clear = clear;
        Segments = segments;
    }

    /// <summary>The terms under which it was made.</summary>
    public Digest TermsDigest => _head.TermsDigest;

    /// <summary>The job, round, attempt and client that the update is for.</summary>
    public UploadSlot Slot => _head.Slot;

    /// <summary>What is encrypted in it.</summary>
    public EncryptionReceipt Receipt => _head.Receipt;

    /// <summary>The client's weight, or null when it is hidden.</summary>
    public long? Weight => _head.Weight;

    /// <summary>Number of encrypted segments; 0 when the mask encrypts nothing.</summary>
    public int SegmentCount => Segments.Count;

    /// <summary>Length of the bytes that <see cref="WriteTo(IBufferWriter{byte})"/> writes.</summary>
    public long EncodedLength => _head.EncodedLength;

    internal ClearIntegers Clear { get; }

    internal SegmentSet Segments { get; }

    /// <summary>Copies values left in clear, in units of 2^-30 of their tensor's bound.</summary>
    /// <param name="first">Index of the first among the values in clear.</param>
    /// <param name="destination">Receives as many as it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many values in clear.</exception>
    public void CopyClearTo(int first, Span<long> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Clear.Count - destination.Length);
        Clear.CopyTo(first, destination);
    }

    /// <summary>Writes the update; <see cref="UpdateReader"/> reads it back.</summary>
    /// <exception cref="ObjectDisposedException">The update was disposed.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        _head.Write(new WireWriter(destination));
        Clear.WriteTo(sizeof(int), destination);
        for (int i = 0; i < Segments.Count; i++)
        {
            Segments.Write(i, destination);
        }
    }

    /// <summary>Writes the update into a new array; <see cref="UpdateReader"/> reads it back.</summary>
    /// <exception cref="OverflowException">The update has more than 2^31 bytes; write it to a stream.</exception>
    /// <exception cref="ObjectDisposedException">The update was disposed.</exception>
    public byte[] ToArray()
    {
        var buffer = new ArrayBufferWriter<byte>(checked((int)EncodedLength));
        WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="WriteTo(IBufferWriter{byte})"/>
    /// <param name="destination">The stream; bytes of a segment at a time are held in memory.</param>
    public void WriteTo(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var buffer = new StreamBuffer(destination);
        WriteTo(buffer);
        buffer.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => Segments.Dispose();
}
