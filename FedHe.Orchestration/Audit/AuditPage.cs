using System.Globalization;
using System.Text;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Audit;

/// <summary>
/// An audit page is an audit log as one file of HTML for people who judge a study: what was promised, who contributed to which sum, what was
/// refused, and whether the log is what the server wrote.
/// </summary>
/// <remarks>
/// The page has no script, picture or link, and its policy forbids all of them. Every text of the log is escaped, and characters that steer a
/// display are replaced.
/// </remarks>
public static class AuditPage
{
    private const int ShownFaults = 100;

    /// <summary>Writes the page.</summary>
    /// <param name="report">What was found in the log.</param>
    /// <param name="job">The job.</param>
    public static string Write(AuditReport report, FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(job);
        var page = new AuditMarkup(report.Author == AuditAuthor.Server ? $"Audit log of job {job.JobId}" : $"Audit log of the key authority of job {job.JobId}");
        string author = NameOf(report.Author);
        WriteVerdict(page, report, author);
        WriteJob(page, report, job);
        if (report.Author == AuditAuthor.Server)
        {
            WriteSums(page, report);
        }

        WriteEvents(
            page,
            "Refusals and exclusions",
            "Nothing was refused, and nobody was excluded.",
            report,
            AuditKind.MessageRefused,
            AuditKind.ClientExcluded,
            AuditKind.ClientReadmitted,
            AuditKind.ClientWithdrew,
            AuditKind.ClientReturned,
            AuditKind.KeysRefused,
            AuditKind.EpochRefused);
        WriteEvents(page, "Keys and epochs", $"The {author} saw no grant of keys.", report, AuditKind.KeysGranted, AuditKind.ApprovalsAwaited, AuditKind.EpochPlanned, AuditKind.EpochBegan);
        WriteEvents(page, "All entries", "There are no entries.", report, Enum.GetValues<AuditKind>());
        return page.Finish(
            $"The log is written and signed by the {author}, so it shows what the {author} said at the time. It cannot show what the {author} did not say. Heads of the log that others keep show that nothing up to them was changed or cut off since.");
    }

    /// <summary>Writes what is wrong with a log as a sentence.</summary>
    /// <param name="fault">The fault.</param>
    public static string Describe(AuditFault fault) => string.Create(CultureInfo.InvariantCulture, $"{(fault.Error is AuditError.Truncated or AuditError.Rewritten or AuditError.BadHead ? "Entry" : "Line")} {fault.Line}: {Words(fault.Error)}");

    /// <summary>Returns what the author of a log is called in a sentence.</summary>
    private static string NameOf(AuditAuthor author) => author == AuditAuthor.Server ? "server" : "key authority";

    /// <summary>Returns who keeps the heads of an author's log.</summary>
    private static string Keepers(AuditAuthor author) => author == AuditAuthor.Server ? "clients" : "administrators";

    private static string Words(AuditError error) => error switch
    {
        AuditError.Malformed => "this is no entry of an audit log.",
        AuditError.Torn => "the file ends within an entry.",
        AuditError.WrongNumber => "the number is not the next one; entries were removed, moved or doubled.",
        AuditError.WrongPrevious => "the entry does not follow from the one before; one of them was changed, or one between them removed.",
        AuditError.BadSignature => "the author of the log did not sign this entry.",
        AuditError.OtherJob => "the entry does not begin the log of this job.",
        AuditError.Truncated => "its author gave somebody the head of this entry, and the log ends before it.",
        AuditError.Rewritten => "its author gave somebody the head of another entry with this number.",
        AuditError.BadHead => "this head is not signed by the author of the log, and says nothing.",
        _ => "the log has no entry.",
    };

    private static void WriteVerdict(AuditMarkup page, AuditReport report, string author)
    {
        page.Verdict(report.IsIntact, report.IsIntact
            ? string.Create(CultureInfo.InvariantCulture, $"All {report.Entries.Length} entries are signed by the {author} of the job, in their order, and none is missing between them.")
            : string.Create(CultureInfo.InvariantCulture, $"This log is not as the {author} wrote it, or is torn: {report.Faults.Length} faults."));
        foreach (AuditFault fault in report.Faults.Take(ShownFaults))
        {
            page.Verdict(isGood: false, Describe(fault));
        }

        page.Text(report.VouchedFor == 0
            ? $"No head of {(report.Author == AuditAuthor.Server ? "a client" : "an administrator")} was compared, so entries that were cut off at the end would not be missed, and a {author} that wrote all of it anew would not be found out."
            : string.Create(CultureInfo.InvariantCulture, $"Heads that {Keepers(report.Author)} kept vouch for all entries up to number {report.VouchedFor}. Whether entries behind it were cut off cannot be seen."));
    }

