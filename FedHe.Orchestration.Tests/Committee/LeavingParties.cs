using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Leaving parties vanish from a network in one phase of a round: nothing of them arrives any more, and nothing reaches them.</summary>
/// <param name="bench">The job.</param>
/// <param name="round">The round in which they vanish.</param>
/// <param name="phase">The phase.</param>
/// <param name="leaving">The indexes of the clients that vanish.</param>
internal sealed class LeavingParties(CommitteeBench bench, int round, LeavingPhase phase, params int[] leaving)
{
    private readonly HashSet<ClientId> _leaving = [.. leaving.Select(bench.Name)];
    private readonly HashSet<ClientId> _gone = [];

    /// <summary>The clients that have vanished.</summary>
    public IReadOnlyCollection<ClientId> Gone => _gone;

    /// <summary>Lets nobody vanish any more, and everybody come back.</summary>
    public void ComeBack()
    {
        _leaving.Clear();
        _gone.Clear();
    }

    public ReadOnlyMemory<byte>? Pass(FederationMessage message, ClientId client, ReadOnlyMemory<byte> bytes)
    {
        if (_gone.Contains(client))
        {
            return null;
        }

        bool leaves = _leaving.Contains(client) && bench.Server.Round == round && message.Kind == LastKind;
        if (leaves)
        {
            _gone.Add(client);
        }

        return leaves && !IsSent ? null : bytes;
    }

    /// <summary>The message with which a party vanishes.</summary>
    private MessageKind LastKind => phase switch
    {
        LeavingPhase.BeforeKeys => MessageKind.MemberKeyRequest,
        LeavingPhase.AfterKeys => MessageKind.MemberKey,
        LeavingPhase.AfterBoxes => MessageKind.BoxDelivery,
        LeavingPhase.AfterReport => MessageKind.BoxReport,
        _ => MessageKind.ListOffer,
    };

    /// <summary>Whether that message still arrives.</summary>
    private bool IsSent => phase is LeavingPhase.AfterKeys or LeavingPhase.AfterReport;
}
