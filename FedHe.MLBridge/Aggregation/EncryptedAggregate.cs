using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>The weighted sum of all updates of a round, not yet divided. Immutable; dispose it to release its memory.</summary>
/// <remarks>Source: FedML-HE, Algorithm 1, the server's result; the division by the total weight follows decryption.</remarks>
public sealed class EncryptedAggregate : IDisposable
{
    private const int FixedLength = WireHeader.SizeInBytes + Digest.SizeInBytes;

    private readonly AggregateContent _content;
    private readonly ParametersId _parametersId;

    internal EncryptedAggregate(Digest termsDigest, AggregateContent content)
    {
        TermsDigest = termsDigest;
        _content = content;
        _parametersId = content.Vector?.Parameters.Id ?? ParametersId.None;
    }

    /// <summary>The terms under which it was made.</summary>
    public Digest TermsDigest { get; }

    /// <summary>The job of all updates in it.</summary>
    public Guid JobId => _content.JobId;

    /// <summary>The round of all updates in it.</summary>
    public int Round => _content.Round;

    /// <summary>Number of updates in it.</summary>
    public int Contributions => _content.Contributions;

    /// <summary>Sum of the weights, or null when they are hidden.</summary>
    public long? TotalWeight => _content.TotalWeight > 0 ? _content.TotalWeight : null;

    /// <summary>Encrypted weighted sums, or null when the mask encrypts nothing. The vector belongs to the aggregate.</summary>
    public EncryptedVector? Vector => _content.Vector;

    /// <summary>Weighted sums of the clear part, in units of 2^-30 of their tensor's bound.</summary>
    public ReadOnlySpan<long> ClearSums => _content.ClearSums;

    /// <summary>Length of the bytes that <see cref="WriteTo"/> writes.</summary>
    public int EncodedLength => checked((int)(FixedLength + _content.EncodedLength));

    /// <summary>Writes the aggregate; <see cref="AggregateReader"/> reads it back.</summary>
    /// <exception cref="ObjectDisposedException">The aggregate was disposed.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.Aggregate, _parametersId, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteDigest(TermsDigest);
        _content.WriteTo(destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _content.Vector?.Dispose();

    internal static long EncodedLengthOf(int clearCount, long vectorLength)
        => FixedLength + AggregateContent.EncodedLengthOf(clearCount, vectorLength);
}
