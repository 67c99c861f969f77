using System.Buffers;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A client membership is a client's part in the committee: the member and its ledger, beside what the client itself knows. A client that is
/// no member has one as well, because it may become one in a later epoch, or may have been one.
/// </summary>
internal sealed class ClientMembership : IDisposable
{
    private readonly FederationClientSetup _setup;
    private readonly ClientState _state;
    private readonly MemberLedger _ledger;
    private readonly CommitteeMember _member;

    private ClientMembership(FederationClientSetup setup, RoundKeyProtocol protocol, ClientState state, ClientKeys? keys)
    {
        _setup = setup;
        _state = state;
        _ledger = ReadLedger(setup, state);
        _member = new CommitteeMember(state.Epochs.Job, setup.Identity, keys, protocol, _ledger);
    }

    /// <summary>The stamp of the ledger.</summary>
    public StateStamp Stamp => _ledger.Stamp;

    private MemberView View => new(_state.ModelRound, _state.ChainRound, _state.ChainDigest, _state.Opened);

    /// <summary>Creates the membership of a setup's client, or returns null in a job without a committee.</summary>
    /// <param name="setup">The setup.</param>
    /// <param name="protocol">The protocol of the job.</param>
    /// <param name="state">The state of the client.</param>
    /// <param name="keys">The keys of the client's epoch, or null until it has them.</param>
    public static ClientMembership? Of(FederationClientSetup setup, RoundKeyProtocol? protocol, ClientState state, ClientKeys? keys)
        => setup.Job.Committee is null ? null : new ClientMembership(setup, protocol!, state, keys);

    /// <summary>Goes on in the epoch that the client is in, or with its keys.</summary>
    public void Enter(ClientKeys? keys) => _member.Enter(_state.Epochs.Job, keys);

    /// <summary>Returns the member's key of a round, or the reason to make none.</summary>
    public IgnoredReason? TryMakeKey(MemberKeyRequest request, out MemberKeyMessage? key) => _member.TryMakeKey(request, View, out key);

    /// <summary>Opens the member's boxes, or returns the reason to open none.</summary>
    public IgnoredReason? TryOpen(BoxDelivery delivery, out BoxReport? report) => _member.TryOpen(delivery, View, out report);

    /// <summary>Answers for a list, or returns the reason to give no answer. The client's state notes the round too.</summary>
    public IgnoredReason? TryAnswer(ListOffer offer, out ReadOnlyMemory<byte> answer)
    {
        IgnoredReason? reason = _member.TryAnswer(offer, View, out answer);
        if (reason is null && _state.AnsweredRound < offer.Round)
        {
            _state.AnsweredRound = offer.Round;
            _state.Touch();
        }

        return reason;
    }

    /// <summary>Returns the member's answer for a list of a round or a later one; nothing where there is none, or a lost ledger had it.</summary>
    public ReadOnlyMemory<byte> AnswerSince(int round) => _ledger.AnsweredRound >= round ? _ledger.Answer : default;

    /// <summary>Votes for the next epoch, or returns the reason to give no vote. The client's state notes the vote too.</summary>
    public IgnoredReason? TryVote(EpochOffer offer, out ReadOnlyMemory<byte> vote, out EpochError error)
    {
        IgnoredReason? reason = _member.TryVote(offer, View, out vote, out error);
        if (reason is null && _state.Voted.FirstRound < _ledger.Vote.FirstRound)
        {
            _state.Voted = (_ledger.Vote.Number, _ledger.Vote.FirstRound);
            _state.Touch();
        }

        return reason;
    }

    /// <summary>Erases what the member has of rounds that are over.</summary>
    public void Conclude(int round) => _member.Conclude(round);

    /// <summary>Ends a step, and returns whether it changed the ledger.</summary>
    public bool EndStep() => _ledger.EndStep();

    /// <summary>Writes the ledger.</summary>
    public void Save(IBufferWriter<byte> destination)
        => MemberLedgerFormat.Write(_ledger, _setup.Job, _setup.Identity, _setup.Protector, destination);

    public void Dispose() => _member.Dispose();

    /// <summary>Reads the ledger of a setup; one that is lost, or older than the client's state, answers nothing that it may have forgotten.</summary>
    private static MemberLedger ReadLedger(FederationClientSetup setup, ClientState state)
    {
        if (setup.Ledger is not ReadOnlyMemory<byte> saved)
        {
            var lost = new MemberLedger();
            lost.RaiseFloor(Math.Max(Math.Max(state.AnsweredRound, state.LatestRound), state.Latest?.Slot.Round ?? 0));
            lost.RaiseVote(state.Voted.Number, state.Voted.FirstRound);
            return lost;
        }

        MemberLedger ledger = MemberLedgerFormat.Read(saved, setup.Job, setup.Identity, setup.Protector, setup.NewestLedger);
        if (ledger.AnsweredRound < state.AnsweredRound)
        {
            ledger.RaiseFloor(state.AnsweredRound);
        }

        ledger.RaiseVote(state.Voted.Number, state.Voted.FirstRound);
        return ledger;
    }
}
