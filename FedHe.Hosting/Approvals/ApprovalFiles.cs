using System.Globalization;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Approvals;

namespace FedHe.Hosting.Approvals;

/// <summary>Approval files are what a key authority asks its administrators in its folder, and what they put there as answers.</summary>
public static class ApprovalFiles
{
    private const string RequestExtension = ".request";
    private const string Grant = "grant";
    private const int DigestDigits = 16;

    /// <summary>Reads all approvals in the folder of an authority, which may work meanwhile. A file that is too long or cannot be read counts for nothing.</summary>
    /// <param name="folder">The path of the folder.</param>
    /// <returns>The bytes of each regular file; untrusted.</returns>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ReadApprovals(string folder)
        => [.. Files(folder, PartyFiles.Approvals).Select(path => TryRead(path, Approval.MaxLength)).OfType<byte[]>().Select(bytes => (ReadOnlyMemory<byte>)bytes)];

    /// <summary>Reads what an authority asks now. The authority may work meanwhile.</summary>
    /// <param name="folder">The path of its folder.</param>
    /// <returns>The path of each request, and the request, by their names.</returns>
    public static IReadOnlyList<(string Path, ApprovalRequest Request)> ReadRequests(string folder)
    {
        var requests = new List<(string, ApprovalRequest)>();
        foreach (string path in Files(folder, PartyFiles.ApprovalRequests).Where(path => path.EndsWith(RequestExtension, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (TryRead(path, ApprovalRequest.MaxLength) is byte[] bytes && ApprovalRequest.TryRead(bytes, out ApprovalRequest? request, out _))
            {
                requests.Add((path, request));
            }
        }

        return requests;
    }

    /// <summary>Returns the name of the file with the request for a subject, in the folder of its authority. The digest tells names apart that differ in capitals alone.</summary>
    internal static string NameOf(ApprovalSubject subject) => subject.Client is { } client
        ? string.Create(CultureInfo.InvariantCulture, $"{PartyFiles.ApprovalRequests}/{Grant}-{client}-{subject.Epoch}-{subject.Digest.ToString()[..DigestDigits]}{RequestExtension}")
        : NameOfPlan(subject.Epoch);

    /// <summary>Returns the names of the files with requests for grants of epochs before one, in the folder of an authority.</summary>
    internal static IEnumerable<string> NamesOfGrantsBefore(int epoch, string folder) => Files(folder, PartyFiles.ApprovalRequests).Select(path => Path.GetFileName(path))
        .Where(name => name.Split('-') is [Grant, .., string number, _] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int asked) && asked < epoch)
        .Select(name => $"{PartyFiles.ApprovalRequests}/{name}");

    /// <summary>Says what files with approvals there are, so that they are read again when one has come or changed.</summary>
    internal static string ListApprovals(string folder) => string.Join('\n', Files(folder, PartyFiles.Approvals).Select(path => new FileInfo(path))
        .Select(file => file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.Name}/{file.Length}/{file.LastWriteTimeUtc.Ticks}") : string.Empty));

    /// <summary>Returns the name of the file with the request for the plan of an epoch.</summary>
    internal static string NameOfPlan(int epoch) => string.Create(CultureInfo.InvariantCulture, $"{PartyFiles.ApprovalRequests}/epoch-{epoch}{RequestExtension}");

    private static string[] Files(string folder, string name)
    {
        try
        {
            string path = Path.Combine(folder, name);
            return Directory.Exists(path) ? Directory.GetFiles(path) : [];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads a regular file. A link has its own length, and a pipe, which has none, would keep its reader waiting: neither is opened.</summary>
    private static byte[]? TryRead(string path, int longest)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists || info.LinkTarget is not null || info.Length == 0 || info.Length > longest)
            {
                return null;
            }

            using FileStream file = PartyFolder.OpenRead(path);
            byte[] bytes = new byte[info.Length];
            return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && file.ReadByte() < 0 ? bytes : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A file that is being written is there as a whole the next time.
            return null;
        }
    }
}
