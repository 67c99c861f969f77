using FedHe.Orchestration.Privacy;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The mechanism of local training: the trainer adds all of the noise, and what is left to do is to account for it.</summary>
internal sealed class LocalPrivacyMechanism(StepReleases releases) : IPrivacyMechanism
{
    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => releases.EpsilonOf(charges);
}
