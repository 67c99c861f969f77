using FedHe.Crypto.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>A privacy provider whose noise a test knows, and for which every sum costs an epsilon of 1 over its contributors.</summary>
internal sealed class FakePrivacy : IPrivacyProvider
{
    private readonly Random _random = new(20_261_130);

    public FakePrivacy() => NoiseOfCounts = () => _random.Next(1, 6);

    /// <summary>Every noised vector that a client made, in order.</summary>
    public List<long[]> Made { get; } = [];

    /// <summary>Every count that a client noised, in order, with what it became.</summary>
    public List<(long Count, long Noised)> Counts { get; } = [];

    /// <summary>The noise of the next count, which is 1 to 5 unless a test says otherwise.</summary>
    public Func<long> NoiseOfCounts { get; init; }

    /// <summary>The place of every noised difference.</summary>
    public List<DifferencePlace> Places { get; } = [];

    public IPrivacyMechanism Create(FederationJob job) => new Mechanism(this, job);

    private sealed class Mechanism(FakePrivacy provider, FederationJob job) : IDifferenceMechanism, IGradientMechanism, ICountMechanism
    {
        public void Privatize(Span<double> difference, DifferencePlace place, Span<long> destination)
        {
            lock (provider.Made)
            {
                PrivacyTerms terms = job.Update.Privacy!;
                double step = job.Update.Integers!.Step * ClipFactorAt(place.ClipPosition);
                Span<long> integers = terms.AdaptiveClip is null ? destination : destination[..^1];
                for (int i = 0; i < integers.Length; i++)
                {
                    double value = i < difference.Length ? difference[i] : 0;
                    integers[i] = (long)Math.Round(value / step) + provider._random.Next(-50, 51);
                }

                // A bit without noise: every client is below its clip in odd rounds.
                destination[integers.Length..].Fill(place.Round % 2 == 1 ? 1 : -1);
                provider.Made.Add(destination.ToArray());
                provider.Places.Add(place);
                Turn(integers, terms.Rotation is null ? 0 : TurnsAt(place));
            }
        }

        public void RotateBack(Span<double> sums, DifferencePlace place) => Turn(sums, sums.Length - (TurnsAt(place) % sums.Length));

        public double ClipFactorAt(int clipPosition) => Math.ScaleB(1, clipPosition);

        // Two halvings where all keep the clip, and one doubling where none does.
        public int FollowClip(int clipPosition, long bits, int contributors)
            => Math.Abs(bits) == contributors ? clipPosition + (bits > 0 ? -2 : 1) : throw new InvalidOperationException("These are no bits of this round.");

        // A rotation that differs with the seed, and that a test undoes without knowing it.
        private static int TurnsAt(DifferencePlace place)
        {
            Span<byte> seed = stackalloc byte[Digest.SizeInBytes];
            place.Seed.CopyTo(seed);
            return seed[0];
        }

        private static void Turn<T>(Span<T> values, int turns)
        {
            T[] copy = values.ToArray();
            for (int i = 0; i < copy.Length; i++)
            {
                values[(i + turns) % copy.Length] = copy[i];
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

        public long AddNoise(long count)
        {
            lock (provider.Counts)
            {
                long noised = count + provider.NoiseOfCounts();
                provider.Counts.Add((count, noised));
                return noised;
            }
        }

        // Every sum of the planned contributors costs 1, and one of fewer costs more.
        public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges)
            => charges.Sum(charge => (double)charge.Count * job.Update.Privacy!.Contributors / charge.Contributors);
    }
}