    private static void WriteJob(AuditMarkup page, AuditReport report, FederationJob job)
    {
        page.BeginSection("What was agreed upon");
        List<(string Name, string Value)> facts =
        [
            ("Digest of the job", job.Digest.ToString()),
            ("Clients", string.Join(", ", job.Roster.Clients)),
            ("Rounds", job.Settings.Rounds.ToString(CultureInfo.InvariantCulture)),
            ("Fewest contributors of a sum", job.Settings.MinimumContributors.ToString(CultureInfo.InvariantCulture)),
            ("Who opens sums", job.Committee is { } committee
                ? string.Create(CultureInfo.InvariantCulture, $"a committee of {committee.Members.Length} clients, of whom {committee.Threshold} must answer")
                : "every client, who all share one key"),
            ("Encrypted values", string.Create(CultureInfo.InvariantCulture, $"{job.Terms.Mask.EncryptedCount} of {job.Terms.Mask.EncryptedCount + job.Terms.Mask.ClearCount}")),
            ("Values that travel", job.Update.Squeeze is { } squeeze
                ? string.Create(CultureInfo.InvariantCulture, $"{squeeze.Count} in a round, of which {squeeze.RotatingCount} take turns; all of them do in the first {squeeze.WarmUpRounds} sums")
                : "all"),
            ("Server optimizer", job.Update.Optimizer is { } optimizer
                ? string.Create(CultureInfo.InvariantCulture, $"{optimizer.Kind}, with a learning rate of {optimizer.LearningRate:R}")
                : "the job has none"),
            ("Adapters", job.Update.Adapters is { } adapters ? AdapterWords(adapters.Mode) : "the job has no adapter terms"),
            ("Corrected gradients", job.Update.Controls is { } controls
                ? string.Create(CultureInfo.InvariantCulture, $"as many control differences travel as values, encrypted, up to {controls.Bound}")
                : "the job has no control terms"),
            ("Differential privacy", job.Update.Privacy is { } privacy ? $"promised is {privacy}" : "none is promised"),
            ("Outcome", report.Entries.LastOrDefault(entry => entry.Kind == AuditKind.Concluded)?.Find("outcome") ?? "the log has no end of the job"),
        ];
        if (job.Update.Privacy is { } terms && report.Entries.LastOrDefault(entry => entry.Kind == AuditKind.PrivacyCharged)?.Find("spent") is string spent)
        {
            facts.Insert(facts.Count - 1, ("Epsilon that is spent", $"{spent} on every {terms.UnitWord}"));
        }

        page.Facts(facts);
        page.EndSection();
    }

    private static string AdapterWords(AdapterMode mode) => mode switch
    {
        AdapterMode.FreezeA => "their halves B are averaged",
        AdapterMode.Alternating => "their halves B are averaged in odd rounds, and A in even ones",
        _ => "both halves are averaged side by side",
    };

    private static void WriteSums(AuditMarkup page, AuditReport report)
    {
        page.BeginSection("Sums, and whose data is in them");
        AuditEntry[] sums = [.. report.Entries.Where(entry => entry.Kind is AuditKind.SumPublished or AuditKind.SumTakenBack)];
        if (sums.Length == 0)
        {
            page.Text("No sum was published.");
        }
        else
        {
            page.Table(
                ["Round", "Time", "What", "Contributors", "Digest of the list"],
                sums.Select(entry => (string[])
                [
                    $"{entry.Find("round")}, attempt {entry.Find("attempt") ?? "unknown"}",
                    TimeOf(entry),
                    entry.Kind == AuditKind.SumPublished ? "sent to the clients" : "taken back",
                    entry.Find("contributors") ?? string.Empty,
                    entry.Find("list") ?? string.Empty,
                ]));
        }

        page.EndSection();
    }

    private static void WriteEvents(AuditMarkup page, string title, string none, AuditReport report, params AuditKind[] kinds)
    {
        page.BeginSection(title);
        AuditEntry[] entries = [.. report.Entries.Where(entry => kinds.Contains(entry.Kind))];
        if (entries.Length == 0)
        {
            page.Text(none);
        }
        else
        {
            page.Table(["Number", "Time", "What", "Facts"], entries.Select(entry => (string[])
            [
                entry.Number.ToString(CultureInfo.InvariantCulture),
                TimeOf(entry),
                entry.Kind.ToString(),
                FactsOf(entry),
            ]));
        }

        page.EndSection();
    }

    private static string TimeOf(AuditEntry entry) => entry.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss' UTC'", CultureInfo.InvariantCulture);

    private static string FactsOf(AuditEntry entry)
    {
        var facts = new StringBuilder();
        foreach (AuditFact fact in entry.Facts)
        {
            facts.Append(facts.Length == 0 ? string.Empty : "; ").Append(fact.Name).Append(": ").Append(fact.Value);
        }

        return facts.ToString();
    }
}
