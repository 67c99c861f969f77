using System.Text.Json.Nodes;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Headers;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Inspection;

/// <summary>Says what a file or a folder is, without a password, and without believing any of it.</summary>
internal static class Inspector
{
    private const int HeadLength = 4096;

    private static readonly string[] Sealed = ["identity of a client", "identity of a server", "keys of a client", "keys of an authority", "request for keys", "group key of an authority", "group key of a client", "ticket of a draw"];

    public static void Inspect(string path, Report report)
    {
        report.Set("path", path);
        if (Directory.Exists(path) && PartyFolder.Peek(path) is PartyNotes notes)
        {
            InspectFolder(path, notes, report);
            return;
        }

        if (Directory.Exists(path) || path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".index.json", StringComparison.Ordinal))
        {
            InspectModel(path, report);
            return;
        }

        if (!File.Exists(path))
        {
            throw ToolException.Refused($"There is nothing at {path}.");
        }

        InspectFile(path, report);
    }

    private static void InspectFolder(string path, PartyNotes notes, Report report)
    {
        report.Set("kind", "folder").Set("role", notes.Role.ToString()).Set("name", notes.Name).Line($"Folder of {notes.Name} ({notes.Role}).");
        string job = Path.Combine(path, "state", StateFiles.Job);
        if (File.Exists(job))
        {
            JobPackage package = JobPackage.Read(File.ReadAllBytes(job));
            using HeContext? context = package.Context;
            var epochs = EpochFiles.Read(path, package.Job);
            Describe(package, epochs.Job, report);
            EpochInspector.Inspect(path, notes, package.Job, epochs, report);
            InspectMembership(path, notes, epochs.Job, report);
        }

        if (notes.Role == PartyRole.Server && notes.Awaited.Count > 0)
        {
            report.Set("committeeOwes", notes.Awaited).Line($"The server waits for its committee: {string.Join(", ", notes.Awaited)}.");
        }

        if (notes.Role == PartyRole.Server && notes.Round > 0)
        {
            report.Set("round", notes.Round).Set("attempt", notes.Attempt).Set("invited", notes.Invited).Set("confirmedRound", notes.ConfirmedRound)
                .Line($"Round {notes.Round}, attempt {notes.Attempt}: invited {string.Join(", ", notes.Invited)}.");
        }

        foreach (string box in new[] { "inbox", "outbox" })
        {
            string folder = Path.Combine(path, box);
            string[] files = Directory.Exists(folder)
                ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)]
                : [];
            report.Set(box, files).Line($"{box}: {(files.Length == 0 ? "empty" : string.Join(", ", files))}");
        }
    }

    /// <summary>Says whether a client is a member, what its ledger knows, and what the server asks of it in the inbox.</summary>
    private static void InspectMembership(string path, PartyNotes notes, FederationJob job, Report report)
    {
        bool isMember = notes.Role == PartyRole.Client && job.Committee?.Members.Any(member => member.Value == notes.Name) == true;
        if (job.Committee is null || notes.Role != PartyRole.Client)
        {
            return;
        }

        report.Set("isMember", isMember).Line(isMember ? "This client is a member of the committee." : "This client is no member of the committee.");
        if (!isMember)
        {
            return;
        }

        bool hasLedger = File.Exists(Path.Combine(path, LedgerFile.FolderName, LedgerFile.Name));
        report.Set("hasLedger", hasLedger).Set("ledgerRound", notes.LedgerRound)
            .Line(hasLedger ? $"Its ledger knows of round {notes.LedgerRound}." : notes.LedgerRound == 0 ? "It has no ledger yet." : $"Its ledger is missing: it is silent up to round {notes.LedgerRound}.");
        string[] asked = [.. Mailbox.FilesOf(Path.Combine(path, PartyFolder.InboxName)).Select(InboxFile.Look)
            .Where(file => file.Info?.Kind is MessageKind.MemberKeyRequest or MessageKind.BoxDelivery or MessageKind.ListOffer or MessageKind.EpochOffer)
            .Select(file => $"{file.Info!.Kind} of round {file.Info.Round}")];
        report.Set("asked", asked).Line(asked.Length == 0 ? "The server asks nothing of it in the inbox." : $"The server asks for an answer ('fedhe answer'): {string.Join(", ", asked)}.");
    }

    private static void InspectModel(string path, Report report)
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(path);
        report.Set("kind", "model").Set("sharded", checkpoint.IsSharded)
            .Set("tensors", new JsonArray([.. checkpoint.Tensors.Select(one => (JsonNode)new JsonObject
            {
                ["name"] = one.Name,
                ["dtype"] = one.Dtype.FormatName(),
                ["shape"] = new JsonArray([.. one.Shape.Select(length => (JsonNode)JsonValue.Create(length))]),
                ["averaged"] = one.Dtype.IsAveraged() && one.ElementCount > 0,
            })]))
            .Line($"Model of {checkpoint.Tensors.Length} tensors{(checkpoint.IsSharded ? ", in shards" : string.Empty)}.");
        foreach (CheckpointTensor tensor in checkpoint.Tensors)
        {
            report.Line($"  {Printable(tensor.Name)}: {tensor.Dtype.FormatName()}[{string.Join(", ", tensor.Shape)}]{(tensor.Dtype.IsAveraged() ? string.Empty : ", not averaged")}");
        }

        foreach ((string file, var metadata) in checkpoint.Metadata)
        {
            foreach ((string key, string value) in metadata)
            {
                report.Line($"  {Printable(file)}: {Printable(key)} = {Printable(value)}");
            }
        }
    }

    private static void InspectFile(string path, Report report)
    {
        byte[] head = new byte[HeadLength];
        using (FileStream file = File.OpenRead(path))
        {
            Array.Resize(ref head, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
            report.Set("bytes", file.Length);
        }

        if (JobPackage.IsOne(head))
        {
            report.Set("kind", "job");
            JobPackage package = JobPackage.Read(File.ReadAllBytes(path));
            using HeContext? context = package.Context;
            Describe(package, package.Job, report);
        }
        else if (PartyCard.TryRead(head) is PartyCard card)
        {
            report.Set("kind", "card").Set("role", card.Role.ToString()).Set("name", card.Name).Set("fingerprint", card.Fingerprint)
                .Line($"Card of {card.Name} ({card.Role}). Fingerprint: {card.Fingerprint}");
        }
        else if (MessageInfo.TryRead(head, out MessageInfo? info))
        {
            report.Set("kind", "message").Set("message", info.Kind.ToString()).Set("job", info.JobId.ToString()).Set("client", info.Client?.Value)
                .Set("round", info.Round).Set("attempt", info.Attempt)
                .Line($"Message {info.Kind} of job {info.JobId}{(info.Client is { } client ? $", client {client}" : string.Empty)}, round {info.Round}, attempt {info.Attempt}. It says so itself; nothing is verified here.");
        }
        else if (DrawLetter.TryRead(head.AsSpan().StartsWith("{"u8) ? File.ReadAllBytes(path) : null) is DrawLetter letter)
        {
            report.Set("kind", "draw").Set("draw", letter.DrawId.ToString()).Set("clients", letter.Roster.Clients.Select(client => client.Value))
                .Set("commitments", letter.Commitments.Count).Set("reveals", letter.Reveals.Count)
                .Line($"Draw of a committee among {string.Join(", ", letter.Roster.Clients)}: {letter.Commitments.Count} commitments, {letter.Reveals.Count} values. Nothing is verified here.");
        }
        else if (StateStamp.TryRead(head, out StateStamp? stamp))
        {
            report.Set("kind", "state").Set("life", stamp.Value.Life).Set("version", stamp.Value.Version).Set("round", stamp.Value.Round)
                .Line($"Saved state: life {stamp.Value.Life}, version {stamp.Value.Version}, round {stamp.Value.Round}.");
        }
        else if (WireHead.KindOf(head) == WireKind.EpochPlan && JobPackage.TryReadPlan(File.ReadAllBytes(path)) is EpochPlan plan)
        {
            report.Set("kind", "plan").Set("epoch", plan.Number).Set("clients", plan.Roster.Clients.Select(client => client.Value))
                .Set("members", plan.Committee.Members.Select(member => member.Value))
                .Line($"Plan of epoch {plan.Number}: clients {string.Join(", ", plan.Roster.Clients)}; members {string.Join(", ", plan.Committee.Members)}. Nothing is verified here.");
        }
        else if (WireHead.KindOf(head) == WireKind.EpochCertificate)
        {
            report.Set("kind", "certificate").Line("Certificate of an epoch. Nothing is verified here.");
        }
        else if (WireHead.KindOf(head) == WireKind.SealedSecret)
        {
            int kind = head[WireHead.ContentOffset];
            string what = kind >= 1 && kind <= Sealed.Length ? Sealed[kind - 1] : "unknown secret";
            report.Set("kind", "secret").Set("secret", what).Line($"Secret, encrypted: {what}.");
        }
        else
        {
            throw ToolException.Refused($"{path} is nothing that fedhe knows.");
        }
    }

    /// <summary>Describes a job, with the clients and the committee of an epoch.</summary>
    private static void Describe(JobPackage package, FederationJob job, Report report)
    {
        report.Set("job", job.JobId.ToString()).Set("digest", package.Digest).Set("rounds", job.Settings.Rounds).Set("quorum", job.Settings.Quorum)
            .Set("keys", job.Committee is null ? "authority" : "committee").Set("members", job.Committee?.Members.Select(member => member.Value) ?? [])
            .Set("parameters", job.Terms.Layout.ParameterCount).Set("clients", job.Roster.Clients.Select(client => client.Value))
            .Line($"Job {job.JobId}, digest {package.Digest}.")
            .Line($"{job.Settings.Rounds} rounds, {job.Terms.Layout.ParameterCount} values; clients {string.Join(", ", job.Roster.Clients)}, {job.Settings.Quorum} at least.")
            .Line(job.Committee is CommitteeTerms committee
                ? $"{committee.Threshold} members of the committee open a sum: {string.Join(", ", committee.Members)}."
                : "Every client has the key that opens sums.");
        if (job.Update.Privacy is PrivacyTerms terms)
        {
            PrivacyWords.Write(terms, report);
        }
    }

    private static string Printable(string text) => string.Concat(text.Select(one => char.IsControl(one) ? '?' : one));
}
