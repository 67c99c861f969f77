using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Approvals;

/// <summary>An approval gate keeps a key authority from granting keys and signing plans before enough administrators have approved.</summary>
public sealed class ApprovalGate
{
    private readonly ApprovalRules _rules;
    private readonly IApprovalSource _source;
    private readonly TimeProvider _time;

    /// <summary>Creates a gate.</summary>
    /// <param name="job">The job.</param>
    /// <param name="rules">How many of which administrators must approve.</param>
    /// <param name="source">Where approvals are.</param>
    /// <param name="time">The clock, by which approvals end.</param>
    /// <exception cref="ArgumentException">An administrator has the key of a party of the job.</exception>
    public ApprovalGate(FederationJob job, ApprovalRules rules, IApprovalSource source, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(time);
        rules.Check(job);
        (_rules, _source, _time) = (rules, source, time);
    }

    /// <summary>Counts who has approved a subject by now.</summary>
    /// <param name="subject">The subject.</param>
    public ApprovalTally Count(ApprovalSubject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return _rules.Count(subject, _source.Read(subject), _time.GetUtcNow());
    }

    /// <summary>Tells whether a client on a roster has the key of an administrator, who would approve what the client asks for.</summary>
    internal bool HasAdministrator(ClientRoster roster) => _rules.Administrators.Values.Any(roster.Contains);

    /// <summary>Returns what administrators must approve before a client gets a key, or null where its epoch is not known to have begun.</summary>
    internal ApprovalSubject? SubjectOf(KeyId key, ClientId client, VerificationKey clientKey)
        => _source.FindEpoch(key) is FederationJob job && job.Authority.KeyId == key && job.Roster.TryGetKey(client, out VerificationKey? listed) && listed.Equals(clientKey)
            ? ApprovalSubject.OfGrant(job, client)
            : null;
}
