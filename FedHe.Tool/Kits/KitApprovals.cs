using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.Hosting.Approvals;
using FedHe.Hosting.Epochs;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Kits;

/// <summary>Says what a key authority asks its administrators, and what has to be compared before one of them approves.</summary>
internal static class KitApprovals
{
    private const int FingerprintDigits = 32;

    /// <summary>Says who must approve, and for each request who has.</summary>
    public static void Write(Kit kit, ApprovalRules? rules, DateTimeOffset now, Report report)
    {
        report.Set("approvals", rules?.Needed ?? 0);
        if (rules is null)
        {
            report.Line("Nobody has to approve what it grants and plans.");
            return;
        }

        IReadOnlyList<ReadOnlyMemory<byte>> approvals = ApprovalFiles.ReadApprovals(kit.Folder);
        var waiting = new JsonArray();
        report.Set("administrators", rules.Administrators.Keys)
            .Line(string.Create(CultureInfo.InvariantCulture, $"Of its administrators {string.Join(", ", rules.Administrators.Keys)}, {rules.Needed} must approve each grant of keys and each plan of an epoch."));
        foreach ((string path, ApprovalRequest request) in ApprovalFiles.ReadRequests(kit.Folder))
        {
            ApprovalTally tally = rules.Count(request.Subject, approvals, now);
            waiting.Add((JsonNode)new JsonObject
            {
                ["request"] = path,
                ["what"] = Describe(request.Subject),
                ["approvedBy"] = Names(tally.ApprovedBy),
                ["missing"] = tally.Missing,
                ["others"] = Names(tally.Others),
            });
            report.Line($"{Describe(request.Subject)}: {Standing(tally)} {path}");
        }

        report.Set("waiting", waiting);
    }

    /// <summary>Says what is asked, in words and for scripts, and returns the fingerprints that have to be compared.</summary>
    /// <param name="request">The request, which was verified.</param>
    /// <param name="job">The job in the epoch of the grant, or in the one before the plan.</param>
    /// <param name="report">Receives the words.</param>
    /// <param name="asked">Receives the same as an object.</param>
    /// <remarks>The plan's own fingerprint is always among them: the clients that join say nothing of who leaves, and of who is a member.</remarks>
    public static IReadOnlyList<string> Explain(ApprovalRequest request, FederationJob job, Report report, JsonArray asked)
    {
        var said = new JsonObject { ["what"] = Describe(request.Subject), ["subject"] = request.Subject.Digest.ToString() };
        asked.Add((JsonNode)said);
        if (request.Subject.Client is ClientId client)
        {
            string fingerprint = new ClientCard(client, request.Subject.ClientKey!).Fingerprint;
            said["opensUploads"] = job.Committee is null;
            said["fingerprints"] = new JsonObject { [client.Value] = fingerprint };
            report.Line($"{Describe(request.Subject)}, {(job.Committee is null ? "which opens every upload that it sees" : "which opens no upload")}.")
                .Line($"{client} has the key with the fingerprint {fingerprint}.");
            return [fingerprint];
        }

        EpochDraft draft = request.Draft!;
        ClientCard[] joining = [.. draft.Roster.Clients.Where(one => !job.Roster.TryGetKey(one, out _)).Select(one => CardOf(draft.Roster, one))];
        ClientId[] leaving = [.. job.Roster.Clients.Where(one => !draft.Roster.TryGetKey(one, out _))];
        string plan = Group(draft.Digest.ToString());
        said["joining"] = Names(joining.Select(card => card.Client));
        said["leaving"] = Names(leaving);
        said["retired"] = Names(draft.Retired);
        said["members"] = Names(draft.Members);
        said["fingerprints"] = new JsonObject([.. joining.Select(card => KeyValuePair.Create(card.Client.Value, (JsonNode?)card.Fingerprint))]);
        said["plan"] = plan;
        report.Line($"{Describe(request.Subject)}: {Say("joins", joining.Select(card => card.Client))}; {Say("leaves", leaving)}; "
            + $"{Say("stays and is no member", draft.Retired)}; members: {string.Join(", ", draft.Members)}.");
        foreach (ClientCard card in joining)
        {
            report.Line($"{card.Client} has the key with the fingerprint {card.Fingerprint}.");
        }

        report.Line($"The plan has the fingerprint {plan}.");
        return [.. joining.Select(card => card.Fingerprint), plan];
    }

    /// <summary>Writes a fingerprint without what people put between its digits.</summary>
    public static string Plain(string fingerprint) => string.Concat(fingerprint.Where(one => !char.IsWhiteSpace(one))).ToLowerInvariant();

    private static string Describe(ApprovalSubject subject) => subject.Client is ClientId client
        ? string.Create(CultureInfo.InvariantCulture, $"Client {client} gets the key of epoch {subject.Epoch}")
        : string.Create(CultureInfo.InvariantCulture, $"Epoch {subject.Epoch} is planned");

    private static string Standing(ApprovalTally tally) => string.Create(
        CultureInfo.InvariantCulture,
        $"approved by {(tally.ApprovedBy.IsEmpty ? "nobody" : string.Join(", ", tally.ApprovedBy))}; {(tally.IsEnough ? "that is enough." : $"{tally.Missing} more of {string.Join(", ", tally.Others)}.")}");

    private static string Say(string what, IEnumerable<ClientId> clients) => $"{what}: {(string.Join(", ", clients) is { Length: > 0 } names ? names : "nobody")}";

    private static ClientCard CardOf(ClientRoster roster, ClientId client)
    {
        roster.TryGetKey(client, out VerificationKey? key);
        return new ClientCard(client, key!);
    }

    private static string Group(string digits) => string.Join(' ', digits[..FingerprintDigits].Chunk(4).Select(part => new string(part)));

    private static JsonArray Names(IEnumerable<ClientId> clients) => Names(clients.Select(client => client.Value));

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)JsonValue.Create(name)!)]);
}
