using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>Message limits are the lengths in bytes of the longest messages of each kind that a job has.</summary>
internal sealed class MessageLimits
{
    /// <summary>The longest key request: its credential and its frame.</summary>
    public const int LongestKeyRequest = 8 * 1024;

    /// <summary>The longest answer to a key request, with the keys of a scheme.</summary>
    public const int LongestKeyAnswer = 64 * 1024 * 1024;

    /// <summary>The longest plan of an epoch; one of the largest roster is shorter.</summary>
    public const int LongestPlan = 32 * 1024 * 1024;

    private static readonly MessageKind[] FromClients =
    [
        MessageKind.Announcement, MessageKind.Upload, MessageKind.AggregateRequest, MessageKind.Confirmation, MessageKind.Objection,
        MessageKind.Showing, MessageKind.Verdict, MessageKind.KeyApproval, MessageKind.MemberKey, MessageKind.BoxReport,
        MessageKind.ShareAnswer, MessageKind.EpochVote,
    ];

    private readonly Dictionary<MessageKind, long> _limits;

    /// <summary>Asks a server for the limits of its job.</summary>
    public MessageLimits(FederationServer server)
    {
        _limits = FromClients.ToDictionary(kind => kind, server.LongestMessage);
        LongestFromClient = Math.Max(LongestKeyRequest, _limits.Values.Max());
        LongestToClient = Math.Max(LongestKeyAnswer, Math.Max(server.LongestMessage(MessageKind.Aggregate), server.LongestMessage(MessageKind.BoxDelivery)));
    }

    /// <summary>The length of the longest message of a client; only an upload may be longer than an array.</summary>
    public long LongestFromClient { get; }

    /// <summary>The length of the longest message to a client.</summary>
    public long LongestToClient { get; }

    /// <summary>The length of the longest head of a transfer.</summary>
    public int LongestHead => TransferHead.LongestFor(LongestFromClient);

    /// <summary>Returns the limit of messages of a kind from a client, or null where clients send none.</summary>
    public long? Of(MessageKind kind) => kind == MessageKind.KeyRequest ? LongestKeyRequest : _limits.TryGetValue(kind, out long limit) ? limit : null;
}
