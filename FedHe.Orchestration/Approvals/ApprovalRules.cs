using System.Collections.Immutable;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Approvals;

/// <summary>Approval rules say how many of which administrators must approve what a key authority does. They are the authority's own, and no part of the job.</summary>
public sealed class ApprovalRules
{
    /// <summary>Creates rules.</summary>
    /// <param name="needed">The number of administrators who must approve, from 1 to their number.</param>
    /// <param name="administrators">The administrators, each with the key that verifies its approvals.</param>
    /// <exception cref="ArgumentException">A name cannot be one, a name or a key occurs twice, or the number cannot be reached.</exception>
    public ApprovalRules(int needed, IEnumerable<KeyValuePair<string, VerificationKey>> administrators)
    {
        ArgumentNullException.ThrowIfNull(administrators);
        KeyValuePair<string, VerificationKey>[] all = [.. administrators];
        if (!all.All(one => AdministratorIdentity.IsName(one.Key))
            || all.Select(one => one.Key).Distinct(StringComparer.Ordinal).Count() < all.Length
            || all.Select(one => one.Value).Distinct().Count() < all.Length)
        {
            throw Throw.AdministratorsNotDistinct(nameof(administrators));
        }

        if (needed < 1 || needed > all.Length)
        {
            throw Throw.ApprovalsOutOfReach(all.Length, nameof(needed));
        }

        (Needed, Administrators) = (needed, all.ToImmutableSortedDictionary(StringComparer.Ordinal));
    }

    /// <summary>The number of administrators who must approve.</summary>
    public int Needed { get; }

    /// <summary>The administrators, each with the key that verifies its approvals.</summary>
    public ImmutableSortedDictionary<string, VerificationKey> Administrators { get; }

    /// <summary>Counts who has approved a subject. An administrator counts once, and whatever is no approval of this subject counts for nothing.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="approvals">The approvals; untrusted, of any subject, in any order.</param>
    /// <param name="now">The time of day.</param>
    public ApprovalTally Count(ApprovalSubject subject, IEnumerable<ReadOnlyMemory<byte>> approvals, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(approvals);
        var approved = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ReadOnlyMemory<byte> bytes in approvals)
        {
            if (Approval.TryRead(bytes.Span, out Approval? approval, out _)
                && approval.Subject == subject
                && now < approval.Until
                && Administrators.TryGetValue(approval.Administrator, out VerificationKey? key)
                && approval.IsSignedBy(key))
            {
                approved.Add(approval.Administrator);
            }
        }

        return new ApprovalTally(subject, Needed, [.. approved], [.. Administrators.Keys.Where(name => !approved.Contains(name))]);
    }

    /// <summary>Throws where an administrator has the key of a party of a job, which would approve what it asks for itself.</summary>
    /// <param name="job">The job.</param>
    /// <exception cref="ArgumentException">An administrator has the key of the server, of the authority, or of a client.</exception>
    public void Check(FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        foreach ((string name, VerificationKey key) in Administrators)
        {
            if (key.Equals(job.ServerKey) || key.Equals(job.Authority.VerificationKey) || job.Roster.Contains(key))
            {
                throw Throw.AdministratorIsAParty(name, nameof(job));
            }
        }
    }
}
