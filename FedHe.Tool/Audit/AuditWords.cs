using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.Orchestration.Audit;
using FedHe.Tool.Output;

namespace FedHe.Tool.Audit;

/// <summary>Says what was found in an audit log.</summary>
internal static class AuditWords
{
    // A file of anything may have a fault in each of its bytes.
    private const int ShownFaults = 100;

    /// <summary>Writes how many entries there are, from when to when, what heads vouch for, and what is wrong.</summary>
    public static void Write(AuditSources sources, AuditReport found, Report report)
    {
        report.Set("log", sources.Path).Set("author", sources.Author.ToString()).Set("job", sources.Job.JobId.ToString()).Set("digest", sources.Job.Digest.ToString())
            .Set("entries", found.Entries.Length).Set("from", TimeOf(found.Entries.FirstOrDefault())).Set("to", TimeOf(found.Entries.LastOrDefault()))
            .Set("heads", sources.Heads.Count).Set("vouchedFor", found.VouchedFor).Set("isIntact", found.IsIntact).Set("faultCount", found.Faults.Length)
            .Set("faults", new JsonArray([.. found.Faults.Take(ShownFaults).Select(fault => (JsonNode)new JsonObject
            {
                ["error"] = fault.Error.ToString(), ["number"] = fault.Line, ["text"] = AuditPage.Describe(fault),
            })]))
            .Line(string.Create(CultureInfo.InvariantCulture, $"Audit log {(sources.Author == AuditAuthor.Server ? string.Empty : "of the key authority ")}of job {sources.Job.JobId}: {found.Entries.Length} entries{(found.Entries.IsEmpty
                ? string.Empty
                : $", from {found.Entries[0].Time:yyyy-MM-dd HH:mm:ss} to {found.Entries[^1].Time:yyyy-MM-dd HH:mm:ss} UTC")}."))
            .Line(Vouched(sources, found));
        WriteRemarks(sources, report);
        foreach (string line in found.Faults.Take(ShownFaults).Select(AuditPage.Describe))
        {
            report.Line(line);
        }

        if (found.Faults.Length > ShownFaults)
        {
            report.Line(string.Create(CultureInfo.InvariantCulture, $"And {found.Faults.Length - ShownFaults} more."));
        }
    }

    /// <summary>Writes which lines of heads could not be read.</summary>
    public static void WriteRemarks(AuditSources sources, Report report)
    {
        report.Set("remarks", sources.Remarks.Take(ShownFaults));
        foreach (string remark in sources.Remarks.Take(ShownFaults))
        {
            report.Line(remark);
        }
    }

    /// <summary>The verdict on a log that has faults.</summary>
    public static string Verdict(AuditReport found) => string.Create(
        CultureInfo.InvariantCulture,
        $"This log is not as the {NameOf(found.Author)} of the job wrote it, or is torn: {Count(found.Faults.Length)}.{(found.Faults is [{ Error: AuditError.Torn }]
            ? $" Where the {NameOf(found.Author)} runs it may be writing: run the command again."
            : string.Empty)}");

    public static string Count(int faults) => string.Create(CultureInfo.InvariantCulture, $"{faults} {(faults == 1 ? "fault" : "faults")}");

    private static string Vouched(AuditSources sources, AuditReport found)
        => found.VouchedFor > 0 ? string.Create(
                CultureInfo.InvariantCulture, $"Heads that {(sources.Author == AuditAuthor.Server ? "clients" : "administrators")} kept vouch for all entries up to number {found.VouchedFor}. Whether entries behind it were cut off cannot be seen.")
            : sources.Heads.Count > 0 ? $"No head of {Keeper(sources.Author)} vouches for this log."
            : $"No head of {Keeper(sources.Author)} was compared, so entries that were cut off at the end are not missed, nor is a {NameOf(sources.Author)} found out that wrote all of it anew: --head, --heads.";

    private static string NameOf(AuditAuthor author) => author == AuditAuthor.Server ? "server" : "key authority";

    private static string Keeper(AuditAuthor author) => author == AuditAuthor.Server ? "a client" : "an administrator";

    private static string? TimeOf(AuditEntry? entry) => entry?.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
