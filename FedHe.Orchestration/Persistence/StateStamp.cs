using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.Persistence;

/// <summary>
/// A state stamp tells saved states of one party apart and says which is newer. A server's messages carry the stamp of the
/// state that must be on disk before they leave, so that a server with an older state is found out.
/// </summary>
/// <param name="Life">The number of times that the party was created or restored, from 1; the fencing epoch.</param>
/// <param name="LifeId">The random name of this life, which no other server has that resumed the same state.</param>
/// <param name="Version">The number of changes of the state since the job began.</param>
/// <param name="Round">The current round of a server, one more than the last round after the end; the round of a client's model.</param>
/// <param name="Attempt">The current attempt at the round; 0 for a client.</param>
public readonly record struct StateStamp(int Life, Guid LifeId, long Version, int Round, int Attempt)
{
    internal const int SizeInBytes = (3 * sizeof(int)) + 16 + sizeof(long);

    /// <summary>
    /// Tells whether a state with this stamp may take the place of a stored one: it is of a later life, or a later state of the
    /// same life. A server whose state may not is not the newest one, and must stop.
    /// </summary>
    /// <param name="stored">The stamp of the state that is stored.</param>
    public bool MayReplace(StateStamp stored)
        => Life > stored.Life || (Life == stored.Life && LifeId == stored.LifeId && Version >= stored.Version);

    /// <summary>Reads the stamp of a saved state, without reading or checking the rest.</summary>
    /// <param name="state">The bytes of a saved state of a server or a client, of a change, or of a member's ledger.</param>
    /// <param name="stamp">The stamp.</param>
    public static bool TryRead(ReadOnlySpan<byte> state, [NotNullWhen(true)] out StateStamp? stamp)
    {
        var reader = new WireReader(state);
        bool isState = reader.ReadBytes(sizeof(int)).SequenceEqual("FdHe"u8)
            && (WireKind)reader.ReadUInt16() is WireKind.ServerState or WireKind.ServerChange or WireKind.ClientState or WireKind.MemberLedger;
        reader.ReadBytes(WireHeader.SizeInBytes - sizeof(int) - sizeof(ushort) + StateEnvelope.JobDigestSize);
        StateStamp read = Read(ref reader);
        stamp = isState && !reader.Failed ? read : null;
        return stamp is not null;
    }

    internal static StateStamp Read(ref WireReader reader) => new(
        reader.ReadInt32(0, int.MaxValue),
        reader.ReadGuid(),
        reader.ReadInt64(0, long.MaxValue),
        reader.ReadInt32(0, int.MaxValue),
        reader.ReadInt32(0, int.MaxValue));

    internal void Write(WireWriter writer)
    {
        writer.WriteInt32(Life);
        writer.WriteGuid(LifeId);
        writer.WriteInt64(Version);
        writer.WriteInt32(Round);
        writer.WriteInt32(Attempt);
    }
}
