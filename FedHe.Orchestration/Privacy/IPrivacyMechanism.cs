namespace FedHe.Orchestration.Privacy;

/// <summary>A privacy mechanism computes what one job's releases cost, and adds noise where clients share it.</summary>
/// <remarks>
/// A mechanism for clients is an <see cref="IDifferenceMechanism"/> and one for distributed gradients an <see cref="IGradientMechanism"/>. In local training the
/// trainer adds all of the noise.
/// </remarks>
public interface IPrivacyMechanism
{
    /// <summary>Computes the epsilon that charges cost together, at the delta of the job's terms.</summary>
    /// <param name="charges">The charges.</param>
    /// <returns>The epsilon, the same at all clients with these charges; 0 without any.</returns>
    double EpsilonOf(IReadOnlyList<PrivacyCharge> charges);
}
