using System.Globalization;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Approvals;

namespace FedHe.Hosting.Approvals;

/// <summary>Approval files are what a key authority asks its administrators in its folder, and what they put there as answers.</summary>
public static class ApprovalFiles
{
    private const string RequestExtension = ".request";

    /// <summary>Reads all approvals in the folder of an authority, which may work meanwhile. A file that is too long or cannot be read counts for nothing.</summary>
    /// <param name="folder">The path of the folder.</param>
    /// <returns>The bytes of each file; untrusted.</returns>
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

    /// <summary>Returns the name of the file with the request for a subject, in the folder of its authority.</summary>
    internal static string NameOf(ApprovalSubject subject) => subject.Client is { } client
        ? string.Create(CultureInfo.InvariantCulture, $"{PartyFiles.ApprovalRequests}/grant-{client}-{subject.Epoch}{RequestExtension}")
        : NameOfPlan(subject.Epoch);

    /// <summary>Returns the name of the file with the request for the plan of an epoch.</summary>
    internal static string NameOfPlan(int epoch) => string.Create(CultureInfo.InvariantCulture, $"{PartyFiles.ApprovalRequests}/epoch-{epoch}{RequestExtension}");

    private static IEnumerable<string> Files(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return Directory.Exists(path) ? Directory.EnumerateFiles(path) : [];
    }

    private static byte[]? TryRead(string path, int longest)
    {
        try
        {
            return new FileInfo(path).Length <= longest ? File.ReadAllBytes(path) : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A file that is being written is there as a whole the next time.
            return null;
        }
    }
}
