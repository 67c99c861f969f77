using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Sharing;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>A machine is resumed twice from one snapshot, and both continuations share their keys with nothing fresh at all.</summary>
public sealed class SharingSnapshotTests
{
    private static readonly SharingParameters Parameters = new(members: 4, threshold: 3, RoundKeys.Length);

    [Fact]
    public void OneShareOfTwoKeys_RevealsTheirDifferenceWithoutTheHedge_AndNothingWithIt()
    {
        CountOfRevealed(new DeterministicRandomSource(7), new DeterministicRandomSource(7)).Should().Be(RoundKeys.Length, "the guard is out");
        CountOfRevealed(Snapshot.Resume(), Snapshot.Resume()).Should().BeLessThan(10, "2048 differences are uniform");
    }

    [Fact]
    public void SharesOfOneKey_InOneState_AreTheSame()
    {
        using RoundKey key = RoundKeys.Of(seed: 1);
        ShareOf(key, Parameters, Snapshot.Resume()).Should().Equal(ShareOf(key, Parameters, Snapshot.Resume()), "or the test above shows nothing");
    }

    [Fact]
    public void SharesOfOneKey_ForTwoCommittees_HavePolynomialsOfTheirOwn()
    {
        using RoundKey key = RoundKeys.Of(seed: 1);
        ushort[] shares = ShareOf(key, Parameters, Snapshot.Resume());
        ShareOf(key, new SharingParameters(5, 3, RoundKeys.Length), Snapshot.Resume()).Should().NotEqual(shares);
        ShareOf(key, new SharingParameters(4, 2, RoundKeys.Length), Snapshot.Resume()).Should().NotEqual(shares);
    }

    private static ushort[] ShareOf(RoundKey key, SharingParameters parameters, EncryptionRandomSource random)
        => RoundKeys.ElementsOf(new RoundKeySharing(parameters, random).Share(key)[0]);

    /// <summary>Takes the difference of two shares for the difference of two keys, and counts where it is.</summary>
    private static int CountOfRevealed(EncryptionRandomSource first, EncryptionRandomSource second)
    {
        using RoundKey key = RoundKeys.Of(seed: 1);
        using RoundKey other = RoundKeys.Of(seed: 2);
        int[] difference = [.. RoundKeys.CoefficientsOf(key).Zip(RoundKeys.CoefficientsOf(other), (x, y) => x - y)];
        return ShareOf(key, Parameters, first)
            .Zip(ShareOf(other, Parameters, second), (x, y) => x - y)
            .Zip(difference, (guess, truth) => (guess - truth) % SharingParameters.Prime == 0)
            .Count(isRevealed => isRevealed);
    }
}
