using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Sums;

/// <summary>A saved sum is what a state has of the bytes of an aggregate: all of them, or where they are.</summary>
/// <param name="Bytes">All bytes, or those before the aggregate that is in a file.</param>
/// <param name="File">The name of the file, or null where all bytes are in the state.</param>
/// <param name="Digest">The SHA-256 of all bytes, where there is a file.</param>
internal readonly record struct SavedSum(ReadOnlyMemory<byte> Bytes, Guid? File, Digest Digest)
{
    /// <summary>Whether the state has no sum.</summary>
    public bool IsEmpty => Bytes.IsEmpty && File is null;

    /// <summary>Writes the bytes of an aggregate, or where they are; nothing for null.</summary>
    public static void Write(WireWriter writer, SumBytes? sum)
    {
        if (sum?.Stored is not StoredSum stored)
        {
            writer.WriteBytesWithLength(sum is null ? default : sum.Beginning.Span);
            return;
        }

        writer.WriteInt32(RoundSum.InFile);
        writer.WriteGuid(stored.File);
        writer.WriteDigest(sum.Digest);
        writer.WriteBytesWithLength(sum.Beginning.Span);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static SavedSum Read(ref WireReader reader, ReadOnlyMemory<byte> source)
    {
        if (reader.Failed || reader.Remaining < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(source.Span[^reader.Remaining..]) != RoundSum.InFile)
        {
            return new SavedSum(reader.ReadBytesWithLength(source), File: null, default);
        }

        reader.ReadBytes(sizeof(int));
        Guid file = reader.ReadGuid();
        Digest digest = reader.ReadDigest();
        return new SavedSum(reader.ReadBytesWithLength(source), file, digest);
    }

    /// <summary>Returns the bytes, of which those in a file are read once and compared with the state.</summary>
    /// <param name="open">Opens the completed sum in a file.</param>
    /// <exception cref="StateRefusedException">The file is not there, or is not the one that the state refers to.</exception>
    /// <exception cref="SumFileException">The file is in use, or cannot be read.</exception>
    public SumBytes Open(Func<Guid, StoredSum> open)
    {
        if (File is not Guid file)
        {
            return SumBytes.Of(Bytes);
        }

        try
        {
            SumBytes sum = SumBytes.Around(Bytes, SumBytes.Of(open(file)));
            return sum.Digest == Digest ? sum : throw new StateRefusedException(StateError.SumMissing);
        }
        catch (Exception lost) when (lost is SumFileException { Error: SumFileError.NotFound or SumFileError.Damaged or SumFileError.OtherSum } or HeFormatException)
        {
            throw new StateRefusedException(StateError.SumMissing, lost);
        }
    }
}
