using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Privacy.Tests.Ledgers;

/// <summary>The ledger: what fits is recorded, what does not is refused, and bytes say the same as objects.</summary>
public sealed class PrivacyAccountantTests
{
    private const int Seed = 41;
    private const string GoldenHash = "f6fbeebaadf7e673cc5e84e625b7b7c5ea40e7db3636432bbf5e1371067a69d6";

    private static readonly PrivacyBudget Budget = PrivacyBudget.ForClients(2, 1e-5, 1.5);

    [Theory]
    [InlineData(CompositionMethod.Renyi)]
    [InlineData(CompositionMethod.Concentrated)]
    [InlineData(CompositionMethod.LossDistribution)]
    public void Spend_UntilTheBudgetIsUsed_RefusesTheNextRoundAndRecordsNothing(CompositionMethod method)
    {
        var accountant = new PrivacyAccountant(Budget, method);
        var release = new GaussianRelease(10);
        int rounds = 0;
        while (rounds < 200 && !accountant.WouldExceed(release))
        {
            accountant.Spend($"round {rounds}", release);
            rounds++;
        }

        rounds.Should().BeInRange(6, 199);
        double spent = accountant.SpentEpsilon;
        spent.Should().BeLessThanOrEqualTo(2).And.BeGreaterThan(1.8);
        Refusal.Of(() => accountant.Spend("one more", release), PrivacyError.BudgetExceeded);
        accountant.Entries.Should().HaveCount(rounds);
        accountant.SpentEpsilon.Should().Be(spent);
        accountant.WouldExceed(new GaussianRelease(1e4)).Should().BeFalse("a cheaper release still fits");
    }

    [Fact]
    public void WouldExceed_OfARelease_RecordsNothing()
    {
        var accountant = new PrivacyAccountant(Budget, CompositionMethod.Renyi);
        accountant.WouldExceed(new GaussianRelease(0.1)).Should().BeTrue();
        accountant.WouldExceed(new GaussianRelease(10)).Should().BeFalse();
        accountant.SpentEpsilon.Should().Be(0);
        accountant.Entries.Should().BeEmpty();
    }

