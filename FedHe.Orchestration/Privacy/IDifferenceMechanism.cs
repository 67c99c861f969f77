using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Privacy;

/// <summary>A difference mechanism prepares the updates of a job whose unit of privacy is a client.</summary>
public interface IDifferenceMechanism : IPrivacyMechanism
{
    /// <summary>
    /// Clips a difference, rotates it where the job has rotation terms, rounds it at random to integers of the job's step, and adds the client's share of the
    /// noise. Two calls never have the same randomness.
    /// </summary>
    /// <param name="difference">The difference to the model of the round, in units of the model's values; changed in place.</param>
    /// <param name="place">The sum that the difference is for.</param>
    /// <param name="destination">
    /// Receives the integers, none of them beyond the job's bound: one for each value, or in a job with rotation terms as many as the next power of two; and in
    /// a job with an adaptive clip a last one, the client's bit with its noise.
    /// </param>
    /// <exception cref="HeException">The operating system gives no random bytes; nothing may be sent.</exception>
    /// <remarks>
    /// A difference whose norm is not finite counts as zeros. Refusing it would tell, unpaid, how the training on the client's data ended.
    /// </remarks>
    void Privatize(Span<double> difference, DifferencePlace place, Span<long> destination);

    /// <summary>Rotates an opened sum of a job with rotation terms back, where it lies.</summary>
    /// <param name="sums">The sums of the integers, as many as an upload has without a bit; the first ones, one for each value of the model, are sums of differences afterwards.</param>
    /// <param name="place">The place of the sum.</param>
    /// <remarks>Equal sums must give equal bits at all clients, whose models would differ otherwise.</remarks>
    void RotateBack(Span<double> sums, DifferencePlace place);

    /// <summary>Returns what clip and step of a job with an adaptive clip are multiplied by, the same bits at all clients.</summary>
    /// <param name="clipPosition">The position of the clip, from <see cref="FollowClip"/>, or 0.</param>
    /// <exception cref="HeException">No clip has this position.</exception>
    double ClipFactorAt(int clipPosition);

    /// <summary>Returns the position of the next round's clip, the same at all clients that opened the same sum.</summary>
    /// <param name="clipPosition">The position of the round's clip.</param>
    /// <param name="bits">The opened sum of the contributors' bits, with its noise.</param>
    /// <param name="contributors">The number of contributors to the sum.</param>
    int FollowClip(int clipPosition, long bits, int contributors);
}
