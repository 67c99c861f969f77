using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>The record of a run is what its network and its operator saw. It fails as soon as something happened that must never happen.</summary>
internal sealed class FederationRecord
{
    // Of four members, one of whom may be corrupt.
    private const int Threshold = 3;

    private readonly Digest _parametersId;
    private readonly bool _hasCommittee;
    private readonly int _rounds;
    private readonly IReadOnlyList<string> _clients;
    private readonly Dictionary<string, HashSet<Digest>> _verificationKeys = [];
    private readonly HashSet<Digest> _jobs = [];
    private readonly Dictionary<Digest, UploadSlot> _uploads = [];
    private readonly Dictionary<UploadSlot, HashSet<Digest>> _uploadsOf = [];
    private readonly Dictionary<(string Server, int Round, int Attempt), HashSet<string>> _acknowledged = [];
    private readonly Dictionary<(string Server, int Round, int Attempt), IReadOnlyCollection<string>> _closed = [];
    private readonly Dictionary<(int Round, int Attempt), HashSet<Digest>> _opened = [];
    private readonly Dictionary<(string Client, int Round, int Attempt), Digest> _openedBy = [];
    private readonly Dictionary<(string Client, int Round), Digest> _models = [];
    private readonly Dictionary<int, Digest> _publishable = [];
    private readonly Dictionary<(string Member, int Round), HashSet<Digest>> _answers = [];
    private readonly Dictionary<int, Dictionary<Digest, HashSet<string>>> _answered = [];
    private readonly Dictionary<(string Member, int FirstRound), Digest> _votes = [];
    private readonly HashSet<int> _certified = [];

    public FederationRecord(JobMode mode)
    {
        using Crypto.HeContext? context = SmallJob.CreateContext(mode);
        _parametersId = SmallJob.PublicOf(context).Parameters.Id;
        _hasCommittee = SmallJob.HasCommittee(mode);
        _rounds = SmallJob.RoundsOf(mode);
        _clients = PartyNames.ClientsOf(mode);
    }

    /// <summary>Whether a client may encrypt anew for an attempt, because it was set back to before its upload.</summary>
    public bool MayUploadTwice { get; set; }

    /// <summary>The members that went back to an older ledger and count as corrupt; no other member may answer twice.</summary>
    public HashSet<string> Corrupt { get; } = [];

    /// <summary>The number of rounds in which a member answered for a list.</summary>
    public int AnsweredRounds => _answered.Count;

    /// <summary>The members that voted for the next epoch.</summary>
    public IEnumerable<string> Voters => _votes.Keys.Select(vote => vote.Member).Distinct();

    /// <summary>The first round of the epoch that began; 0 for none.</summary>
    public int FirstRoundOfEpoch => _certified.SingleOrDefault();

    /// <summary>The plans of epochs that left the authority.</summary>
    public HashSet<Digest> Plans { get; } = [];

    /// <summary>Whether two servers may live at once, so that two clients may open two lists, and no client both.</summary>
    public bool MaySplit { get; private set; }

    /// <summary>Whether two clients opened two lists of one attempt.</summary>
    public bool IsSplit => _opened.Values.Any(digests => digests.Count > 1);

    /// <summary>The lists that clients opened, by round; none in the direct mode.</summary>
    public SortedDictionary<int, ContributorList> Lists { get; } = [];

    /// <summary>The contributors of every round, from the server's reports.</summary>
    public SortedDictionary<int, IReadOnlyCollection<string>> Contributors { get; } = [];

    /// <summary>The largest error bound that a client had for its average of a round.</summary>
    public SortedDictionary<int, double> Bounds { get; } = [];

    /// <summary>
    /// Takes note of a second server on a copy of the first one's files. What the first one had acknowledged binds both; what one of them
    /// acknowledges from now on binds that one alone.
    /// </summary>
    public void Forked(string server, string second)
    {
        MaySplit = true;
        foreach (((string _, int round, int attempt), HashSet<string> clients) in _acknowledged.Where(entry => entry.Key.Server == server).ToList())
        {
            _acknowledged[(second, round, attempt)] = [.. clients];
        }
    }

