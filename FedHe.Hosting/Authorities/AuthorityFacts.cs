using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using FedHe.Crypto.Identities;
using FedHe.Hosting.Epochs;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;

namespace FedHe.Hosting.Authorities;

/// <summary>The facts that entries of an authority's audit log state.</summary>
internal static class AuthorityFacts
{
    /// <summary>The facts of a process that begins.</summary>
    public static AuditFact[] OfStart(ApprovalRules? rules) =>
    [
        new("fedhe", VersionOf(typeof(KeyAuthority))),
        new("host", VersionOf(typeof(AuthorityFacts))),
        new("runtime", RuntimeInformation.FrameworkDescription),
        new("system", RuntimeInformation.RuntimeIdentifier),
        Number("approvals", rules?.Needed ?? 0),
        new("administrators", string.Join(' ', rules?.Administrators.Select(one => $"{one.Key}={Plain(Fingerprint(one.Key, one.Value))}") ?? [])),
    ];

    /// <summary>The facts of an epoch that has begun.</summary>
    public static AuditFact[] Of(EpochCertificate certificate) =>
    [
        Number("epoch", certificate.Plan.Number),
        Number("firstRound", certificate.FirstRound),
        Names("clients", certificate.Job.Roster.Clients),
        Names("members", certificate.Plan.Committee.Members),
        new("certificate", Digest.Compute(certificate.Bytes.Span).ToString()),
    ];

    /// <summary>A fact that is a number.</summary>
    public static AuditFact Number(string name, long value) => new(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A fact that is a list of clients.</summary>
    public static AuditFact Names(string name, IEnumerable<ClientId> clients) => new(name, string.Join(' ', clients));

    /// <summary>The fingerprint of a client or an administrator, as people compare it.</summary>
    public static string Fingerprint(string name, VerificationKey key) => new ClientCard(new ClientId(name), key).Fingerprint;

    /// <summary>A fingerprint without its spaces, which separate the entries of a list.</summary>
    public static string Plain(string fingerprint) => fingerprint.Replace(" ", string.Empty, StringComparison.Ordinal);

    /// <summary>Who has approved; nothing where nobody has to.</summary>
    public static IEnumerable<AuditFact> ApprovedBy(ApprovalTally? tally) => tally is null ? [] : [new AuditFact("approvedBy", string.Join(' ', tally.ApprovedBy))];

    /// <summary>The facts of what administrators approve.</summary>
    public static IEnumerable<AuditFact> Of(ApprovalSubject subject) => subject.Client is ClientId client
        ? [new AuditFact("client", client.Value), new AuditFact("fingerprint", Fingerprint(client.Value, subject.ClientKey!)), Number("epoch", subject.Epoch)]
        : [Number("epoch", subject.Epoch), new AuditFact("plan", subject.Plan!.Value.ToString())];

    private static string VersionOf(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
