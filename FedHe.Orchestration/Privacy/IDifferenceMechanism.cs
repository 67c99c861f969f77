using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Privacy;

/// <summary>A difference mechanism prepares the updates of a job whose unit of privacy is a client.</summary>
public interface IDifferenceMechanism : IPrivacyMechanism
{
    /// <summary>
    /// Clips a difference, rounds it at random to integers of the job's step, and adds the client's share of the noise. Two calls never have the
    /// same randomness.
    /// </summary>
    /// <param name="difference">The difference to the model of the round, in units of the model's values; changed in place.</param>
    /// <param name="destination">Receives the integers, none of them beyond the job's bound.</param>
    /// <exception cref="HeException">The operating system gives no random bytes; nothing may be sent.</exception>
    /// <remarks>
    /// A difference whose norm is not finite counts as zeros. Refusing it would tell, unpaid, how the training on the client's data ended.
    /// </remarks>
    void Privatize(Span<double> difference, Span<long> destination);
}
