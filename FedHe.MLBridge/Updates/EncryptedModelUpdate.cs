using System.Buffers;
using System.Text;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>One client's model, encrypted where the mask says so. Immutable; dispose it to release its memory.</summary>
/// <remarks>Source: FedML-HE, Algorithm 1, the client's upload.</remarks>
public sealed class EncryptedModelUpdate : IDisposable
{
    private readonly int[] _clearValues;

    internal EncryptedModelUpdate(
        AggregationTerms terms, UpdateBinding binding, long? weight, EncryptedVector? vector, int[] clearValues)
    {
        TermsDigest = terms.Digest;
        Binding = binding;
        Weight = weight;
        Vector = vector;
        _clearValues = clearValues;
        Receipt = EncryptionReceipt.For(terms, vector);
    }

    /// <summary>The terms under which it was made.</summary>
    public Digest TermsDigest { get; }

    /// <summary>What the update belongs to.</summary>
    public UpdateBinding Binding { get; }

    /// <summary>What is encrypted in it.</summary>
    public EncryptionReceipt Receipt { get; }

    /// <summary>The client's weight, or null when it is hidden.</summary>
    public long? Weight { get; }

    /// <summary>The encrypted values, or null when the mask encrypts nothing. It belongs to the update.</summary>
    public EncryptedVector? Vector { get; }

    /// <summary>The values left in clear, in units of 2^-30 of their tensor's bound.</summary>
    public ReadOnlySpan<int> ClearValues => _clearValues;

    /// <summary>Length of the bytes that <see cref="WriteTo"/> writes.</summary>
    public int EncodedLength => checked((int)EncodedLengthOf(
        Receipt.SchemeName, Encoding.UTF8.GetByteCount(Binding.ClientId), _clearValues.Length, Receipt.EncryptedLength));

    /// <summary>Writes the update; <see cref="UpdateReader"/> reads it back.</summary>
    /// <exception cref="ObjectDisposedException">The update was disposed.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.ModelUpdate, Receipt.ParametersId, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteDigest(TermsDigest);
        Binding.Write(writer);
        Receipt.Write(writer);
        writer.WriteInt64(Weight ?? 0);
        writer.WriteInt32s(_clearValues);
        Vector?.WriteTo(destination);
    }

    /// <inheritdoc/>
    public void Dispose() => Vector?.Dispose();

    internal static long EncodedLengthOf(string schemeName, int clientIdBytes, int clearCount, long vectorLength)
        => WireHeader.SizeInBytes
            + Digest.SizeInBytes
            + UpdateBinding.EncodedLengthOf(clientIdBytes)
            + EncryptionReceipt.EncodedLengthOf(schemeName)
            + sizeof(long)
            + (sizeof(int) * (long)clearCount)
            + vectorLength;
}
