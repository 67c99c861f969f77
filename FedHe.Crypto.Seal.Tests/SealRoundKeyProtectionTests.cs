using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Tests.Discovery;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Seal.Tests;

/// <summary>The sum of round keys comes out of SEAL's slots exactly, and nothing else is taken for it.</summary>
[NeedsSeal]
public sealed class SealRoundKeyProtectionTests
{
    private const double Scale = 32;
    private const double QuarterOfHalfAStep = 1 / (8 * Scale);

    private static readonly Digest Attempt = Digest.Compute("attempt"u8);

    private static readonly SchemeUnderTest[] Presets = [SealSubjects.PaperDefault, SealSubjects.NvidiaFlare];

    public static TheoryData<string, bool, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool, int>();
            foreach (SchemeUnderTest preset in Presets)
            {
                cases.Add(preset.Name, true, 2048);
                cases.Add(preset.Name, true, 4096);
                cases.Add(preset.Name, false, 2048);
                cases.Add(preset.Name, false, 4096);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sum_OfRoundKeys_IsExact(string preset, bool isSecretKey, int degree)
    {
        KeyAdditiveContext inner = InnerOf(degree, contributors: 3);
        HeContext outer = Find(preset).Context;
        using KeyPair keys = outer.GenerateKeyPair();
        IEncryptor encryptor = outer.CreateEncryptor(isSecretKey ? keys.SecretKey : keys.PublicKey);
        var protection = new RoundKeyProtection(inner, outer.Public, encryptor.Form);
        using IAccumulator sum = outer.Public.Evaluator.CreateAccumulator(protection.Length);
        var expected = new long[degree];
        for (int i = 0; i < 3; i++)
        {
            using RoundKey key = inner.GenerateRoundKey(Attempt);
            using EncryptedVector wrapped = protection.Encrypt(key, encryptor, publicContext: [1, 2, 3]);
            wrapped.CiphertextCount.Should().Be(1);
            sum.Add(wrapped);
            var coefficients = new long[degree];
            key.CopyCoefficientsTo(coefficients);
            for (int j = 0; j < degree; j++)
            {
                expected[j] += coefficients[j];
            }
        }

        using EncryptedVector complete = sum.Complete();
        using RoundKeySum opened = protection.Decrypt(complete, outer.CreateDecryptor(keys.SecretKey), Attempt, 3);

        CoefficientsOf(opened).Should().Equal(expected);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sum_OfTheLargestCoefficients_IsExact(string preset, bool isSecretKey, int degree)
    {
        const int Contributors = 100;
        KeyAdditiveContext inner = InnerOf(degree, Contributors);
        HeContext outer = Find(preset).Context;
        using KeyPair keys = outer.GenerateKeyPair();
        IEncryptor encryptor = outer.CreateEncryptor(isSecretKey ? keys.SecretKey : keys.PublicKey);
        var protection = new RoundKeyProtection(inner, outer.Public, encryptor.Form);
        double[] values = [.. Enumerable.Range(0, protection.Length).Select(i => (i % 3 == 0 ? -1 : 1) * RoundKey.LargestCoefficient / Scale)];
        using EncryptedVector wrapped = encryptor.Encrypt(values, maxAbs: 1);
        using IAccumulator sum = outer.Public.Evaluator.CreateAccumulator(protection.Length);
        for (int i = 0; i < Contributors; i++)
        {
            sum.Add(wrapped);
        }

        using EncryptedVector complete = sum.Complete();
        using RoundKeySum opened = protection.Decrypt(complete, outer.CreateDecryptor(keys.SecretKey), Attempt, Contributors);

        CoefficientsOf(opened).Should().Equal(values.Select(value => (long)(Contributors * Scale * value)));
    }

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.26, 1)]
    [InlineData(-0.26, 1)]
    [InlineData(43, 2)]
    [InlineData(-43, 2)]
    [InlineData(1L << 20, 1 << 16)]
    public void Value_ThatNoSumHas_IsRefused(double coefficient, double maxAbs)
    {
        // Guard: values are neither rounded over a distance that noise does not explain nor clamped to the range.
        foreach (SchemeUnderTest preset in Presets)
        {
            KeyAdditiveContext inner = InnerOf(2048, contributors: 2);
            HeContext outer = preset.Context;
            using KeyPair keys = outer.GenerateKeyPair();
            var protection = new RoundKeyProtection(inner, outer.Public, VectorForm.Seeded);
            var values = new double[protection.Length];
            values[7] = coefficient / Scale;
            using EncryptedVector vector = outer.CreateEncryptor(keys.SecretKey).Encrypt(values, maxAbs);

            protection.Invoking(own => own.Decrypt(vector, outer.CreateDecryptor(keys.SecretKey), Attempt, 2))
                .Should().Throw<HeMismatchException>(preset.Name);
        }
    }

    [Fact]
    public void Parameters_WithoutTheMargin_AreRefusedWithWhatToChoose()
    {
        KeyAdditiveContext inner = InnerOf(2048, contributors: 10);
        foreach ((SchemeUnderTest scheme, VectorForm form) in new[]
        {
            (SealSubjects.Small, VectorForm.Seeded), (SealSubjects.Small, VectorForm.Full), (SealSubjects.SinglePrime, VectorForm.Full),
        })
        {
            FluentActions.Invoking(() => new RoundKeyProtection(inner, scheme.Context.Public, form))
                .Should().Throw<HeCapacityException>(scheme.Name).WithMessage("*more fractional bits*");
        }

        FluentActions.Invoking(() => new RoundKeyProtection(inner, SealSubjects.SinglePrime.Context.Public, VectorForm.Seeded))
            .Should().NotThrow("noise under the secret key is smaller");
    }

