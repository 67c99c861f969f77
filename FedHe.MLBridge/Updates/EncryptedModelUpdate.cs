using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// An encrypted model update is one client's model, encrypted where the mask says so, in segments of 64 ciphertexts. It
/// is immutable; dispose it to release its memory.
/// </summary>
/// <remarks>
/// A parsed update keeps no decoded segment: it refers to the bytes that it was read from, which must stay available
/// and unchanged while it is used, and decodes a segment when it is needed. It is thread-safe unless it was read from a
/// stream. Source: FedML-HE, Algorithm 1, the client's upload.
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

    /// <summary>The digest of the terms under which the update was made.</summary>
    public Digest TermsDigest => _head.TermsDigest;

    /// <summary>The job, round, attempt and client that the update is for.</summary>
    public UploadSlot Slot => _head.Slot;

    /// <summary>The evidence of what the update encrypts.</summary>
    public EncryptionReceipt Receipt => _head.Receipt;

    /// <summary>The client's weight, or null when it is hidden.</summary>
    public long? Weight => _head.Weight;

    /// <summary>The number of encrypted segments; 0 when the mask encrypts nothing.</summary>
    public int SegmentCount => Segments.Count;

    /// <summary>The length in bytes of the encoded update.</summary>
    public long EncodedLength => _head.EncodedLength;

    internal ClearIntegers Clear { get; }

    internal SegmentSet Segments { get; }

    /// <summary>Copies values in clear, as integers in units of 2^-30 of their tensors' bounds.</summary>
    /// <param name="first">The index of the first value among the values in clear.</param>
    /// <param name="destination">Receives the values and sets their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range exceeds the values in clear.</exception>
    public void CopyClearTo(long first, Span<long> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Clear.Count - destination.Length);
        Clear.CopyTo(first, destination);
    }

    /// <summary>Passes the encrypted values of one segment to an action.</summary>
    /// <param name="segment">The index of the segment, from 0 to <see cref="SegmentCount"/> - 1.</param>
    /// <param name="action">Uses the vector; the action must neither keep nor dispose it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such segment.</exception>
    /// <exception cref="HeFormatException">The bytes that the update was read from have changed.</exception>
    /// <exception cref="ObjectDisposedException">The update was disposed.</exception>
    public void UseSegment(int segment, Action<EncryptedVector> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(segment, SegmentCount);
        using SegmentLease lease = Segments.Open(segment);
        action(lease.Vector);
    }

    /// <summary>Writes the encoded update, which <see cref="UpdateReader"/> parses.</summary>
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

    /// <summary>Returns the encoded update as a new array, which <see cref="UpdateReader"/> parses.</summary>
    /// <exception cref="TooLongForMemoryException">
    /// The update is longer than an array; write it to a stream instead.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The update was disposed.</exception>
    public byte[] ToArray()
    {
        var buffer = new ExactBuffer(EncodedLength <= Array.MaxLength ? (int)EncodedLength : throw Throw.EncodingTooLong(EncodedLength));
        WriteTo(buffer);
        return buffer.Complete();
    }

    /// <inheritdoc cref="WriteTo(IBufferWriter{byte})"/>
    /// <param name="destination">The stream; one encoded segment at a time is held in memory.</param>
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