    /// <summary>Takes note of a frame that has left a host, and returns the kind of its message.</summary>
    /// <param name="from">The party.</param>
    /// <param name="server">The server whose promise an acknowledgement is, where the party is a server.</param>
    /// <param name="frame">The frame.</param>
    public MessageKind? Left(string from, string server, Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.VerificationKey:
                if (!_verificationKeys.TryGetValue(from, out HashSet<Digest>? keys))
                {
                    _verificationKeys.Add(from, keys = []);
                }

                keys.Add(Digest.Compute(frame.Content.Span));
                keys.Should().ContainSingle("{0} keeps its identity", from);
                return null;
            case FrameKind.Job:
                _jobs.Add(Digest.Compute(frame.Content.Span));
                _jobs.Should().ContainSingle("the authority keeps its keys");
                return null;
            case FrameKind.Plan:
                Plans.Add(Digest.Compute(frame.Content.Span));
                Plans.Should().ContainSingle("the authority plans one epoch, whatever becomes of its process");
                return null;
            case FrameKind.Certificate or FrameKind.CertificateRequest:
                return null;
        }

        FederationMessage message = Parse(frame.Content);
        switch (message)
        {
            case Upload upload:
                Digest digest = MessageSignature.DigestOf(frame.Content.Span, upload);
                _uploads[digest] = upload.Slot;
                HashSet<Digest> versions = _uploadsOf.TryGetValue(upload.Slot, out HashSet<Digest>? known) ? known : _uploadsOf[upload.Slot] = [];
                versions.Add(Digest.Compute(frame.Content.Span));
                (versions.Count == 1 || MayUploadTwice).Should().BeTrue("{0} sends the same bytes for a slot, before and after a crash", upload.Slot);
                break;
            case ShareAnswer answer:
                Answer(from, answer, Digest.Compute(frame.Content.Span));
                break;
            case EpochVote vote:
                _votes.TryAdd((from, vote.FirstRound), vote.Epoch);
                _votes[(from, vote.FirstRound)].Should().Be(vote.Epoch, "{0} votes for one epoch behind the sum before round {1}", from, vote.FirstRound);
                break;
            case EpochMessage epoch:
                _certified.Add(epoch.FirstRound);
                _certified.Should().ContainSingle("an epoch begins with one round");
                break;
            case Acknowledgement { Reason: RefusalReason.None } acknowledgement when _uploads.TryGetValue(acknowledgement.MessageDigest, out UploadSlot? slot):
                HashSet<string> clients = _acknowledged.TryGetValue((server, slot.Round, slot.Attempt), out HashSet<string>? others)
                    ? others
                    : _acknowledged[(server, slot.Round, slot.Attempt)] = [];
                clients.Add(slot.Client.Value);
                break;
        }

