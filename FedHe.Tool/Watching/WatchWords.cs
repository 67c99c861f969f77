using System.Globalization;

namespace FedHe.Tool.Watching;

/// <summary>Words what happened in a job between two moments, a line for each event.</summary>
internal static class WatchWords
{
    // What a party does between two of its messages says nothing new.
    private static readonly string[] Silent = ["waits", "not invited", "invited", "ended", "no upload yet", "answers key requests"];

    /// <summary>Words a phase of the server.</summary>
    public static string PhaseOf(WatchedJob job) => job.Phase switch
    {
        "NotStarted" => "not started",
        "WaitingForClients" => "waits for clients",
        "Collecting" => "waits for uploads",
        "Inspecting" => "clients check a void sum",
        "Opening" => "the committee opens the sum",
        "Renewing" => "the committee votes for an epoch",
        "Ended" => "ended",
        "Superseded" => "a newer server exists",
        _ => job.Phase,
    };

    /// <summary>Words how a job stands.</summary>
    public static string Summary(WatchedJob job) => string.Create(
        CultureInfo.InvariantCulture,
        $"{job.Name}: round {Math.Min(job.Round, job.Rounds)} of {job.Rounds}, attempt {job.Attempt}, {PhaseOf(job)}; here: {Names(job, party => party.State == "here")}; late: {Names(job, party => party.IsLate)}.");

    /// <summary>Words the metrics of a client.</summary>
    public static string Words(WatchedReport report)
        => string.Join(", ", report.Values.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => $"{metric.Key} {Number(metric.Value)}"));

    /// <summary>Words a number.</summary>
    public static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>Returns the lines for what happened.</summary>
    /// <param name="before">How the job stood before, or null at the beginning.</param>
    /// <param name="now">How it stands now.</param>
    public static IEnumerable<string> Between(WatchedJob? before, WatchedJob now)
    {
        IEnumerable<string> events = before is null ? [Summary(now), .. Metrics([], now)] : [.. Rounds(before, now), .. Parties(before, now), .. Metrics(before.Metrics, now), .. Refusals(before, now)];
        return now.Outcome is string outcome && before?.Outcome is null ? [.. events, $"The job has ended: {outcome}."] : events;
    }

    private static IEnumerable<string> Rounds(WatchedJob before, WatchedJob now)
    {
        if (now.LastSum > before.LastSum)
        {
            yield return Invariant($"The sum of round {now.LastSum} is published.");
        }
        else if (now.LastSum < before.LastSum)
        {
            yield return Invariant($"The sum of round {before.LastSum} is taken back.");
        }

        if (now.Epoch != before.Epoch)
        {
            yield return Invariant($"Epoch {now.Epoch} begins.");
        }

        if ((now.Round, now.Attempt) != (before.Round, before.Attempt) && now.Outcome is null)
        {
            yield return Invariant($"Round {now.Round} of {now.Rounds}, attempt {now.Attempt}: {PhaseOf(now)}.");
        }
        else if (now.Phase != before.Phase && now.Outcome is null)
        {
            yield return Invariant($"Round {now.Round}: {PhaseOf(now)}.");
        }
    }

    private static IEnumerable<string> Parties(WatchedJob before, WatchedJob now)
    {
        Dictionary<string, WatchedParty> known = before.Parties.DistinctBy(party => party.Name).ToDictionary(party => party.Name);
        foreach (WatchedParty party in now.Parties)
        {
            if (!known.Remove(party.Name, out WatchedParty? was))
            {
                yield return $"{party.Name} has joined.";
                continue;
            }

            if (party.State != was.State)
            {
                yield return $"{party.Name} is {(party.State == "unheard" ? "not heard of" : party.State)}.";
            }

            bool isNew = party.Doing != was.Doing || (party.Doing == "uploaded" && (now.Round, now.Attempt) != (before.Round, before.Attempt));
            if (isNew && !Silent.Contains(party.Doing))
            {
                yield return Invariant($"{party.Name}: {party.Doing} (round {now.Round}).");
            }

            if (party.IsLate && !was.IsLate)
            {
                yield return $"{party.Name} is late.";
            }
        }

        foreach (string left in known.Keys)
        {
            yield return $"{left} has left.";
        }
    }

    private static IEnumerable<string> Metrics(IReadOnlyList<WatchedMetrics> before, WatchedJob now)
    {
        HashSet<(int Round, int Attempt, string Party)> known = [.. before.SelectMany(round => round.Reports.Select(report => (round.Round, round.Attempt, report.Party)))];
        foreach (WatchedMetrics round in now.Metrics.OrderBy(round => (round.Round, round.Attempt)))
        {
            foreach (WatchedReport report in round.Reports.Where(report => !known.Contains((round.Round, round.Attempt, report.Party))))
            {
                yield return Invariant($"{report.Party} reports of round {round.Round}, attempt {round.Attempt}: {Words(report)}.");
            }
        }
    }

    private static IEnumerable<string> Refusals(WatchedJob before, WatchedJob now)
    {
        foreach (WatchedRefusal refusal in now.Refusals)
        {
            int known = before.Refusals.FirstOrDefault(one => (one.Party, one.Message, one.Reason) == (refusal.Party, refusal.Message, refusal.Reason))?.Count ?? 0;
            if (refusal.Count > known)
            {
                yield return Invariant($"Refused: {refusal.Message} of {refusal.Party}, {refusal.Reason}, {refusal.Count} in all.");
            }
        }
    }

    private static string Names(WatchedJob job, Func<WatchedParty, bool> are)
        => string.Join(", ", job.Parties.Where(are).Select(party => party.Name)) is { Length: > 0 } names ? names : "nobody";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
