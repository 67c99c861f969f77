using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>A privacy provider whose noise a test knows, and for which every sum costs an epsilon of 1 over its contributors.</summary>
internal sealed class FakePrivacy : IPrivacyProvider
{
    private readonly Random _random = new(20_261_130);

    /// <summary>Every noised vector that a client made, in order.</summary>
    public List<long[]> Made { get; } = [];

    public IPrivacyMechanism Create(FederationJob job) => new Mechanism(this, job);

    private sealed class Mechanism(FakePrivacy provider, FederationJob job) : IDifferenceMechanism, IGradientMechanism
    {
        public void Privatize(Span<double> difference, Span<long> destination)
        {
            lock (provider.Made)
            {
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = (long)Math.Round(difference[i] / job.Update.Integers!.Step) + provider._random.Next(-50, 51);
                }

                provider.Made.Add(destination.ToArray());
            }
        }

        public void AddNoise(ReadOnlySpan<long> sum, Span<long> destination)
        {
            lock (provider.Made)
            {
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = sum[i] + provider._random.Next(-50, 51);
                }

                provider.Made.Add(destination.ToArray());
            }
        }

        // Every sum of the planned contributors costs 1, and one of fewer costs more.
        public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges)
            => charges.Sum(charge => (double)charge.Count * job.Update.Privacy!.Contributors / charge.Contributors);
    }
}
