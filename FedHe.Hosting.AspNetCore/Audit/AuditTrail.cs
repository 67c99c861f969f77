using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using FedHe.Crypto.Identities;
using FedHe.Hosting.Audit;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Audit;

/// <summary>An audit trail says in entries what the steps of a server did. Its server is driven by one thread at a time.</summary>
internal sealed class AuditTrail
{
    // What one party can have in the log in one attempt, by kind and reason, or it could fill the log at will. Further refusals are counted.
    private const int MostAlike = 16;

    private readonly AuditFile _file;
    private readonly FederationServerSetup _setup;
    private readonly PrivacyCharges? _privacy;
    private readonly Dictionary<(AuditKind Kind, string Party, string Reason), int> _alike = [];
    private int _epoch;
    private int _sumRound;
    private bool _hasEnded;
    private ImmutableSortedDictionary<ClientId, ExclusionReason> _excluded = ImmutableSortedDictionary<ClientId, ExclusionReason>.Empty;

    // As the log has them: a change that is one too many is written when the attempt has ended, if it still is one.
    private ImmutableSortedSet<ClientId> _withdrawn = [];

    private AuditTrail(AuditFile file, FederationServerSetup setup, PrivacyCharges? privacy) => (_file, _setup, _privacy) = (file, setup, privacy);

    /// <summary>The head of what is on the disk. It may be read at any time.</summary>
    public AuditHead? Head => _file.Head;

    /// <summary>What the sums of the job have cost, or null where nothing is promised or nobody can compute it.</summary>
    public double? Spent => _privacy?.Spent;

    /// <summary>Opens the trail of a server that was opened or restored, before its next step.</summary>
    /// <param name="parts">Where the log is, and what computes the cost of sums.</param>
    /// <param name="setup">The parts of the server.</param>
    /// <param name="server">The server, as its saved state has it.</param>
    /// <param name="saved">The stamp of the saved state, or null where there is none.</param>
    /// <param name="isStart">Whether the process begins, or goes back to what is saved.</param>
    public static AuditTrail Open(AuditParts parts, FederationServerSetup setup, FederationServer server, StateStamp? saved, bool isStart)
    {
        var file = AuditFile.Open(
            parts.Store, setup.Job, AuditAuthor.Server, head => new AuditChain(setup.Job, setup.Identity, head), setup.Time, saved, out IReadOnlyList<AuditEntry> entries);
        var trail = new AuditTrail(file, setup, PrivacyCharges.Of(setup.Job, parts.Privacy, entries));
        trail.Follow(server);
        trail._withdrawn = WithdrawnIn(entries);
        if (entries.Count == 0)
        {
            trail.Begin(saved);
        }

        if (isStart)
        {
            file.Add(
                AuditKind.Started,
                new AuditFact("fedhe", VersionOf(typeof(FederationServer))),
                new AuditFact("host", VersionOf(typeof(AuditTrail))),
                new AuditFact("runtime", RuntimeInformation.FrameworkDescription),
                new AuditFact("system", RuntimeInformation.RuntimeIdentifier),
                new AuditFact("state", Describe(saved)));
        }
        else
        {
            file.Add(AuditKind.Resumed, new AuditFact("state", Describe(saved)));
        }

        return trail;
    }

    /// <summary>Makes the entries of a step.</summary>
    public void Note(FederationServer server, ServerStep step)
    {
        foreach (Contribution upload in step.Accepted)
        {
            _file.Add(
                AuditKind.UploadAccepted,
                new AuditFact("client", upload.Client.Value),
                Number("round", upload.Slot.Round),
                Number("attempt", upload.Slot.Attempt),
                new AuditFact("digest", upload.ContentDigest.ToString()),
                Number("bytes", upload.UploadLength),
                Number("encryptedValues", upload.Receipt.EncryptedCount),
                Number("clearValues", upload.Receipt.ClearCount));
        }

        foreach (PublishedSum sum in step.Sums)
        {
            Add(sum);
        }

        if (server.LastAggregatedRound < _sumRound && step.Sums.IsEmpty)
        {
            _file.Add(AuditKind.SumTakenBack, Number("round", _sumRound));
        }

        foreach (RoundReport report in step.Reports)
        {
            Add(report);
        }

        AddChanges(server);
        Follow(server);
    }

