using FedHe.Orchestration.Privacy;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The mechanism of local training: the trainer adds all of the noise but the one of its number of records, and what is left to do is to account for it.</summary>
internal sealed class LocalPrivacyMechanism(StepReleases releases) : ICountMechanism
{
    public long AddNoise(long count) => releases.Counts!.AddNoise(count);

    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => releases.EpsilonOf(charges);
}