        return message.Kind;
    }

    /// <summary>Takes note of a frame that a client has handled, whatever becomes of its process.</summary>
    public void Handled(string client, Frame frame, PartyStatus status)
    {
        (status.Outcome == FederationOutcome.Completed && status.ModelRound < _rounds).Should().BeFalse("{0} does not end with an older model", client);
        if (frame is { Kind: FrameKind.Message, Peer: PartyNames.Server } && Parse(frame.Content) is AggregateMessage aggregate && status.Ignored is null
            && status.ModelRound == aggregate.Round)
        {
            ContributorList? list = VerifiableAggregate.TryRead(aggregate.Aggregate)?.List;
            Open(client, (aggregate.Round, list?.AttemptNumber ?? 1), list?.Chain ?? aggregate.AggregateDigest);
            Bounds[aggregate.Round] = Math.Max(Bounds.GetValueOrDefault(aggregate.Round), status.Bound);
            if (list is not null)
            {
                list.Contributors.Select(one => one.Client.Value).Should().OnlyHaveUniqueItems("a list counts each client once")
                    .And.BeSubsetOf(_clients).And.HaveCountGreaterThanOrEqualTo(3);
                Lists[aggregate.Round] = list;
            }
        }

        if (status is { ModelRound: > 0, Release: ModelRelease.MayBePublished } && _models.TryGetValue((client, status.ModelRound), out Digest model))
        {
            _publishable.TryAdd(status.ModelRound, model);
            _publishable[status.ModelRound].Should().Be(model, "no two models of round {0} may be published", status.ModelRound);
        }
    }

    /// <summary>Takes note of what a party did that is on its disk now.</summary>
    public void Saved(string server, PartyStatus status)
    {
        foreach (ClosedRound round in status.Closed.Where(round => round.IsAggregated))
        {
            round.Contributors.Should().OnlyHaveUniqueItems("no upload counts twice");
            _closed[(server, round.Round, round.Attempt)] = round.Contributors;
            Contributors[round.Round] = round.Contributors;
        }
    }

    /// <summary>Checks what can be checked only at the end: every upload that a server ever acknowledged is in its sum.</summary>
    public void ShouldBeComplete()
    {
        foreach (((string Server, int Round, int Attempt) attempt, IReadOnlyCollection<string> contributors) in _closed)
        {
            (_acknowledged.GetValueOrDefault(attempt) ?? []).Should().BeSubsetOf(contributors, "what was acknowledged is in the sum of {0}", attempt);
        }

        foreach ((int round, ContributorList list) in Lists)
        {
            string[] contributors = [.. list.Contributors.Select(one => one.Client.Value).Order(StringComparer.Ordinal)];
            _closed.Where(entry => (entry.Key.Round, entry.Key.Attempt) == (round, list.AttemptNumber))
                .Select(entry => entry.Value.Order(StringComparer.Ordinal))
                .Should().Contain(reported => reported.SequenceEqual(contributors), "a server reported the list of round {0}", round);
        }
    }

    /// <summary>Takes note of an answer that has left a member: it is the only one of its round, and no two lists of a round get enough of them.</summary>
    private void Answer(string member, ShareAnswer answer, Digest digest)
    {
        HashSet<Digest> own = _answers.TryGetValue((member, answer.Round), out HashSet<Digest>? known) ? known : _answers[(member, answer.Round)] = [];
        own.Add(digest);
        (own.Count == 1 || Corrupt.Contains(member)).Should().BeTrue("{0} repeats its answer of round {1}, and gives no second one", member, answer.Round);
        Dictionary<Digest, HashSet<string>> lists = _answered.TryGetValue(answer.Round, out Dictionary<Digest, HashSet<string>>? all) ? all : _answered[answer.Round] = [];
        HashSet<string> members = lists.TryGetValue(answer.List, out HashSet<string>? others) ? others : lists[answer.List] = [];
        members.Add(member);
        lists.Values.Count(one => one.Count >= Threshold).Should().BeLessThanOrEqualTo(1, "no two lists of round {0} are answered", answer.Round);
    }

    private void Open(string client, (int Round, int Attempt) attempt, Digest digest)
    {
        _models[(client, attempt.Round)] = digest;
        _openedBy.TryAdd((client, attempt.Round, attempt.Attempt), digest);
        _openedBy[(client, attempt.Round, attempt.Attempt)].Should().Be(digest, "{0} opens no second list of {1}", client, attempt);
        HashSet<Digest> digests = _opened.TryGetValue(attempt, out HashSet<Digest>? known) ? known : _opened[attempt] = [];
        digests.Add(digest);
        (digests.Count == 1 || (MaySplit && !_hasCommittee)).Should().BeTrue("nobody opens a second list of {0}", attempt);
        bool isOnlyOne = !_hasCommittee || _opened.Where(entry => entry.Key.Round == attempt.Round).SelectMany(entry => entry.Value).Distinct().Count() == 1;
        isOnlyOne.Should().BeTrue("a committee opens no second list of round {0}", attempt.Round);
    }

    private FederationMessage Parse(ReadOnlyMemory<byte> bytes)
        => MessageFormat.TryRead(bytes, _parametersId, int.MaxValue, out FederationMessage? message, out FormatError reason)
            ? message
            : throw new HeFormatException(reason, "message");
}