    /// <summary>Writes the entries apart, before the state that they belong to is saved.</summary>
    /// <param name="stamp">The stamp of the state.</param>
    public void Prepare(StateStamp stamp) => _file.Prepare(stamp);

    /// <summary>Notes that a message of a party was refused.</summary>
    public void NoteRefusal(string party, MessageKind kind, RefusalReason reason)
    {
        if (IsFew(AuditKind.MessageRefused, party, $"{kind} {reason}"))
        {
            _file.Add(AuditKind.MessageRefused, new AuditFact("client", party), new AuditFact("message", kind.ToString()), new AuditFact("reason", reason.ToString()));
        }
    }

    /// <summary>Notes an answer of the key authority on its way to a client.</summary>
    public void NoteKeys(string client, MessageKind kind, ReadOnlySpan<byte> answer)
    {
        AuditKind audited = kind == MessageKind.KeyGrant ? AuditKind.KeysGranted : AuditKind.KeysRefused;
        if (IsFew(audited, client, string.Empty))
        {
            _file.Add(audited, new AuditFact("client", client), new AuditFact("digest", Digest.Compute(answer).ToString()), Number("bytes", answer.Length));
        }
    }

    /// <summary>Appends the entries. When the store is committed, they are on the disk, and what they are evidence of may be acknowledged.</summary>
    public void Commit() => _file.Commit();

    private static AuditFact Number(string name, long value) => new(name, value.ToString(CultureInfo.InvariantCulture));

    private static AuditFact Names(string name, IEnumerable<ClientId> clients) => new(name, string.Join(' ', clients));

    private static string VersionOf(Type type)
        => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Describe(StateStamp? stamp)
        => stamp is StateStamp known ? string.Create(CultureInfo.InvariantCulture, $"life {known.Life}, change {known.Version}, round {known.Round}, attempt {known.Attempt}") : "none";

    private void Begin(StateStamp? saved)
    {
        FederationJob job = _setup.Job;
        List<AuditFact> facts =
        [
            new("job", job.JobId.ToString()),
            new("digest", job.Digest.ToString()),
            Number("rounds", job.Settings.Rounds),
            Number("clients", job.Roster.Clients.Count),
            Number("fewestContributors", job.Settings.MinimumContributors),
            new("protection", job.Protection.ToString()),
            new("mask", job.Terms.Mask.Digest.ToString()),
            Number("encryptedValues", job.Terms.Mask.EncryptedCount),
            Number("clearValues", job.Terms.Mask.ClearCount),
            new("state", Describe(saved)),
        ];
        if (job.Committee is CommitteeTerms committee)
        {
            facts.Add(Names("members", committee.Members));
            facts.Add(Number("answers", committee.Threshold));
        }

        facts.AddRange(UpdateFacts.Of(job.Update));
        _file.Add(AuditKind.Began, [.. facts]);
    }

    private void Add(PublishedSum sum)
    {
        List<AuditFact> facts =
        [
            Number("round", sum.Round),
            Number("attempt", sum.Attempt),
            Names("contributors", sum.Contributors),
            new("chain", sum.Chain.ToString()),
            Number("bytes", sum.Length),
        ];
        if (sum.ListDigest is Digest list)
        {
            facts.Add(new AuditFact("list", list.ToString()));
        }

        _file.Add(AuditKind.SumPublished, [.. facts]);
        if (_privacy is not null)
        {
            _privacy.Charge(sum);
            _file.Add(AuditKind.PrivacyCharged, _privacy.Facts(sum));
        }
    }

