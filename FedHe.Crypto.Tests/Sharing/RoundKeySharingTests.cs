using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Sharing;
using FedHe.Crypto.Tests.KeyAdditive;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>Any t members open the sum of round keys, and nothing else is opened.</summary>
public sealed class RoundKeySharingTests
{
    private static readonly RoundKeySharing Sharing = new(new SharingParameters(members: 4, threshold: 3, RoundKeys.Length));

    [Theory]
    [InlineData(4, 3)]
    [InlineData(5, 4)]
    [InlineData(6, 4)]
    [InlineData(7, 5)]
    public void EverySetOfTheThreshold_OpensTheSum(int members, int threshold)
    {
        int corrupt = Math.Max(1, (members - 1) / 3);
        threshold.Should().Be(((members + corrupt) / 2) + 1, "docs of the committee");
        var sharing = new RoundKeySharing(new SharingParameters(members, threshold, RoundKeys.Length));
        using RoundKey first = RoundKeys.Of(seed: 1);
        using RoundKey second = RoundKeys.Of(seed: 2);
        int[] expected = [.. RoundKeys.CoefficientsOf(first).Zip(RoundKeys.CoefficientsOf(second), (x, y) => x + y)];
        KeyShare[] shares = RoundKeys.SumsOf(sharing, first, second);
        var coefficients = new int[RoundKeys.Length];
        foreach (int[] set in RoundKeys.SetsOf(threshold, members))
        {
            sharing.TryCombine([.. set.Select(member => shares[member])], coefficients).Should().BeTrue();
            coefficients.Should().Equal(expected, "members {0}", set);
            sharing.TryCombine([.. set.Reverse().Select(member => shares[member])], coefficients).Should().BeTrue();
            coefficients.Should().Equal(expected, "the order is free");
        }
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(255, 255)]
    [InlineData(255, 2)]
    public void Committees_AtTheBounds_OpenAKey(int members, int threshold)
    {
        var sharing = new RoundKeySharing(new SharingParameters(members, threshold, RoundKeys.Length));
        using RoundKey key = RoundKeys.Of(seed: 3);
        var coefficients = new int[RoundKeys.Length];
        sharing.TryCombine([.. sharing.Share(key).TakeLast(threshold)], coefficients).Should().BeTrue();
        coefficients.Should().Equal(RoundKeys.CoefficientsOf(key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sums_OfTheLargestCoefficients_AreExactForEveryNumberOfContributors(bool isNegative)
    {
        using RoundKey key = RoundKeys.Extreme(isNegative);
        int largest = isNegative ? -RoundKey.LargestCoefficient : RoundKey.LargestCoefficient;
        RoundKeys.CoefficientsOf(key).Should().OnlyContain(coefficient => coefficient == largest, "or the test shows less");
        KeyShare[] single = Sharing.Share(key);
        KeyShare sum0 = single[0];
        KeyShare sum1 = single[1];
        KeyShare sum2 = single[2];
        var coefficients = new int[RoundKeys.Length];
        for (int contributors = 1; contributors <= 100; contributors++)
        {
            Sharing.TryCombine([sum0, sum1, sum2], coefficients).Should().BeTrue();
            coefficients.Should().OnlyContain(coefficient => coefficient == contributors * largest);
            (sum0, sum1, sum2) = (Plus(sum0, single[0]), Plus(sum1, single[1]), Plus(sum2, single[2]));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sums_OfTheMostContributors_UseTheWholeField(bool isNegative)
    {
        using RoundKey key = RoundKeys.Extreme(isNegative);
        int largest = isNegative ? -RoundKey.LargestCoefficient : RoundKey.LargestCoefficient;
        KeyShare[] shares = [.. Sharing.Share(key).Take(3).Select(share => Times(share, SharingParameters.MaxContributors))];
        var coefficients = new int[RoundKeys.Length];
        Sharing.TryCombine(shares, coefficients).Should().BeTrue();
        coefficients.Should().OnlyContain(coefficient => coefficient == SharingParameters.MaxContributors * largest);
    }

    [Fact]
    public void MostContributors_AreThoseWhoseSumsTheFieldTellsApart()
    {
        int integers = (2 * RoundKey.LargestCoefficient * SharingParameters.MaxContributors) + 1;
        integers.Should().Be(SharingParameters.Prime, "one contributor more has more sums than there are elements");
        SharingParameters.MaxContributors.Should().Be(1560);
    }

    [Fact]
    public void OneContributorTooMany_IsRefusedAndChangesNothing()
    {
        using RoundKey key = RoundKeys.Of(seed: 4);
        using KeyShare share = Sharing.Share(key)[0];
        using KeyShare almost = Times(share, SharingParameters.MaxContributors - 1);
        using KeyShareSum sum = Sharing.CreateSum(0);
        sum.Add(almost);
        using KeyShare two = Times(share, 2);
        sum.Invoking(own => own.Add(two)).Should().Throw<HeCapacityException>();
        sum.Add(share);
        sum.Contributors.Should().Be(SharingParameters.MaxContributors);
        sum.Invoking(own => own.Add(share)).Should().Throw<HeCapacityException>();
        using KeyShare complete = sum.Complete();
        using KeyShare expected = Times(share, SharingParameters.MaxContributors);
        complete.Contributors.Should().Be(SharingParameters.MaxContributors);
        RoundKeys.BytesOf(complete).Should().Equal(RoundKeys.BytesOf(expected));
    }

    [Fact]
    public void Coefficients_BeyondTheContributors_AreNoSumAndZeroed()
    {
        using RoundKey key = RoundKeys.Extreme(isNegative: false);
        KeyShare[] shares = [.. Sharing.Share(key).Take(3).Select(share => Times(share, 2))];
        KeyShare[] pretended = [.. shares.Select(share => Read(share, contributors: 1))];
        var coefficients = new int[RoundKeys.Length];
        coefficients.AsSpan().Fill(7);
        Sharing.TryCombine(pretended, coefficients).Should().BeFalse();
        coefficients.Should().OnlyContain(coefficient => coefficient == 0);
        Sharing.TryCombine(shares, coefficients).Should().BeTrue();
    }

    [Fact]
    public void Coefficients_OneAboveTheLargestAtOnePosition_AreNoSum()
    {
        // Adding one to an element of all shares adds one to the value at 0.
        foreach (bool isNegative in (bool[])[false, true])
        {
            using RoundKey key = RoundKeys.Extreme(isNegative);
            KeyShare[] shares = [.. Sharing.Share(key).Take(3)];
            foreach (int position in (int[])[0, 1000, RoundKeys.Length - 1])
            {
                Sharing.TryCombine([.. shares.Select(share => Shifted(share, position, isNegative ? 1 : SharingParameters.Prime - 1))], new int[RoundKeys.Length])
                    .Should().BeTrue();
                Sharing.TryCombine([.. shares.Select(share => Shifted(share, position, isNegative ? SharingParameters.Prime - 1 : 1))], new int[RoundKeys.Length])
                    .Should().BeFalse();
            }
        }
    }

    [Fact]
    public void AnotherShare_InAPlaceOfOne_DoesNotOpenTheKey()
    {
        using RoundKey key = RoundKeys.Of(seed: 5);
        using RoundKey other = RoundKeys.Of(seed: 6);
        KeyShare[] shares = Sharing.Share(key);
        Sharing.TryCombine([shares[0], shares[1], Sharing.Share(other)[2]], new int[RoundKeys.Length]).Should().BeFalse();
        Sharing.TryCombine([shares[0], shares[1], Sharing.Share(key)[2]], new int[RoundKeys.Length]).Should().BeFalse("its polynomial is another");
    }

    [Fact]
    public void WrongSetsOfShares_AreRefused()
    {
        using RoundKey key = RoundKeys.Of(seed: 7);
        KeyShare[] shares = Sharing.Share(key);
        var sameShape = new RoundKeySharing(new SharingParameters(5, 3, RoundKeys.Length));
        var otherThreshold = new RoundKeySharing(new SharingParameters(4, 2, RoundKeys.Length));
        FluentActions.Invoking(() => Combine(shares[0], shares[1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Combine(shares)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Combine()).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Combine(shares[0], shares[1], null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => Combine(shares[0], shares[1], shares[0])).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Combine(shares[0], shares[1], Read(shares[1], 1))).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Combine(shares[0], shares[1], sameShape.Share(key)[2])).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Combine(shares[0], shares[1], otherThreshold.Share(key)[2])).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Combine(shares[0], shares[1], Times(shares[2], 2))).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Sharing.TryCombine(shares[..3], new int[RoundKeys.Length - 1])).Should().Throw<ArgumentException>();
        Combine(shares[..3]).Should().BeTrue();
    }

    [Fact]
    public void Sums_TakeSharesOfOneMemberAndSharing()
    {
        using RoundKey key = RoundKeys.Of(seed: 8);
        KeyShare[] shares = Sharing.Share(key);
        KeyShare foreign = new RoundKeySharing(new SharingParameters(5, 3, RoundKeys.Length)).Share(key)[1];
        using KeyShareSum sum = Sharing.CreateSum(1);
        sum.Invoking(own => own.Complete()).Should().Throw<InvalidOperationException>("nothing was added");
        sum.Invoking(own => own.Add(shares[0])).Should().Throw<HeMismatchException>();
        sum.Invoking(own => own.Add(foreign)).Should().Throw<HeMismatchException>();
        sum.Contributors.Should().Be(0);
        sum.Add(shares[1]);
        using KeyShare complete = sum.Complete();
        (complete.Member, complete.Contributors).Should().Be((1, 1));
        RoundKeys.BytesOf(complete).Should().Equal(RoundKeys.BytesOf(shares[1]));
        sum.Invoking(own => own.Add(shares[1])).Should().Throw<InvalidOperationException>();
        sum.Invoking(own => own.Complete()).Should().Throw<InvalidOperationException>();
        Sharing.Invoking(own => own.CreateSum(-1)).Should().Throw<ArgumentOutOfRangeException>();
        Sharing.Invoking(own => own.CreateSum(4)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(1, 1, 16)]
    [InlineData(256, 3, 16)]
    [InlineData(4, 1, 16)]
    [InlineData(4, 5, 16)]
    [InlineData(4, 3, 0)]
    [InlineData(4, 3, (1 << 15) + 1)]
    [InlineData(-1, -1, -1)]
    public void Parameters_OutsideTheirBounds_AreRefused(int members, int threshold, int length)
        => FluentActions.Invoking(() => new SharingParameters(members, threshold, length))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.SharingNotSupported);

    [Fact]
    public void Key_OfAnotherLengthOrDisposed_IsRefused()
    {
        RoundKey key = RoundKeys.Of(seed: 9);
        var other = new RoundKeySharing(new SharingParameters(4, 3, 2 * RoundKeys.Length));
        other.Invoking(own => own.Share(key)).Should().Throw<HeMismatchException>();
        key.Dispose();
        Sharing.Invoking(own => own.Share(key)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Shares_OfKnownRandomness_HaveTheirHashes()
    {
        // Computed by another program, in Python, of the description in docs/wire-format.md. Four of its words are no elements.
        using var random = new CounterStream([.. Enumerable.Repeat((byte)1, 32)]);
        using RoundKey key = RoundKeys.Extreme(isNegative: false);
        Sharing.Share(key, random).Select(share => Convert.ToHexStringLower(SHA256.HashData(RoundKeys.BytesOf(share)))).Should().Equal(
            "fbc8f58ac36c31eb45a9ce1b00da953f64694a5733c89056c50cd347b1247eeb",
            "bb03796410829936f7289eab496d61ef6685e7169486746a73af39496b376936",
            "2113d960c9d79ff09259d81ba97e68bf25a80aefe20accf107f6c98eed679efd",
            "30cbe31b42487768620b3d6c5564849e421f37f56672fdf2d65084296adadafd");
    }

    [Fact]
    public void CombinedCoefficients_MakeTheKeyOfTheSum()
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(10, 24);
        using var attempt = new KeyAdditiveAttempt(context);
        attempt.Upload([0.5, -0.25]);
        attempt.Upload([0.25, 0.5]);
        KeyShare[] shares = RoundKeys.SumsOf(Sharing, [.. attempt.Keys]);
        var coefficients = new int[RoundKeys.Length];
        Sharing.TryCombine(shares[1..], coefficients).Should().BeTrue();
        using RoundKeySum opening = context.CreateKeySum(attempt.Seed, contributors: 2, coefficients);
        var values = new double[2];
        context.CreateDecryptor(opening).Decrypt(attempt.Sum(), values);
        values[0].Should().BeApproximately(0.75, 1e-5);
        values[1].Should().BeApproximately(0.25, 1e-5);
        coefficients[5] = 43;
        context.Invoking(own => own.CreateKeySum(attempt.Seed, 2, coefficients)).Should().Throw<HeMismatchException>();
        context.Invoking(own => own.CreateKeySum(attempt.Seed, 2, new int[5])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void OneSharing_OfManyThreads_MixesNothingUp()
        => Parallel.For(0, 64, seed =>
        {
            using RoundKey key = RoundKeys.Of(seed);
            var coefficients = new int[RoundKeys.Length];
            Sharing.TryCombine(Sharing.Share(key)[..3], coefficients).Should().BeTrue();
            coefficients.Should().Equal(RoundKeys.CoefficientsOf(key));
        });

    [Fact]
    public void Secrets_AreZeroedAfterUse()
    {
        var sharing = new RoundKeySharing(Sharing.Parameters);
        using RoundKey key = RoundKeys.Of(seed: 10);
        KeyShare[] shares = sharing.Share(key);
        DemandZeros(sharing);
        sharing.TryCombine(shares[..3], new int[RoundKeys.Length]);
        DemandZeros(sharing);
        KeyShareSum sum = sharing.CreateSum(0);
        sum.Add(shares[0]);
        Span<uint> sums = sum.Sums;
        sum.Complete().Dispose();
        sums.ToArray().Should().OnlyContain(word => word == 0);
        KeyShareSum forgotten = sharing.CreateSum(0);
        forgotten.Add(shares[0]);
        sums = forgotten.Sums;
        forgotten.Dispose();
        sums.ToArray().Should().OnlyContain(word => word == 0);
        forgotten.Invoking(own => own.Add(shares[0])).Should().Throw<ObjectDisposedException>();
        Span<ushort> elements = shares[0].Elements;
        shares[0].Dispose();
        elements.ToArray().Should().OnlyContain(element => element == 0);
        shares[0].Invoking(share => share.CopyTo(new byte[2 * RoundKeys.Length])).Should().Throw<ObjectDisposedException>();
        sharing.Invoking(own => own.TryCombine(shares[..3], new int[RoundKeys.Length])).Should().Throw<ObjectDisposedException>();
        DemandZeros(sharing);
        (shares[0].ToString(), sum.ToString()).Should().Be(("Key share", "Key-share sum"));
    }

    private static void DemandZeros(RoundKeySharing sharing)
    {
        SharingWorkspace workspace = sharing.Workspaces.Rent();
        workspace.Polynomials.ToArray().Should().OnlyContain(element => element == 0);
        workspace.Coefficients.Should().OnlyContain(coefficient => coefficient == 0);
        workspace.Sums.Should().OnlyContain(word => word == 0);
        sharing.Workspaces.Return(workspace);
    }

    private static bool Combine(params KeyShare[] shares) => Sharing.TryCombine(shares, new int[RoundKeys.Length]);

    private static KeyShare Plus(KeyShare first, KeyShare second)
    {
        using KeyShareSum sum = Sharing.CreateSum(first.Member);
        sum.Add(first);
        sum.Add(second);
        return sum.Complete();
    }

    private static KeyShare Times(KeyShare share, int count)
    {
        using KeyShareSum sum = Sharing.CreateSum(share.Member);
        for (int i = 0; i < count; i++)
        {
            sum.Add(share);
        }

        return sum.Complete();
    }

    private static KeyShare Read(KeyShare share, int contributors)
    {
        KeyShare.TryRead(share.Parameters, share.Member, contributors, RoundKeys.BytesOf(share), out KeyShare? read).Should().BeTrue();
        return read!;
    }

    private static KeyShare Shifted(KeyShare share, int position, int addend)
    {
        KeyShare shifted = Read(share, share.Contributors);
        shifted.Elements[position] = (ushort)((shifted.Elements[position] + addend) % SharingParameters.Prime);
        return shifted;
    }
}
