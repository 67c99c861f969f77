using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>A member-key request asks a committee member for its key of one round.</summary>
internal sealed record MemberKeyRequest(Guid JobId, int Round) : ServerMessage(JobId)
{
    /// <summary>The epoch of the round.</summary>
    public int Epoch { get; init; } = JobEpoch.First;

    public override MessageKind Kind => MessageKind.MemberKeyRequest;

    public static MemberKeyRequest ReadContent(ref WireReader reader, Guid jobId)
        => new(jobId, reader.ReadRound()) { Epoch = reader.ReadInt32(JobEpoch.First, int.MaxValue) };

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteInt32(Epoch);
    }
}

/// <summary>A member key is the public key to which shares for a committee member are sealed in one round, and in no other.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The member.</param>
/// <param name="Epoch">The epoch of the committee.</param>
/// <param name="Round">The round.</param>
/// <param name="Key">The bytes of the public key.</param>
internal sealed record MemberKeyMessage(Guid JobId, ClientId Client, int Epoch, int Round, ReadOnlyMemory<byte> Key) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.MemberKey;

    public override int SizeHint => base.SizeHint + Key.Length;

    public static MemberKeyMessage ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadInt32(1, int.MaxValue), reader.ReadRound(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Epoch);
        writer.WriteInt32(Round);
        writer.WriteBytesWithLength(Key.Span);
    }
}

/// <summary>A box delivery brings a committee member the boxes of an attempt that are sealed to it.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Member">The member.</param>
/// <param name="Round">The round.</param>
/// <param name="Content">The contributions with the member's boxes.</param>
internal sealed record BoxDelivery(Guid JobId, ClientId Member, int Round, ReadOnlyMemory<byte> Content) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.BoxDelivery;

    public override int SizeHint => base.SizeHint + Content.Length;

    public static BoxDelivery ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
        => new(jobId, reader.ReadClientId(), reader.ReadRound(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteClientId(Member);
        writer.WriteInt32(Round);
        writer.WriteBytesWithLength(Content.Span);
    }
}

/// <summary>A box report says whose boxes a committee member could not open.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The member.</param>
/// <param name="Round">The round.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Failed">The clients whose boxes did not open, sorted; none where all did.</param>
internal sealed record BoxReport(Guid JobId, ClientId Client, int Round, int Attempt, ImmutableArray<ClientId> Failed) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.BoxReport;

    public override int SizeHint => base.SizeHint + (Failed.Length * 64);

    public static BoxReport ReadContent(ref WireReader reader, Guid jobId, ClientId client)
    {
        int round = reader.ReadRound();
        int attempt = reader.ReadRound();
        var failed = ImmutableArray.CreateBuilder<ClientId>();
        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            ClientId next = reader.ReadClientId();
            reader.Require(failed.Count == 0 || failed[^1].CompareTo(next) < 0, FormatError.Inconsistent);
            failed.Add(next);
        }

        return new BoxReport(jobId, client, round, attempt, failed.ToImmutable());
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteInt32(Attempt);
        writer.WriteInt32(Failed.Length);
        foreach (ClientId client in Failed)
        {
            writer.WriteClientId(client);
        }
    }
}

/// <summary>A list offer asks committee members to answer for a list of contributors: the only one that they answer for in its round.</summary>
internal sealed record ListOffer(Guid JobId, int Round, ReadOnlyMemory<byte> List) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.ListOffer;

    public override int SizeHint => base.SizeHint + List.Length;

    public static ListOffer ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
        => new(jobId, reader.ReadRound(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteBytesWithLength(List.Span);
    }
}

/// <summary>A share answer is a committee member's share of the sum of the round keys on a list, sealed for the clients.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The member.</param>
/// <param name="Round">The round.</param>
/// <param name="List">The digest of the chain up to the list.</param>
/// <param name="Sealed">The sealed share.</param>
internal sealed record ShareAnswer(Guid JobId, ClientId Client, int Round, Digest List, ReadOnlyMemory<byte> Sealed) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.ShareAnswer;

    public override int SizeHint => base.SizeHint + Sealed.Length;

    public static ShareAnswer ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound(), reader.ReadDigest(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteDigest(List);
        writer.WriteBytesWithLength(Sealed.Span);
    }
}