    private void Add(RoundReport report)
    {
        List<AuditFact> facts =
        [
            Number("round", report.Round),
            Number("attempt", report.Attempt),
            new("sum", report.IsAggregated ? "yes" : "no"),
            Names("invited", report.Selected),
            Names("contributed", report.Contributions.Select(upload => upload.Client)),
            Number("bytesReceived", report.BytesReceived),
        ];
        facts.AddRange(report.Refusals.Select(refusal => Number($"refused{refusal.Key}", refusal.Value)));
        _file.Add(AuditKind.AttemptEnded, [.. facts]);
        _alike.Clear();
    }

    private void AddChanges(FederationServer server)
    {
        if (server.Job.EpochNumber > _epoch)
        {
            _file.Add(
                AuditKind.EpochBegan,
                Number("epoch", server.Job.EpochNumber),
                Names("clients", server.Job.Roster.Clients),
                Names("members", server.Job.Committee?.Members ?? []),
                new AuditFact("certificate", Digest.Compute(server.Certificates[^1].Span).ToString()));
        }

        IReadOnlyDictionary<ClientId, ExclusionReason> excluded = server.ExcludedClients;
        foreach ((ClientId client, ExclusionReason reason) in excluded.Where(entry => !_excluded.ContainsKey(entry.Key)))
        {
            _file.Add(AuditKind.ClientExcluded, new AuditFact("client", client.Value), new AuditFact("reason", reason.ToString()));
        }

        foreach (ClientId client in _excluded.Keys.Where(client => !excluded.ContainsKey(client)))
        {
            _file.Add(AuditKind.ClientReadmitted, new AuditFact("client", client.Value));
        }

        IReadOnlyList<ClientId> withdrawn = server.WithdrawnClients;
        foreach (ClientId client in withdrawn.Except(_withdrawn))
        {
            _withdrawn = NoteFew(AuditKind.ClientWithdrew, client) ? _withdrawn.Add(client) : _withdrawn;
        }

        foreach (ClientId client in _withdrawn.Except(withdrawn))
        {
            _withdrawn = NoteFew(AuditKind.ClientReturned, client) ? _withdrawn.Remove(client) : _withdrawn;
        }

        if (server.Outcome is FederationOutcome outcome && !_hasEnded)
        {
            _file.Add(AuditKind.Concluded, new AuditFact("outcome", outcome.ToString()), Number("lastRound", server.LastAggregatedRound));
        }
    }

    /// <summary>Remembers what the server is like now, so that the next step shows what it changes.</summary>
    private void Follow(FederationServer server)
        => (_epoch, _sumRound, _hasEnded, _excluded)
            = (server.Job.EpochNumber, server.LastAggregatedRound, server.Outcome is not null, server.ExcludedClients.ToImmutableSortedDictionary());

    private static ImmutableSortedSet<ClientId> WithdrawnIn(IReadOnlyList<AuditEntry> entries)
    {
        var withdrawn = ImmutableSortedSet.CreateBuilder<ClientId>();
        foreach (AuditEntry entry in entries.Where(entry => entry.Kind is AuditKind.ClientWithdrew or AuditKind.ClientReturned))
        {
            var client = new ClientId(entry.Find("client")!);
            _ = entry.Kind == AuditKind.ClientWithdrew ? withdrawn.Add(client) : withdrawn.Remove(client);
        }

        return withdrawn.ToImmutable();
    }

    private bool NoteFew(AuditKind kind, ClientId client)
    {
        bool isFew = IsFew(kind, client.Value, string.Empty);
        if (isFew)
        {
            _file.Add(kind, new AuditFact("client", client.Value));
        }

        return isFew;
    }

    private bool IsFew(AuditKind kind, string party, string reason)
    {
        int count = _alike.GetValueOrDefault((kind, party, reason)) + 1;
        _alike[(kind, party, reason)] = count;
        return count <= MostAlike;
    }
}