    [Theory]
    [InlineData(VectorForm.Seeded, 24)]
    [InlineData(VectorForm.Full, 29)]
    public void Scale_IsAcceptedExactlyWhere64DeviationsFit(VectorForm form, int leastLogScale)
    {
        const int Contributors = 10;
        KeyAdditiveContext inner = InnerOf(2048, Contributors);
        for (int logScale = leastLogScale - 3; logScale <= leastLogScale + 1; logScale++)
        {
            using HeContext outer = SealSubjects.Scheme.CreateContext(SealParameters.Create(
                new SealParametersLiteral { Degree = 8192, LogModuli = [60, 60], LogScale = logScale, Depth = 0 }));
            VectorBound fresh = outer.Public.FreshBound(maxAbs: 1, form);
            double margin = QuarterOfHalfAStep / (fresh.NoiseSigma * Math.Sqrt(Contributors));

            IsAccepted(inner, outer, form).Should().Be(logScale >= leastLogScale, "of the scale 2^{0}", logScale);
            (margin > 64).Should().Be(logScale >= leastLogScale, "the worst case decides nothing here");
            if (logScale == leastLogScale)
            {
                ShouldAddUpExactly(inner, outer, form, Contributors);
            }
        }
    }

    [Fact]
    public void Margin_OfThePresets_IsTheOneOfTheDocuments()
    {
        // docs/parameters.md: deviations in half a step, for a sum of 1,000 keys.
        const int Most = KeyAdditiveRequirements.LargestContributors;
        (SchemeUnderTest, VectorForm, double, int)[] expected =
        [
            (SealSubjects.PaperDefault, VectorForm.Seeded, 33.3, Most), (SealSubjects.PaperDefault, VectorForm.Full, 27.7, Most),
            (SealSubjects.NvidiaFlare, VectorForm.Seeded, 21.3, Most), (SealSubjects.NvidiaFlare, VectorForm.Full, 15.7, 127),
        ];
        foreach ((SchemeUnderTest preset, VectorForm form, double logMargin, int certain) in expected)
        {
            VectorBound fresh = preset.Context.Public.FreshBound(maxAbs: 1, form);

            double margin = 0.5 / Scale / (fresh.NoiseSigma * Math.Sqrt(1000));

            Math.Log2(margin).Should().BeApproximately(logMargin, 0.06, $"{preset} {form}");
            (certain * fresh.NoiseMax).Should().BeLessThan(QuarterOfHalfAStep);
            (certain == Most || (certain + 1) * fresh.NoiseMax >= QuarterOfHalfAStep).Should().BeTrue();
            RoundKeyProtection.CheckPlan(
                KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(Most, 16)), preset.Context.Public, form);
        }
    }

    private static void ShouldAddUpExactly(KeyAdditiveContext inner, HeContext outer, VectorForm form, int contributors)
    {
        using KeyPair keys = outer.GenerateKeyPair();
        IEncryptor encryptor = outer.CreateEncryptor(form == VectorForm.Seeded ? keys.SecretKey : keys.PublicKey);
        var protection = new RoundKeyProtection(inner, outer.Public, form);
        double[] values = [.. Enumerable.Range(0, protection.Length).Select(i => ((i % 43) - 21) / Scale)];
        using IAccumulator sum = outer.Public.Evaluator.CreateAccumulator(protection.Length);
        for (int i = 0; i < contributors; i++)
        {
            using EncryptedVector wrapped = encryptor.Encrypt(values, maxAbs: 1);
            sum.Add(wrapped);
        }

        using EncryptedVector complete = sum.Complete();
        using RoundKeySum opened = protection.Decrypt(complete, outer.CreateDecryptor(keys.SecretKey), Attempt, contributors);
        CoefficientsOf(opened).Should().Equal(values.Select(value => (long)(contributors * Scale * value)));
    }

    private static bool IsAccepted(KeyAdditiveContext inner, HeContext outer, VectorForm form)
    {
        try
        {
            RoundKeyProtection.CheckPlan(inner.Parameters, outer.Public, form);
            return true;
        }
        catch (HeCapacityException)
        {
            return false;
        }
    }

    private static long[] CoefficientsOf(RoundKeySum sum)
    {
        var coefficients = new int[sum.Length];
        sum.CopyCoefficientsTo(coefficients);
        return [.. coefficients.Select(coefficient => (long)coefficient)];
    }

    private static SchemeUnderTest Find(string preset) => Presets.Single(scheme => scheme.Name == preset);

    private static KeyAdditiveContext InnerOf(int degree, int contributors)
    {
        // Exact integers of many bits need the larger ring.
        var requirements = degree == 4096
            ? new KeyAdditiveRequirements(contributors, 28) { Encoding = KeyAdditiveEncoding.ExactIntegers }
            : new KeyAdditiveRequirements(contributors, 24);
        var parameters = KeyAdditiveParameters.Plan(requirements);
        parameters.Degree.Should().Be(degree);
        return new KeyAdditiveContext(parameters);
    }
}