    [Fact]
    public void Decode_OfWhatWasEncoded_GivesTheSameLedger()
    {
        PrivacyAccountant accountant = Full();
        byte[] bytes = accountant.Encode();
        PrivacyAccountant read = PrivacyAccountant.Decode(bytes);
        read.Budget.Should().Be(accountant.Budget);
        read.Method.Should().Be(accountant.Method);
        read.Entries.Should().HaveCount(accountant.Entries.Count);
        read.SpentEpsilon.Should().Be(accountant.SpentEpsilon);
        read.Encode().Should().Equal(bytes);
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))
            .Should().Be(GoldenHash, "docs/wire-format.md describes the bytes");
    }

    [Fact]
    public void Ledger_OfASampleWithDiscreteNoise_ReadBack_IsTheSame()
    {
        var accountant = new PrivacyAccountant(Budget, CompositionMethod.Renyi);
        accountant.Spend("epoch 1", new SampledDiscreteGaussianRelease(3, 0.01, new SamplingSecrecy("Against everybody else."), 1e-15), 10);
        byte[] bytes = accountant.Encode();
        PrivacyAccountant read = PrivacyAccountant.Decode(bytes);
        read.Entries[0].Release.Should().BeOfType<SampledDiscreteGaussianRelease>().Which.Secrecy.Statement.Should().Be("Against everybody else.");
        read.SpentEpsilon.Should().Be(accountant.SpentEpsilon);
        read.Encode().Should().Equal(bytes);
    }

    [Fact]
    public void Encode_OfASampledDiscreteGaussian_HasKnownBytes()
    {
        var accountant = new PrivacyAccountant(PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 8, 1e-5, 1), CompositionMethod.Renyi);
        accountant.Spend("round 1", new SampledDiscreteGaussianRelease(2, 0.25, new SamplingSecrecy("S"), 1e-15), 4);
        byte[] bytes = accountant.Encode();
        Convert.ToHexStringLower(bytes.AsSpan(bytes.Length - 28)).Should().Be("091656e79eaf03d23c" + "0000000000000040" + "000000000000d03f" + "010053");
        PrivacyAccountant.Decode(bytes).SpentEpsilon.Should().Be(accountant.SpentEpsilon);
        PrivacyAccountant.Decode(bytes).Encode().Should().Equal(bytes);
    }

    [Fact]
    public void Decode_OfHostileBytes_RefusesByNameOrGivesALedgerOfThoseBytes()
    {
        PrivacyAccountant full = Full();
        full.Spend("steps", new SampledDiscreteGaussianRelease(4, 0.01, new SamplingSecrecy("Silos draw records themselves."), 1e-15), 3);
        byte[] original = full.Encode();
        var hostile = new HostileBytes(Seed);
        foreach (ReadOnlyMemory<byte> prefix in HostileBytes.Truncations(original))
        {
            Refuses(prefix.Span).Should().BeTrue();
        }

        Refuses([.. original, 0]).Should().BeTrue();
        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(original, original.Length).Concat(HostileBytes.ExtremeFields(original, 250)))
        {
            Refuses(spoilt.Span);
        }

        for (int i = 0; i < 5_000; i++)
        {
            Refuses(hostile.Next(original));
        }
    }

    [Fact]
    public void Decode_OfACountThatTheBytesCannotHold_AllocatesNothingForIt()
    {
        byte[] bytes = new PrivacyAccountant(Budget, CompositionMethod.Renyi).Encode();
        bytes.AsSpan(bytes.Length - sizeof(int)).Fill(0x7F);
        Refusal.Of(() => PrivacyAccountant.Decode(bytes), PrivacyError.MalformedLedger);
    }

    [Fact]
    public void Purposes_ThatAreEmptyOrTooLong_AreRefused()
    {
        var accountant = new PrivacyAccountant(Budget, CompositionMethod.Renyi);
        Action empty = () => accountant.Spend(" ", new GaussianRelease(10));
        Action tooLong = () => accountant.Spend(new string('x', 201), new GaussianRelease(10));
        empty.Should().Throw<ArgumentException>();
        tooLong.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Entries_HandedOut_CannotBeChanged()
    {
        PrivacyAccountant accountant = Full();
        int count = accountant.Entries.Count;
        double spent = accountant.SpentEpsilon;
        (accountant.Entries as IList<LedgerEntry>)?.Invoking(list => list.Clear()).Should().Throw<NotSupportedException>();
        accountant.Entries.Should().NotBeOfType<List<LedgerEntry>>().And.HaveCount(count);
        PrivacyAccountant.Decode(accountant.Encode()).SpentEpsilon.Should().Be(spent);
    }

    [Fact]
    public void Spend_OfMoreEntriesThanAStoredLedgerMayHave_IsRefusedAndTheLedgerIsStillRead()
    {
        var accountant = new PrivacyAccountant(Budget, CompositionMethod.Concentrated);
        var release = new GaussianRelease(1e6);
        for (int i = 1; i < PrivacyAccountant.LargestEntryCount; i++)
        {
            accountant.Restore(new LedgerEntry("a", release, 1));
        }

        accountant.WouldExceed(release).Should().BeFalse();
        accountant.Spend("the last one", release);
        accountant.WouldExceed(release).Should().BeTrue();
        Refusal.Of(() => accountant.Spend("one more", release), PrivacyError.LedgerFull);
        PrivacyAccountant.Decode(accountant.Encode()).Entries.Should().HaveCount(PrivacyAccountant.LargestEntryCount);
    }

    [Fact]
    public void Release_OfADistanceOfMinusZero_IsReadBack()
    {
        var accountant = new PrivacyAccountant(Budget, CompositionMethod.Renyi);
        accountant.Spend("round 1", new GaussianRelease(10, -0.0));
        PrivacyAccountant.Decode(accountant.Encode()).SpentEpsilon.Should().Be(accountant.SpentEpsilon);
    }

    [Fact]
    public void Counts_WhoseSumIsNoInteger_CostWhatTheyCost()
    {
        // Four times 2^62 is 0 for integers of 64 bits.
        PrivacyComposition composition = new LossComposition();
        for (int i = 0; i < 4; i++)
        {
            composition = composition.Add(new PureRelease(1e-19), 1L << 62);
        }

        try
        {
            composition.Epsilon(1e-5).Should().BeGreaterThan(0.001);
        }
        catch (PrivacyException exception)
        {
            exception.Error.Should().Be(PrivacyError.ReleaseNotSupported);
        }
    }

    private static PrivacyAccountant Full()
    {
        var accountant = new PrivacyAccountant(PrivacyBudget.ForRecords(RecordForm.DistributedGradient, 8, 1e-5, 1.5), CompositionMethod.Renyi);
        var sensitivity = new GridSensitivity(20, 10);
        accountant.Spend("mask agreement", new GaussianRelease(30, 1e-12));
        accountant.Spend("epoch 1", new SampledGaussianRelease(2, 0.01, new SamplingSecrecy("Silos draw records themselves; against everybody else.")), 100);
        accountant.Spend("counts", new LaplaceRelease(20, 3));
        accountant.Spend("metrics", new DiscreteGaussianRelease(40, 1e-15), 3);
        accountant.Spend("round 1", new DistributedGaussianRelease(1e4, 10, sensitivity, 1000, 1e-15));
        accountant.Spend("round 2", new SkellamRelease(1e5, sensitivity, 1e-15));
        accountant.Spend("bits", new PureRelease(0.01));
        accountant.Spend("sequence", new MatrixRelease(8, 1e-10));
        return accountant;
    }

    private static bool Refuses(ReadOnlySpan<byte> bytes)
    {
        try
        {
            PrivacyAccountant.Decode(bytes).Encode().AsSpan().SequenceEqual(bytes).Should().BeTrue($"accepted bytes are canonical, seed {Seed}");
            return false;
        }
        catch (PrivacyException exception)
        {
            exception.Error.Should().Be(PrivacyError.MalformedLedger);
            return true;
        }
    }
}
