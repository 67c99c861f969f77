using System.Globalization;
using System.Text;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Audit;

/// <summary>Audit sources are what an audit log is verified from: its bytes, the job whose key verifies them, and the heads that clients kept.</summary>
/// <param name="Path">The path of the log.</param>
/// <param name="Log">The bytes of the log; untrusted.</param>
/// <param name="Job">The job.</param>
/// <param name="Author">The party whose log it is.</param>
/// <param name="Heads">The heads.</param>
/// <param name="Remarks">Lines of heads that could not be read.</param>
internal sealed record AuditSources(string Path, ReadOnlyMemory<byte> Log, FederationJob Job, AuditAuthor Author, IReadOnlyList<AuditHead> Heads, IReadOnlyList<string> Remarks)
{
    // A million entries take less than half of it.
    private const long LongestLog = 1L << 30;

    // A job of a million rounds has fewer heads than that at each client.
    private const long LongestHeads = 1L << 28;

    /// <summary>Reads the files.</summary>
    /// <param name="log">The path of the log.</param>
    /// <param name="job">The job.</param>
    /// <param name="author">The party whose log it is.</param>
    /// <param name="heads">The paths of files with heads, one in a line.</param>
    public static AuditSources Read(string log, FederationJob job, AuditAuthor author, IEnumerable<string> heads)
        => Read(log, ReadWhole(log, LongestLog, "the audit log"), job, author, heads);

    /// <summary>Reads the heads for a log that was read already.</summary>
    /// <param name="log">What errors call the log.</param>
    /// <param name="bytes">The bytes of the log.</param>
    /// <param name="job">The job.</param>
    /// <param name="author">The party whose log it is.</param>
    /// <param name="heads">The paths of files with heads, one in a line.</param>
    public static AuditSources Read(string log, byte[] bytes, FederationJob job, AuditAuthor author, IEnumerable<string> heads)
    {
        var found = new List<AuditHead>();
        var remarks = new List<string>();
        foreach (string path in heads.Distinct(StringComparer.Ordinal))
        {
            ReadHeads(path, found, remarks);
        }

        return new AuditSources(log, bytes, job, author, [.. found.Distinct()], remarks);
    }

    /// <summary>Verifies the log.</summary>
    public AuditReport Verify() => AuditLog.Verify(Log, Job, Author, Heads);

    private static void ReadHeads(string path, List<AuditHead> found, List<string> remarks)
    {
        int before = found.Count;
        string[] lines = Encoding.ASCII.GetString(ReadWhole(path, LongestHeads, "the heads of a client or an administrator")).TrimEnd('\n').Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (AuditHead.TryParse(lines[i].Trim(), out AuditHead? head))
            {
                found.Add(head);
            }
            else
            {
                // A client that was killed while it wrote leaves such a line.
                remarks.Add(string.Create(CultureInfo.InvariantCulture, $"{path}, line {i + 1}, is no head of an audit log, and was passed over."));
            }
        }

        // Whoever names heads wants the log held against them.
        if (found.Count == before)
        {
            throw ToolException.Refused($"{path} has no head of an audit log. Take {PartyFiles.AuditHead} or {PartyFiles.AuditHeads} of a client's or an administrator's kit, or leave it out, and nothing is held against what they kept.");
        }
    }

    /// <summary>Reads a file that its party may be writing to, without keeping the party from it.</summary>
    private static byte[] ReadWhole(string path, long longest, string what)
    {
        if (!File.Exists(path))
        {
            throw ToolException.Refused($"There is no file {path}, which should be {what}.");
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length > longest)
        {
            throw ToolException.Refused(string.Create(CultureInfo.InvariantCulture, $"{path} is longer than {longest >> 20} MiB, so that it is not {what}."));
        }

        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
