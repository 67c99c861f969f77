using System.Globalization;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Tool.Audit;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Kits;

/// <summary>Says what a job with privacy terms has spent: a client by its own count, and the server by the charges in its audit log.</summary>
internal static class KitSpending
{
    /// <summary>Writes what is spent, where the party knows of it.</summary>
    /// <param name="kit">The kit.</param>
    /// <param name="job">The job as it was described.</param>
    /// <param name="terms">Its privacy terms.</param>
    /// <param name="report">Receives it.</param>
    public static void Write(Kit kit, FederationJob job, PrivacyTerms terms, Report report)
    {
        if (kit.Role == PartyRole.Client)
        {
            if (RoundNote.NewestWithModel(kit.Location) is (_, { SpentEpsilon: double counted } note))
            {
                PrivacyWords.Write(counted, note.IsBudgetSpent == true, terms, report);
            }

            return;
        }

        string log = Path.Combine(kit.Folder, Hosting.Folders.PartyFiles.AuditLog);
        if (kit.Role != PartyRole.Server || !File.Exists(log))
        {
            return;
        }

        AuditReport found = AuditLog.Resume(AuditSources.Read(log, job, AuditAuthor.Server, []).Log, job);
        AuditEntry[] charges = [.. found.Entries.Where(entry => entry.Kind == AuditKind.PrivacyCharged)];
        report.Set("charges", charges.Length).Set("chargedEpsilon", EpsilonOf(charges.LastOrDefault()))
            .Line(string.Create(
                CultureInfo.InvariantCulture,
                $"Sums that the audit log charges to the budget: {charges.Length}{(EpsilonOf(charges.LastOrDefault()) is double spent ? $"; epsilon {spent} is spent on every {PrivacyWords.UnitOf(terms)}" : string.Empty)}. Clients count for themselves."));
    }

    private static double? EpsilonOf(AuditEntry? charge)
        => double.TryParse(charge?.Find("spent"), NumberStyles.Float, CultureInfo.InvariantCulture, out double spent) ? spent : null;
}
