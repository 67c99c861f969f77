using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Inspection;

/// <summary>Says which epoch a party is in, and what it waits for, from the files in its folder.</summary>
internal static class EpochInspector
{
    public static void Inspect(string path, PartyNotes notes, FederationJob first, EpochFiles epochs, Report report)
    {
        if (first.Committee is null)
        {
            return;
        }

        report.Set("epoch", epochs.Number).Line(epochs.Latest is EpochCertificate latest
            ? $"It is in epoch {epochs.Number}, which began with round {latest.FirstRound}."
            : "It is in epoch 1, the first one.");
        if (notes.Role == PartyRole.Client)
        {
            InspectClient(path, notes, epochs, report);
        }
        else if (ReadPlan(path, epochs) is EpochPlan plan)
        {
            PlanWords.Write(plan, epochs.Job, report);
            report.Line(notes.Role == PartyRole.Authority
                ? $"It waits for the certificate of epoch {plan.Number}, from the server."
                : "The plan is proposed: its committee votes for it after the next sum.");
        }
    }

    private static void InspectClient(string path, PartyNotes notes, EpochFiles epochs, Report report)
    {
        bool isListed = epochs.Job.Roster.TryGetKey(new ClientId(notes.Name), out _);
        bool needsKeys = isListed && !File.Exists(Path.Combine(path, "state", StateFiles.KeysOf(epochs.Number)));
        report.Set("needsKeys", needsKeys).Set("hasLeft", !isListed);
        if (!isListed)
        {
            report.Line("It has left the job, and keeps its model.");
        }
        else if (needsKeys)
        {
            report.Line($"It waits for the group key of epoch {epochs.Number}: 'fedhe keys grant' at the authority, and 'fedhe keys open' here.");
        }
        else if (notes.VotedRound > Math.Max(epochs.Latest?.FirstRound ?? 0, notes.AnnouncedFor))
        {
            report.Set("votedForRound", notes.VotedRound)
                .Line($"It voted for an epoch that begins with round {notes.VotedRound}, and waits for its certificate, or for a later sum.");
        }
    }

    private static EpochPlan? ReadPlan(string path, EpochFiles epochs)
    {
        string file = Path.Combine(path, "state", StateFiles.Plan);
        return File.Exists(file) ? epochs.ReadNextPlan(File.ReadAllBytes(file)) : null;
    }
}
