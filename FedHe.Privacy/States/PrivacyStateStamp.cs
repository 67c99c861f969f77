using System.Buffers;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Serialization;

namespace FedHe.Privacy.States;

/// <summary>
/// A privacy-state stamp tells saved states of one object apart and says which is newer. The host keeps the newest one apart from the states, so that an
/// older copy is found out.
/// </summary>
/// <param name="Life">The number of times that the object was created or restored, from 1.</param>
/// <param name="LifeId">The random name of this life; another object restored from the same state has another name.</param>
/// <param name="Version">The number of changes since the object was created.</param>
public readonly record struct PrivacyStateStamp(int Life, Guid LifeId, long Version)
{
    /// <summary>The length of a written stamp, in bytes.</summary>
    public const int SizeInBytes = sizeof(int) + GuidLength + sizeof(long);

    private const int GuidLength = 16;

    /// <summary>Reads a stamp that <see cref="ToArray"/> wrote.</summary>
    /// <param name="bytes">The bytes, which may come from anybody.</param>
    /// <returns>The stamp.</returns>
    /// <exception cref="PrivacyException">The bytes are no stamp.</exception>
    public static PrivacyStateStamp Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new FieldReader(bytes, PrivacyError.MalformedState);
        PrivacyStateStamp stamp = Read(ref reader);
        return reader.Remaining == 0 ? stamp : throw reader.Malformed();
    }

    /// <summary>
    /// Tells whether a state with this stamp may take the place of a stored one: it is of a later life, or no earlier state of the same life.
    /// </summary>
    /// <param name="stored">The stamp of the stored state.</param>
    /// <returns>True if it may.</returns>
    public bool MayReplace(PrivacyStateStamp stored)
        => Life > stored.Life || (Life == stored.Life && LifeId == stored.LifeId && Version >= stored.Version);

    /// <summary>Writes the stamp.</summary>
    /// <returns>The bytes, <see cref="SizeInBytes"/> of them.</returns>
    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>(SizeInBytes);
        Write(new WireWriter(bytes));
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Returns the stamp of a new object.</summary>
    internal static PrivacyStateStamp First() => new(1, NewId(), 0);

    /// <summary>Returns the stamp of an object that was restored from a state with this stamp.</summary>
    internal PrivacyStateStamp NextLife() => new(Life + 1, NewId(), Version);

    /// <summary>Returns the stamp after a change.</summary>
    internal PrivacyStateStamp Next() => this with { Version = Version + 1 };

    internal void Write(WireWriter writer)
    {
        writer.WriteInt32(Life);
        writer.WriteGuid(LifeId);
        writer.WriteInt64(Version);
    }

    internal static PrivacyStateStamp Read(ref FieldReader reader)
    {
        int life = reader.Int32(1, int.MaxValue - 1);
        var id = new Guid(reader.Bytes(GuidLength), bigEndian: true);
        long version = reader.Int64();
        return version is >= 0 and < long.MaxValue ? new PrivacyStateStamp(life, id, version) : throw reader.Malformed();
    }

    /// <summary>Refuses a state that is older than the newest one.</summary>
    internal void RequireNotOlderThan(PrivacyStateStamp newest)
    {
        if (!MayReplace(newest))
        {
            throw Throw.OutdatedState();
        }
    }

    private static Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[GuidLength];
        HedgedRandom.FillPublic(bytes);
        return new Guid(bytes);
    }
}
