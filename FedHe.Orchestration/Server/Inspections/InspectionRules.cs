using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server.Inspections;

/// <summary>The inspection rules decide who checks what a client shows, when an inspection is over, and whom it names.</summary>
/// <remarks>
/// A client is named when more than half of its checkers, and at least two, say that its tags are wrong; a checker that says nothing
/// counts as one that does not. So one lying checker names nobody, and two of three can. A client that shows nothing is named only
/// where nobody else is and more than half of the clients showed something, because messages may have been lost.
/// </remarks>
internal static class InspectionRules
{
    private const int MostCheckers = 3;
    private const int LeastVerdicts = 2;

    public static bool IsDecided(Inspection inspection) => inspection.Uploads.Values.All(upload => upload.IsDecided);

    /// <summary>Draws the clients that check one upload. The draw follows from the list, so that nobody chooses.</summary>
    public static IEnumerable<ClientId> Draw(Digest list, ClientId shown, IEnumerable<ClientId> available)
        => available.Where(client => client != shown)
            .OrderBy(client => Convert.ToHexStringLower(HashOf(list, shown, client)), StringComparer.Ordinal)
            .Take(MostCheckers);

    /// <summary>Returns the clients that an inspection names, with the reasons.</summary>
    public static IReadOnlyList<(ClientId Client, ExclusionReason Reason)> Name(Inspection inspection)
    {
        ExclusionReason wrong = inspection.Part == InspectedPart.Values ? ExclusionReason.WrongValueTags : ExclusionReason.WrongKeyTags;
        List<(ClientId Client, ExclusionReason Reason)> named = [];
        foreach ((ClientId client, InspectedUpload upload) in inspection.Uploads)
        {
            if (upload.Outcome == ShownOutcome.Other)
            {
                named.Add((client, ExclusionReason.ShowedOther));
            }
            else if (IsFoundWrong(upload))
            {
                named.Add((client, wrong));
            }
        }

        ClientId[] silent = [.. inspection.Uploads.Where(entry => entry.Value.Outcome == ShownOutcome.Nothing).Select(entry => entry.Key)];
        return named.Count > 0 || 2 * silent.Length >= inspection.Uploads.Count
            ? named
            : [.. silent.Select(client => (client, ExclusionReason.ShowedNothing))];
    }

    private static bool IsFoundWrong(InspectedUpload upload)
    {
        int wrong = upload.Verdicts.Values.Count(verdict => verdict == false);
        return wrong >= LeastVerdicts && 2 * wrong > upload.Verdicts.Count;
    }

    private static byte[] HashOf(Digest list, ClientId shown, ClientId checker)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> digest = stackalloc byte[Digest.SizeInBytes];
        list.CopyTo(digest);
        hash.AppendData("FedHe checkers v1\0"u8);
        hash.AppendData(digest);
        hash.AppendData(Encoding.UTF8.GetBytes($"{shown.Value}\0{checker.Value}"));
        return hash.GetHashAndReset();
    }
}
