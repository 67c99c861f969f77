using System.Buffers;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>
/// A partial decryption is the answer of one party to a request to open a vector. It reveals nothing alone; all answers of a set
/// reveal the sum of values, and nothing else.
/// </summary>
public sealed class PartialDecryption : IDisposable
{
    private const int FieldsLength = KeyId.SizeInBytes + sizeof(byte) + sizeof(ulong) + Digest.SizeInBytes + sizeof(int);

    private readonly CkksRing _ring;
    private readonly ThresholdParameters _parameters;
    private readonly CkksBlock _block;

    internal PartialDecryption(
        CkksRing ring, ThresholdParameters parameters, KeyId keyId, int party, PartySet parties, Digest vector, int length)
    {
        _ring = ring;
        _parameters = parameters;
        KeyId = keyId;
        Party = party;
        Parties = parties;
        Vector = vector;
        Length = length;
        _block = new CkksBlock(ring.Parameters, length, polynomialCount: 1, ring.LimbCount);
    }

    /// <summary>The key of the vector.</summary>
    public KeyId KeyId { get; }

    /// <summary>The number of the party that answers.</summary>
    public int Party { get; }

    /// <summary>The parties whose answers open the vector together.</summary>
    public PartySet Parties { get; }

    /// <summary>The digest of the second polynomials of the vector.</summary>
    public Digest Vector { get; }

    /// <summary>The number of values of the vector.</summary>
    public int Length { get; }

    /// <summary>The number of bytes that <see cref="WriteTo"/> writes.</summary>
    public int EncodedLength => checked((int)EncodedLengthOf(_ring, Length));

    internal Digest ParametersId => _parameters.Id;

    /// <summary>Writes the answer.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="ObjectDisposedException">The answer was disposed.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PartialDecryption, _parameters.Id, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteKeyId(KeyId);
        writer.WriteByte((byte)Party);
        writer.WriteUInt64(Parties.Bits);
        writer.WriteDigest(Vector);
        writer.WriteInt32(Length);
        int perCiphertext = PackedPolynomial.LengthOf(_ring);
        for (int ciphertext = 0; ciphertext < CiphertextCount; ciphertext++)
        {
            Span<byte> packed = destination.GetSpan(perCiphertext)[..perCiphertext];
            for (int limb = 0; limb < _ring.LimbCount; limb++)
            {
                packed = PackedPolynomial.Pack(_ring, limb, Limb(ciphertext, limb), packed);
            }

            destination.Advance(perCiphertext);
        }
    }

    /// <summary>Releases the memory of the answer.</summary>
    public void Dispose() => _block.Dispose();

    internal Span<ulong> Limb(int ciphertext, int limb) => _block.Limb(ciphertext, polynomial: 0, limb);

    private int CiphertextCount => CkksBlock.CiphertextsOf(_ring.Parameters, Length);

    internal static PartialDecryption? TryRead(
        CkksRing ring, ThresholdParameters parameters, ReadOnlySpan<byte> source, WireLimits limits, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PartialDecryption, parameters.Id, limits.MaxBytes);
        KeyId keyId = reader.ReadKeyId();
        int party = reader.ReadByte();
        var parties = PartySet.FromBits(reader.ReadUInt64());
        Digest vector = reader.ReadDigest();
        int length = reader.ReadInt32(1, int.MaxValue);
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        reader.Require(parties.Fits(parameters) && parties.Contains(party), FormatError.FieldOutOfRange);
        reader.Require(reader.Failed || EncodedLengthOf(ring, length) == source.Length, FormatError.Inconsistent);
        if (reader.Failed)
        {
            reason = reader.Error;
            return null;
        }

        var answer = new PartialDecryption(ring, parameters, keyId, party, parties, vector, length);
        for (int ciphertext = 0; ciphertext < answer.CiphertextCount && !reader.Failed; ciphertext++)
        {
            for (int limb = 0; limb < ring.LimbCount && !reader.Failed; limb++)
            {
                ReadOnlySpan<byte> packed = reader.ReadBytes(PackedPolynomial.LengthOf(ring, limb));
                reader.Require(
                    reader.Failed || PackedPolynomial.TryUnpack(ring, limb, packed, answer.Limb(ciphertext, limb)), FormatError.FieldOutOfRange);
            }
        }

        reason = reader.Error;
        if (!reader.Failed)
        {
            return answer;
        }

        answer.Dispose();
        return null;
    }

    private static long EncodedLengthOf(CkksRing ring, int length)
        => WireHeader.SizeInBytes + FieldsLength
            + ((long)CkksBlock.CiphertextsOf(ring.Parameters, length) * PackedPolynomial.LengthOf(ring));
}
