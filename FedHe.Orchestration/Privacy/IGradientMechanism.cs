using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Privacy;

/// <summary>A gradient mechanism prepares the updates of a job of distributed gradients.</summary>
public interface IGradientMechanism : IPrivacyMechanism
{
    /// <summary>
    /// Moves a sum of clipped gradients into its part of the job's bound, and adds the client's share of the noise. Two calls never have the same
    /// randomness.
    /// </summary>
    /// <param name="sum">The sum, in units of the grid.</param>
    /// <param name="destination">Receives the integers, none of them beyond the job's bound.</param>
    /// <exception cref="HeException">The operating system gives no random bytes; nothing may be sent.</exception>
    void AddNoise(ReadOnlySpan<long> sum, Span<long> destination);
}
