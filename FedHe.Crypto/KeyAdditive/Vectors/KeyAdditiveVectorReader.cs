using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.KeyAdditive.Vectors;

/// <summary>A key-additive vector reader reads vectors of one parameter set from untrusted bytes.</summary>
internal sealed class KeyAdditiveVectorReader(KeyAdditiveRing ring) : IVectorReader
{
    public HeParameters Parameters => ring.Parameters;

    public bool TryRead(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        vector = null;
        if (Check(source, limits, out reason) is not { } head)
        {
            return false;
        }

        var coefficients = new PackedCoefficients(ring.Parameters, head.Ciphertexts, head.Range);
        source[head.Start..].CopyTo(coefficients.Room());
        vector = VectorOf(head, coefficients);
        return true;
    }

    public bool TryCheck(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        Head? head = Check(source, limits, out reason);
        vector = head is null ? null : VectorOf(head, PackedCoefficients.Disposed(head.Range));
        return vector is not null;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The coefficients stay where they are. Every k bits are an upload; the coefficients of a sum are checked again by what opens it or adds it to another one.
    /// </remarks>
    public bool TryReadChecked(
        ReadOnlyMemory<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        Head? head = ReadHead(source.Span, limits, out reason);
        vector = head is null
            ? null
            : VectorOf(head, new PackedCoefficients(ring.Parameters, head.Ciphertexts, head.Range, source[head.Start..]));
        return vector is not null;
    }

    /// <summary>Checks a vector with all its coefficients, and reads everything before them.</summary>
    private Head? Check(ReadOnlySpan<byte> source, WireLimits limits, out FormatError reason)
    {
        Head? head = ReadHead(source, limits, out reason);
        if (head is null || PackedCoefficients.AreInRange(source[head.Start..], ring, head.Ciphertexts, head.Range, head.Contributors))
        {
            return head;
        }

        reason = FormatError.FieldOutOfRange;
        return null;
    }

    /// <summary>Reads everything before the coefficients of a vector.</summary>
    private Head? ReadHead(ReadOnlySpan<byte> source, WireLimits limits, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        KeyAdditiveParameters parameters = ring.Parameters;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptedVector, parameters.Id, limits.MaxBytes);
        KeyId keyId = reader.ReadKeyId();
        int length = reader.ReadInt32(1, int.MaxValue);
        int position = reader.ReadInt32(0, int.MaxValue);
        int contributors = reader.ReadInt32(1, parameters.MaxContributors);
        bool isWindow = reader.ReadByte() is var window && window == 1;
        reader.Require(window <= 1, FormatError.FieldOutOfRange);
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        int ciphertexts = KeyAdditiveVectorFormat.CiphertextsOf(parameters, Math.Max(length, 1));
        reader.Require(position <= int.MaxValue - ciphertexts, FormatError.FieldOutOfRange);
        SumRange? range = reader.Failed ? null
            : isWindow ? SumRange.Window(parameters, contributors) : SumRange.Full(parameters, contributors);
        reader.Require(range is not null, FormatError.FieldOutOfRange);
        reader.Require(
            reader.Failed || KeyAdditiveVectorFormat.EncodedLength(parameters, length, range!.Value) == source.Length,
            FormatError.Inconsistent);
        reason = reader.Error;
        int start = source.Length - reader.Remaining;
        return reader.Failed ? null : new Head(keyId, length, position, contributors, ciphertexts, range!.Value, start);
    }

    private KeyAdditiveVector VectorOf(Head head, PackedCoefficients coefficients)
        => new(ring.Parameters, head.KeyId, head.Length, head.Position, head.Contributors, coefficients);

    private sealed record Head(KeyId KeyId, int Length, int Position, int Contributors, int Ciphertexts, SumRange Range, int Start);
}
