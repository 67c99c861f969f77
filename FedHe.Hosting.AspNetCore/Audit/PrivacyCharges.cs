using System.Globalization;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Audit;

/// <summary>
/// Privacy charges are the sums of a job that clients opened or may have opened, as far as the server knows of them: each attempt without a
/// committee, each round with one.
/// </summary>
/// <remarks>
/// Clients count for themselves by the same rules, in the ledger of their sums; the charges are the server's word for it. In jobs of local training only
/// clients know how often they trained, so there are no charges.
/// </remarks>
internal sealed class PrivacyCharges
{
    private readonly FederationJob _job;
    private readonly IPrivacyMechanism? _mechanism;
    private readonly NoiseSequences? _sequences;
    private readonly List<PrivacyCharge> _charges = [];

    private PrivacyCharges(FederationJob job, IPrivacyMechanism? mechanism)
    {
        (_job, _mechanism) = (job, mechanism);
        _sequences = job.Update.Privacy!.Correlation is null ? null : new NoiseSequences(job);
    }

    /// <summary>The epsilon that is spent, or null where the host has no provider.</summary>
    public double? Spent { get; private set; }

    /// <summary>Reads the charges of a log, or returns null for a job without noise in its sums.</summary>
    public static PrivacyCharges? Of(FederationJob job, IPrivacyProvider? provider, IEnumerable<AuditEntry> entries)
    {
        if (job.Update.Privacy is not { IsNoiseShared: true })
        {
            return null;
        }

        var charges = new PrivacyCharges(job, provider?.Create(job));
        foreach (AuditEntry entry in entries.Where(entry => entry.Kind == AuditKind.PrivacyCharged))
        {
            charges.Add(NumberOf(entry, "round"), NumberOf(entry, "attempt"), NumberOf(entry, "contributors"));
        }

        charges.Compute();
        return charges;
    }

    public void Charge(PublishedSum sum)
    {
        Add(sum.Round, sum.Attempt, sum.Contributors.Length);
        Compute();
    }

    public AuditFact[] Facts(PublishedSum sum)
    {
        List<AuditFact> facts =
        [
            new("round", sum.Round.ToString(CultureInfo.InvariantCulture)),
            new("attempt", sum.Attempt.ToString(CultureInfo.InvariantCulture)),
            new("contributors", sum.Contributors.Length.ToString(CultureInfo.InvariantCulture)),
            new("budget", _job.Update.Privacy!.Epsilon.ToString("R", CultureInfo.InvariantCulture)),
            new("delta", _job.Update.Privacy.Delta.ToString("R", CultureInfo.InvariantCulture)),
        ];
        if (Spent is double spent)
        {
            facts.Add(new AuditFact("spent", RoundUp(spent)));
        }

        return [.. facts];
    }

    /// <summary>Writes an epsilon that must not look smaller than it is.</summary>
    public static string RoundUp(double epsilon) => (Math.Ceiling(1e4 * epsilon) / 1e4).ToString("F4", CultureInfo.InvariantCulture);

    private static int NumberOf(AuditEntry entry, string name) => int.Parse(entry.Find(name) ?? "1", NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Computes what is spent, once for each sum: composing all of them takes long.</summary>
    private void Compute() => Spent = _mechanism?.EpsilonOf(_charges);

    private void Add(int round, int attempt, int contributors)
    {
        if (_sequences is not null)
        {
            _charges.AddRange(_sequences.Add(round, attempt, contributors));
            return;
        }

        // A round that was given up may have been opened by somebody, and so may an earlier attempt where no committee answers once a round.
        int least = _job.Update.Privacy!.SmallestContributors;
        for (int given = (_charges.Count == 0 ? 0 : _charges[^1].Round) + 1; given < round; given++)
        {
            _charges.Add(new PrivacyCharge(given, least, _job.Update.Privacy.ReleasesOf(_job.Settings.MaxAttempts, _job.Committee)));
        }

        int before = _job.Update.Privacy.ReleasesOf(attempt, _job.Committee) - 1;
        if (before > 0)
        {
            _charges.Add(new PrivacyCharge(round, least, before));
        }

        _charges.Add(new PrivacyCharge(round, contributors, Count: 1));
    }
}
