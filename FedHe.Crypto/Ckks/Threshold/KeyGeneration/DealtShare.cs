using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>
/// A dealt share is the part of a key share that one party deals to another. It is secret: it needs a channel that proves its sender and
/// that only its recipient reads.
/// </summary>
[DebuggerDisplay("Dealt share")]
public sealed class DealtShare : IDisposable
{
    private const int FieldsLength = Digest.SizeInBytes + sizeof(byte) + sizeof(byte);

    private readonly Digest _parametersId;
    private readonly byte[] _packed;
    private bool _isDisposed;

    internal DealtShare(Digest parametersId, Digest session, int sender, int recipient, int length)
    {
        _parametersId = parametersId;
        Session = session;
        Sender = sender;
        Recipient = recipient;
        _packed = SecretMemory.Allocate<byte>(length);
    }

    /// <summary>Zeroes the share if its owner did not dispose it.</summary>
    ~DealtShare() => SecretMemory.Zero<byte>(_packed);

    /// <summary>The session that the share belongs to.</summary>
    public Digest Session { get; }

    /// <summary>The number of the party that deals the share, from 1 on.</summary>
    public int Sender { get; }

    /// <summary>The number of the party that the share is for, from 1 on.</summary>
    public int Recipient { get; }

    /// <summary>The number of bytes that <see cref="WriteTo"/> writes.</summary>
    public int EncodedLength => WireHeader.SizeInBytes + FieldsLength + _packed.Length;

    internal Digest ParametersId => _parametersId;

    /// <summary>The residues, transformed and packed, limb by limb.</summary>
    internal Span<byte> Packed
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _packed;
        }
    }

    /// <summary>Writes the share in clear for its channel; the caller zeroes the bytes after use.</summary>
    /// <param name="destination">Receives the bytes. A buffer that grows by copying would leave copies of the share behind.</param>
    /// <exception cref="ObjectDisposedException">The share was disposed.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ReadOnlySpan<byte> packed = Packed;
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.DealtShare, _parametersId, FieldsLength + packed.Length);
        writer.WriteDigest(Session);
        writer.WriteByte((byte)Sender);
        writer.WriteByte((byte)Recipient);
        writer.WriteBytes(packed);

        // Nobody may refer to the share any more, and its finalizer would zero what is being read.
        GC.KeepAlive(this);
    }

    /// <summary>Zeroes the share.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        SecretMemory.Zero<byte>(_packed);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns a fixed text, because a share never shows its content.</summary>
    public override string ToString() => "Dealt share";

    internal static DealtShare? TryRead(
        ThresholdParameters parameters, CkksRing ring, ReadOnlySpan<byte> source, out FormatError reason)
    {
        int length = PackedPolynomial.LengthOf(ring);
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.DealtShare, parameters.Id, WireHeader.SizeInBytes + FieldsLength + length);
        Digest session = reader.ReadDigest();
        int sender = reader.ReadByte();
        int recipient = reader.ReadByte();
        reader.Require(
            sender >= 1 && sender <= parameters.Parties && recipient >= 1 && recipient <= parameters.Parties && !parameters.NeedsAll,
            FormatError.FieldOutOfRange);
        ReadOnlySpan<byte> packed = reader.ReadBytes(length);
        reader.ExpectEnd();
        reader.Require(reader.Failed || AreInRange(ring, packed), FormatError.FieldOutOfRange);
        reason = reader.Error;
        if (reader.Failed)
        {
            return null;
        }

        var share = new DealtShare(parameters.Id, session, sender, recipient, length);
        packed.CopyTo(share.Packed);
        return share;
    }

    /// <summary>Computes the digest by which the sender announces the share to all.</summary>
    internal Digest ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[(2 * Digest.SizeInBytes) + 2];
        _parametersId.CopyTo(bytes);
        Session.CopyTo(bytes[Digest.SizeInBytes..]);
        bytes[^2] = (byte)Sender;
        bytes[^1] = (byte)Recipient;
        hash.AppendData("FedHe threshold deal 1"u8);
        hash.AppendData(bytes);
        hash.AppendData(Packed);
        GC.KeepAlive(this);
        hash.GetHashAndReset(bytes[..Digest.SizeInBytes]);
        return new Digest(bytes[..Digest.SizeInBytes]);
    }

    private static bool AreInRange(CkksRing ring, ReadOnlySpan<byte> packed)
    {
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        bool areInRange = true;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            areInRange &= PackedPolynomial.TryUnpack(ring, limb, packed, workspace.Polynomial);
            packed = packed[PackedPolynomial.LengthOf(ring, limb)..];
        }

        return areInRange;
    }
}
