using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>Sums that some of all parties open, exactly.</summary>
public sealed class ThresholdOpeningTests
{
    public static TheoryData<int, int> Groups { get; } = new()
    {
        { 2, 2 }, { 3, 2 }, { 3, 3 }, { 4, 2 }, { 4, 3 }, { 4, 4 }, { 5, 2 }, { 5, 3 }, { 5, 4 }, { 5, 5 },
    };

    [Theory]
    [MemberData(nameof(Groups))]
    public void Sum_OpenedByEverySetOfParties_IsExact(int parties, int threshold)
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(parties, threshold, totalWeight: 2 * parties));
        double scale = Math.ScaleB(1, group.Context.Parameters.Encryption.LogScale);
        var random = new System.Random(parties);
        foreach (int[] set in ThresholdGroup.SetsOf(parties, threshold))
        {
            var exact = new double[100];
            using IAccumulator sum = group.Context.Public.Evaluator.CreateAccumulator(exact.Length);
            for (int party = 1; party <= parties; party++)
            {
                double[] values = [.. exact.Select(_ => (2 * random.NextDouble()) - 1)];
                using EncryptedVector upload = group.Encrypt(values, party: party);
                sum.Add(upload, weight: 1 + (party % 2));
                for (int i = 0; i < exact.Length; i++)
                {
                    exact[i] += (1 + (party % 2)) * Math.Round(values[i] * scale) / scale;
                }
            }

            using EncryptedVector aggregate = sum.Complete();

            group.Open(aggregate, set).Should().Equal(exact, $"the set is {string.Join(", ", set)}");
        }
    }

    [Theory]
    [InlineData(2, 2, 12, 2, 8192)]
    [InlineData(2, 2, 16, 2, 8192)]
    [InlineData(3, 2, 24, 3, 4096)]
    [InlineData(5, 3, 8, 1000, 4096)]
    [InlineData(10, 10, 16, 10, 4096)]
    public void Sum_OfTheLargestTotalWeightAndValues_IsExact(int parties, int threshold, int precisionBits, long totalWeight, int degree)
    {
        var context = new ThresholdContext(
            ThresholdParameters.Plan(new ThresholdRequirements(parties, threshold, precisionBits, totalWeight) { Degree = degree }));
        using var group = new ThresholdGroup(context);
        double[] values = [.. Enumerable.Range(0, group.ValuesPerCiphertext + 7).Select(i => i % 2 == 0 ? 1.0 : -1.0)];
        using EncryptedVector upload = group.Encrypt(values);
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(values.Length);
        sum.Add(upload, totalWeight);
        FluentActions.Invoking(() => sum.Add(upload)).Should().Throw<HeCapacityException>();
        using EncryptedVector aggregate = sum.Complete();

        // One encryption with all of the weight has the largest noise that a sum can have.
        double[] opened = group.Open(aggregate, [.. Enumerable.Range(1 + parties - threshold, threshold)]);

        opened.Should().Equal(values.Select(value => totalWeight * value));
    }

    [Fact]
    public void Set_ThatDoesNotFit_IsRefusedAndNothingIsRecorded()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(4, 2));
        using EncryptedVector vector = group.Encrypt([0.5]);
        foreach (int[] set in (int[][])[[], [1], [2, 3], [1, 2, 3], [1, 5], [1, 64]])
        {
            group.Decryptor(1).Invoking(party => party.Decrypt(vector, new PartySet(set))).Should().Throw<HeMismatchException>();
        }

        group.Ledger(1).Opened.Should().Be(0);
        group.Open(vector, 1, 4).Should().Equal(0.5);
        FluentActions.Invoking(() => new PartySet(1, 1)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new PartySet(0)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new PartySet(65)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Vector_WhoseBytesChangeAfterTheirCheck_IsNotAnsweredAndNothingIsRecorded()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        using EncryptedVector vector = group.Encrypt([0.5]);
        byte[] bytes = ThresholdGroup.BytesOf(vector.WriteTo);
        group.Context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? later, out _).Should().BeTrue();

        bytes.AsSpan(^100).Fill(byte.MaxValue);

        group.Decryptor(1).Invoking(party => party.Decrypt(later!, new PartySet(1, 2))).Should().Throw<HeFormatException>();
        group.Ledger(1).Opened.Should().Be(0);
    }

    [Fact]
    public void Answers_ThatAreNotOneOfEachPartyOfOneSet_AreRefused()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        using EncryptedVector vector = group.Encrypt([0.5, -0.5]);
        using EncryptedVector other = group.Encrypt([0.5, -0.5]);
        using PartialDecryption first = group.Answer(1, vector, 1, 2);
        using PartialDecryption second = group.Answer(2, vector, 1, 2);
        using PartialDecryption third = group.Answer(3, vector, 2, 3);
        using PartialDecryption ofOther = group.Answer(2, other, 1, 2);
        var values = new double[2];
        foreach (PartialDecryption[] answers in (PartialDecryption[][])[[], [first], [first, first], [first, third], [first, second, third], [first, ofOther]])
        {
            group.Context.Invoking(he => he.Fuse(vector, answers, values)).Should().Throw<HeMismatchException>();
        }

        group.Context.Fuse(vector, [second, first], values);
        values.Should().Equal(0.5, -0.5);
    }

    [Fact]
    public void Opening_OfAChangedAnswerOrVector_IsRefusedAndGivesNothing()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        using EncryptedVector vector = group.Encrypt([0.5, -0.5]);
        using PartialDecryption first = group.Answer(1, vector, 1, 2);
        using PartialDecryption second = group.Answer(2, vector, 1, 2);
        double[] values = [7, 7];
        for (int coefficient = 0; coefficient < 20; coefficient++)
        {
            // The change moves a random multiple of 1/p of the modulus, in a place with a value and in those without.
            ulong kept = second.Limb(0, 0)[coefficient];
            second.Limb(0, 0)[coefficient] ^= 1UL << 40;
            group.Context.Invoking(he => he.Fuse(vector, [first, second], values)).Should().Throw<HeMismatchException>();
            values.Should().Equal(0, 0);
            second.Limb(0, 0)[coefficient] = kept;
        }

        group.Context.Fuse(vector, [first, second], values);
        values.Should().Equal(0.5, -0.5);
    }

    [Fact]
    public void Sum_OutsideOfItsRange_IsRefused()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        using EncryptedVector large = group.Encrypt([3.0, 0], maxAbs: 3);
        byte[] bytes = ThresholdGroup.BytesOf(large.WriteTo);

        // The bound says that values are at most 1, with half a step of rounding.
        const int BoundOffset = 48 + 16 + 4 + 4;
        BitConverter.TryWriteBytes(bytes.AsSpan(BoundOffset), 1.0).Should().BeTrue();
        using EncryptedVector lying = group.Context.Public.Reader.Read(bytes, WireLimits.Default);

        FluentActions.Invoking(() => group.Open(lying, 1, 2)).Should().Throw<HeMismatchException>().WithMessage("*sum of values*");
    }

    [Theory]
    [InlineData(0.999, true)]
    [InlineData(1.001, false)]
    [InlineData(-0.999, true)]
    [InlineData(-1.001, false)]
    public void Noise_BeyondThePlan_IsRefusedWhereItStillRoundsAway(double ofPlanned, bool isOpened)
    {
        // Answers of zeros leave the opening to c0, which is nothing but noise in one coefficient.
        ThresholdContext he = ThresholdGroup.ContextFor(2, 2, precisionBits: 12);
        CkksParameters ring = he.Parameters.Encryption;
        UInt128 modulus = (UInt128)ring.Moduli[0] * ring.Moduli[1];
        UInt128 planned = (UInt128)he.Parameters.LargestDistance * (modulus >> 40) >> 24;
        UInt128 noise = (UInt128)((double)planned * Math.Abs(ofPlanned));
        ((double)noise).Should().BeLessThan((double)modulus / Math.ScaleB(1, ring.ExactIntegers!.LogPlaintextModulus + 1), "it rounds to zero");
        var block = new CkksBlock(ring, length: 3, polynomialCount: 2, limbCount: 2);
        for (int limb = 0; limb < 2; limb++)
        {
            block.Limb(0, 0, limb).Clear();
            block.Limb(0, 1, limb).Fill((ulong)limb);
            block.Limb(0, 0, limb)[2] = (ulong)((ofPlanned < 0 ? modulus - noise : noise) % ring.Moduli[limb]);
        }

        using var vector = new CkksVector(he.Ring, default, 3, he.Public.FreshBound(1, VectorForm.Full), block);
        PartialDecryption[] answers =
        [
            .. Enumerable.Range(1, 2).Select(party => new PartialDecryption(
                he.Ring, he.Parameters, default, party, new PartySet(1, 2), CiphertextDigests.Join(CiphertextDigests.Of(he.Ring, vector)), 3)),
        ];
        foreach (PartialDecryption answer in answers)
        {
            answer.Limb(0, 0).Clear();
            answer.Limb(0, 1).Clear();
        }

        double[] values = [7, 7, 7];
        Action open = () => he.Fuse(vector, answers, values);

        if (isOpened)
        {
            open.Should().NotThrow();
        }
        else
        {
            open.Should().Throw<HeMismatchException>();
        }

        values.Should().Equal(0, 0, 0);
    }

    [Fact]
    public void Budget_IsTheFormulaOfTheDocuments()
    {
        // E = 10.597*sqrt(10.5*(1 + 1.25*4*n*N/3)) + 1, B = sqrt(N)*W*E, and W*E + t*max|f| + q/2^61, with every figure in the open.
        const double Parties = 10;
        const double Degree = 4096;
        const double Weight = 7;
        ThresholdParameters parameters = ThresholdParameters.Plan(new ThresholdRequirements(10, 6, 16, 7) { Degree = 4096 });
        ThresholdBudget budget = ThresholdBudget.For(parameters.Encryption, 10, 6, 64, 1 << 20)!;
        double fresh = (10.597 * Math.Sqrt(10.5 * (1 + (1.25 * 4 * Parties * Degree / 3)))) + 1;
        double norm = Math.Sqrt(Degree) * Weight * fresh;
        double modulus = (double)parameters.Encryption.Moduli[0] * parameters.Encryption.Moduli[1];

        budget.Flooding.Should().Be(ThresholdFlooding.For(Degree, norm, 64, 1 << 20));
        budget.LargestNoise.Should().BeApproximately(
            (Weight * fresh) + (6 * budget.Flooding.Max) + Math.ScaleB(modulus, -61), budget.LargestNoise * 1e-9);
        ((double)budget.LargestDistance).Should().BeApproximately(Math.ScaleB(budget.LargestNoise / modulus, 64), budget.LargestDistance * 1e-9);
        parameters.FloodingSigma.Should().BeGreaterThan(Math.Sqrt(12.0 * (1 << 20)) * Math.ScaleB(norm, 32));
    }

    [Fact]
    public void Vector_OfAnotherKeyOrParameters_IsRefused()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        using var same = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        using var other = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2, precisionBits: 11));
        using EncryptedVector ofSame = same.Encrypt([0.5]);
        using EncryptedVector ofOther = other.Encrypt([0.5]);

        group.Decryptor(1).Invoking(party => party.Decrypt(ofSame, new PartySet(1, 2))).Should().Throw<HeMismatchException>();
        group.Decryptor(1).Invoking(party => party.Decrypt(ofOther, new PartySet(1, 2))).Should().Throw<HeMismatchException>();
        group.Context.Invoking(he => he.CreateEncryptor(other.Keys[0].PublicKey)).Should().Throw<HeMismatchException>();
        group.Context.Invoking(he => he.CreatePartialDecryptor(group.Share(1), same.Ledger(1))).Should().Throw<HeMismatchException>();
        group.Context.Invoking(he => he.CreatePartialDecryptor(group.Share(1), group.Ledger(2))).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Share_Disposed_AnswersNothing()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        using EncryptedVector vector = group.Encrypt([0.5]);
        PartialDecryptor decryptor = group.Decryptor(1);
        group.Share(1).Dispose();

        decryptor.Invoking(party => party.Decrypt(vector, new PartySet(1, 2))).Should().Throw<ObjectDisposedException>();
        group.Share(1).Polynomial.Limb(0).Values.ToArray().Should().OnlyContain(residue => residue == 0);
    }

    [Fact]
    public void Plan_OfRequirements_IsRefusedOrHasTheMostFields()
    {
        var requirements = new ThresholdRequirements(2, 2, 12, 2);
        ThresholdParameters parameters = ThresholdParameters.Plan(requirements);
        CkksExactIntegers exact = parameters.Encryption.ExactIntegers!;

        (exact.FieldBits, exact.Fields).Should().Be((14, 2));
        ThresholdBudget budget = ThresholdBudget.For(parameters.Encryption, 2, 2, 64, 1 << 20)!;
        budget.Holds(exact.LogPlaintextModulus).Should().BeTrue();
        budget.Holds(exact.LogPlaintextModulus + exact.FieldBits).Should().BeFalse();
        parameters.SecurityLevel.Should().Be(FedHe.Crypto.Parameters.SecurityLevel.Bits256);

        foreach (ThresholdRequirements wrong in (ThresholdRequirements[])
            [
                requirements with { Parties = 1 }, requirements with { Parties = 65 }, requirements with { Threshold = 1 },
                requirements with { Threshold = 3 }, requirements with { StatisticalSecurity = 39 },
                requirements with { StatisticalSecurity = 81 }, requirements with { Openings = 0 },
                requirements with { Openings = (1L << 30) + 1 },
            ])
        {
            FluentActions.Invoking(() => ThresholdParameters.Plan(wrong)).Should().Throw<ArgumentException>();
        }

        foreach (ThresholdRequirements impossible in (ThresholdRequirements[])
            [
                requirements with { PrecisionBits = 32, LargestTotalWeight = 1 << 10 }, requirements with { Degree = 1024 },
                requirements with { Degree = 2048 }, requirements with { StatisticalSecurity = 80, Openings = 1 << 30 },
                requirements with { PrecisionBits = 1 }, requirements with { LargestTotalWeight = 0 },
            ])
        {
            FluentActions.Invoking(() => ThresholdParameters.Plan(impossible)).Should().Throw<HeParameterException>();
        }
    }
}
