using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>
/// A key-generation message is what a party sends to all others in one step. It is public, and needs a channel that proves its sender.
/// </summary>
public sealed class KeyGenerationMessage
{
    private readonly Digest _parametersId;
    private readonly byte[] _content;

    internal KeyGenerationMessage(Digest parametersId, Digest session, KeyGenerationStep step, int sender, ReadOnlySpan<byte> content)
    {
        _parametersId = parametersId;
        Session = session;
        Step = step;
        Sender = sender;
        _content = content.ToArray();
    }

    /// <summary>The session that the message belongs to.</summary>
    public Digest Session { get; }

    /// <summary>The step of the message.</summary>
    public KeyGenerationStep Step { get; }

    /// <summary>The number of the party that sends the message, from 1 on.</summary>
    public int Sender { get; }

    /// <summary>The number of bytes that <see cref="WriteTo"/> writes.</summary>
    public int EncodedLength => WireHeader.SizeInBytes + FieldsLength + _content.Length;

    internal Digest ParametersId => _parametersId;

    internal ReadOnlySpan<byte> Content => _content;

    private const int FieldsLength = Digest.SizeInBytes + sizeof(byte) + sizeof(byte);

    /// <summary>Writes the message.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.KeyGenerationMessage, _parametersId, FieldsLength + _content.Length);
        writer.WriteDigest(Session);
        writer.WriteByte((byte)Step);
        writer.WriteByte((byte)Sender);
        writer.WriteBytes(_content);
    }

    /// <summary>Returns the number of bytes of the content of a step.</summary>
    internal static int ContentLength(ThresholdParameters parameters, CkksRing ring, KeyGenerationStep step)
        => step == KeyGenerationStep.Contribution
            ? PackedPolynomial.LengthOf(ring) + (parameters.NeedsAll ? 0 : parameters.Parties * Digest.SizeInBytes)
            : Digest.SizeInBytes;

    internal static KeyGenerationMessage? TryRead(
        ThresholdParameters parameters, CkksRing ring, ReadOnlySpan<byte> source, out FormatError reason)
    {
        int longest = WireHeader.SizeInBytes + FieldsLength + ContentLength(parameters, ring, KeyGenerationStep.Contribution);
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.KeyGenerationMessage, parameters.Id, longest);
        Digest session = reader.ReadDigest();
        var step = (KeyGenerationStep)reader.ReadByte();
        int sender = reader.ReadByte();
        reader.Require(Enum.IsDefined(step) && sender >= 1 && sender <= parameters.Parties, FormatError.FieldOutOfRange);
        ReadOnlySpan<byte> content = reader.Failed ? default : reader.ReadBytes(ContentLength(parameters, ring, step));
        reader.ExpectEnd();
        reason = reader.Error;
        return reader.Failed ? null : new KeyGenerationMessage(parameters.Id, session, step, sender, content);
    }

    internal bool IsSame(KeyGenerationMessage other)
        => Session == other.Session && Step == other.Step && Sender == other.Sender && _content.AsSpan().SequenceEqual(other._content);

    /// <summary>Computes the commitment of the sender to the content of a later message of the same sender.</summary>
    /// <param name="context">What the later message is revealed after.</param>
    internal Digest CommitmentTo(Digest context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendTo(hash, context);
        hash.AppendData(_content);
        Span<byte> digest = stackalloc byte[Digest.SizeInBytes];
        hash.GetHashAndReset(digest);
        return new Digest(digest);
    }

    private void AppendTo(IncrementalHash hash, Digest context)
    {
        Span<byte> bytes = stackalloc byte[(3 * Digest.SizeInBytes) + 2];
        _parametersId.CopyTo(bytes);
        Session.CopyTo(bytes[Digest.SizeInBytes..]);
        context.CopyTo(bytes[(2 * Digest.SizeInBytes)..]);
        bytes[^2] = (byte)Step;
        bytes[^1] = (byte)Sender;
        hash.AppendData("FedHe threshold commitment 1"u8);
        hash.AppendData(bytes);
    }
}
