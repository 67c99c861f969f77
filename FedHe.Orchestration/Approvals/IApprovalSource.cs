using FedHe.Crypto.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Approvals;

/// <summary>An approval source is where a host finds the approvals of administrators, and the epochs of its job.</summary>
public interface IApprovalSource
{
    /// <summary>Returns the approvals of a subject that have come, and may return others too. They are verified whenever they are counted.</summary>
    /// <param name="subject">The subject.</param>
    IEnumerable<ReadOnlyMemory<byte>> Read(ApprovalSubject subject);

    /// <summary>Returns the job in the epoch of a key, or null where no such epoch is known to have begun: nobody gets the key then.</summary>
    /// <param name="key">The identity of the key.</param>
    FederationJob? FindEpoch(KeyId key);
}
