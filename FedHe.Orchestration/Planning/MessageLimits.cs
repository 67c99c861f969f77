using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Planning;

/// <summary>
/// The message limits are the lengths in bytes above which a message of a job is refused unread. They follow from the job, so
/// that nobody can make a party read more than an honest message of its kind.
/// </summary>
internal sealed class MessageLimits(FederationJob job, FederationPlan plan, FederationSafety safety)
{
    // Everything but the content of uploads, aggregates, parts of them, histories and confirmations.
    private const int Short = 4096;

    /// <summary>Returns the limit of messages that state a kind; other bytes have the limit of the shortest.</summary>
    public long Of(MessageKind? kind)
    {
        long confirmation = ClientId.MaxLength + sizeof(ushort) + VerificationKey.SignatureSizeInBytes;
        long limit = kind switch
        {
            // What is shown of an upload is a part of it.
            MessageKind.Upload or MessageKind.Showing or MessageKind.CheckRequest => plan.LargestUploadBytes,
            MessageKind.Aggregate => plan.LargestAggregateBytes,

            // What stands in memory of an aggregate is its list and the sum of round keys, and these messages have nothing else.
            MessageKind.KeySum => Short + LongestAggregatePart,
            MessageKind.Confirmations => Short + (job.Roster.Clients.Count * confirmation),

            // A box and its contribution are behind the values of an upload.
            MessageKind.BoxDelivery => Short + (job.Settings.ClientsPerRound * (Short + plan.LargestUploadEndBytes)),
            MessageKind.ListOffer or MessageKind.ShareAnswer => job.Committee is null ? Short : Short + LongestAggregatePart,
            MessageKind.EpochOffer or MessageKind.Epoch => job.Committee is null ? Short : Short + EpochCertificate.MaxBytes,
            MessageKind.BoxReport => Short + (job.Settings.ClientsPerRound * (ClientId.MaxLength + sizeof(ushort))),
            MessageKind.Invitation => job.Committee is CommitteeTerms committee ? Short + (committee.Members.Length * MemberKeyLength(committee)) : Short,

            // The beginning of each round's aggregate has its list, and is longer.
            MessageKind.History => Short + (job.Settings.Rounds * LongestAggregatePart),
            _ => Short,
        };

        // Only uploads are read from streams, and only aggregates are read where they lie.
        long longest = kind is MessageKind.Upload or MessageKind.Aggregate ? FederationSafety.LargestMessageBytes : Array.MaxLength;
        return Math.Min(limit, Math.Min(safety.MaxMessageBytes, longest));
    }

    /// <summary>The largest length of what stands in memory of an aggregate that is read where it lies: its list, or the sum of round keys.</summary>
    public long LongestAggregatePart => plan.LargestAggregateBeginningBytes;

    /// <summary>The length of the longest message of any kind.</summary>
    public long Longest => Enum.GetValues<MessageKind>().Max(kind => Of((MessageKind?)kind));

    private static long MemberKeyLength(CommitteeTerms committee)
        => sizeof(ushort) + ClientId.MaxLength + sizeof(int) + KeyExchanges.PublicKeySize(committee.KeyExchange) + VerificationKey.SignatureSizeInBytes;

    /// <summary>Returns the limit of some bytes by the kind that they state.</summary>
    public long Of(ReadOnlySpan<byte> message) => Of(MessageFormat.PeekKind(message));
}
