using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold.Keys;

/// <summary>
/// A threshold public key is the sum (b_1 + ... + b_n, a) of what n parties contributed. Its identity hashes the key and the transcript
/// of its generation.
/// </summary>
public sealed class ThresholdPublicKey : PublicKey
{
    private static readonly byte[] Label = [.. "FedHe threshold key 1"u8];

    private ThresholdPublicKey(Digest parametersId, Digest transcript, CkksPublicKey sum)
        : base(parametersId, sum.KeyId)
    {
        Transcript = transcript;
        Sum = sum;
    }

    /// <summary>The digest of all messages of the generation of the key.</summary>
    public Digest Transcript { get; }

    /// <inheritdoc/>
    public override int EncodedLength => WireHeader.SizeInBytes + Digest.SizeInBytes + Sum.Payload.Length;

    /// <summary>The key for encryption.</summary>
    internal CkksPublicKey Sum { get; }

    /// <inheritdoc/>
    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.ThresholdPublicKey, ParametersId, Digest.SizeInBytes + Sum.Payload.Length);
        writer.WriteDigest(Transcript);
        writer.WriteBytes(Sum.Payload);
    }

    /// <summary>Makes a key of its parts, and refuses one that cannot be honest.</summary>
    internal static ThresholdPublicKey? Create(
        ThresholdParameters parameters, CkksRing ring, Digest transcript, ReadOnlySpan<byte> payload, out FormatError reason)
    {
        CkksPublicKey? sum = CkksPublicKey.ReadChecked(ring, payload, Identify(parameters, transcript, payload), out reason);
        return sum is null ? null : new ThresholdPublicKey(parameters.Id, transcript, sum);
    }

    internal static ThresholdPublicKey? TryRead(
        ThresholdParameters parameters, CkksRing ring, ReadOnlySpan<byte> source, out FormatError reason)
    {
        int payloadLength = CkksPublicKey.PayloadLength(ring);
        var reader = new WireReader(source);
        reader.ReadHeader(
            WireKind.ThresholdPublicKey, parameters.Id, WireHeader.SizeInBytes + Digest.SizeInBytes + payloadLength);
        Digest transcript = reader.ReadDigest();
        ReadOnlySpan<byte> payload = reader.ReadBytes(payloadLength);
        reader.ExpectEnd();
        reason = reader.Error;
        return reader.Failed ? null : Create(parameters, ring, transcript, payload, out reason);
    }

    private static KeyId Identify(ThresholdParameters parameters, Digest transcript, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        hash.AppendData(Label);
        parameters.Id.CopyTo(bytes);
        hash.AppendData(bytes);
        transcript.CopyTo(bytes);
        hash.AppendData(bytes);
        hash.AppendData(payload);
        hash.GetHashAndReset(bytes);
        return new KeyId(bytes[..KeyId.SizeInBytes]);
    }
}
