using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Privacy;

/// <summary>A count mechanism adds noise to the number of a client's records, in a job whose clients weigh as much as they have records.</summary>
public interface ICountMechanism : IPrivacyMechanism
{
    /// <summary>Adds noise to a count. Two calls never have the same randomness, and each of them is a release of its own.</summary>
    /// <param name="count">The number of records, at least 0.</param>
    /// <returns>The noised count, which may be negative.</returns>
    /// <exception cref="HeException">The operating system gives no random bytes; nothing may be sent.</exception>
    long AddNoise(long count);
}
