using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Ckks;

namespace FedHe.Crypto.Tests.Random;

/// <summary>
/// Two machines resumed from one snapshot both encrypt, and an observer without any key learns the difference of the plaintexts
/// from the two ciphertexts if their randomness repeats.
/// </summary>
public sealed class SnapshotAttackTests
{
    private const int Ciphertexts = 3;
    private const int Length = (Ciphertexts * 4096) - 5;
    private const double ErrorDeviation = 3.24;

    private static readonly CkksParameters Parameters = CkksParameters.Aggregation;
    private static readonly ulong Modulus = Parameters.Moduli[0];
    private static readonly HeContextOptions OneThread = new() { MaxDegreeOfParallelism = 1 };
    private static readonly double[] Model = [.. Enumerable.Range(0, Length).Select(i => 0.25 * Math.Sin(i))];
    private static readonly double[] OtherModel = [.. Enumerable.Range(0, Length).Select(i => -0.5 * Math.Cos(3 * i))];

    [Fact]
    public void SeededUploads_WithoutTheHedge_GiveAwayTheDifferenceOfTheModels()
    {
        // Seed and noise repeat: c0 - c0' = Delta*(m - m') exactly, but for the rounding of both.
        using KeyPair keys = Keys();
        using CkksVector first = Encrypt(new DeterministicRandomSource(7), keys.SecretKey, Model);
        using CkksVector second = Encrypt(new DeterministicRandomSource(7), keys.SecretKey, OtherModel);

        AreSeedsEqual(first, second).Should().BeTrue();
        ErrorOfAttack(first, second, OtherModel).Max(Math.Abs).Should().BeLessThanOrEqualTo(1, "in units of 2^-32");
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("counter")]
    [InlineData("utc")]
    [InlineData("timestamp")]
    public void SeededUploads_WithOneFreshInput_GiveAwayNothing(string fresh)
    {
        HedgedRandomSource other = fresh switch
        {
            "kernel" => Snapshot.Resume(kernel: 9),
            "counter" => Snapshot.Resume(drawsBefore: 1000),
            "utc" => Snapshot.Resume(utcTicks: Snapshot.Time + 1),
            _ => Snapshot.Resume(timestamp: 78),
        };
        using KeyPair keys = Keys();
        using CkksVector first = Encrypt(Snapshot.Resume(), keys.SecretKey, Model);
        using CkksVector second = Encrypt(other, keys.SecretKey, OtherModel);

        AreSeedsEqual(first, second).Should().BeFalse();

        // The differences of the public polynomials are uniform modulo q: a normal deviation is q/sqrt(12).
        Deviation(ErrorOfAttack(first, second, OtherModel)).Should().BeApproximately(Modulus / Math.Sqrt(12), Modulus * 0.01);
    }

    [Fact]
    public void SeededUploads_WithNothingFreshAtAll_NeverShareAnError()
    {
        // One value differs, in the last of three ciphertexts.
        double[] changed = [.. Model];
        changed[^1] += 0.125;
        using KeyPair keys = Keys();
        using CkksVector first = Encrypt(Snapshot.Resume(), keys.SecretKey, Model);
        using CkksVector second = Encrypt(Snapshot.Resume(), keys.SecretKey, changed);

        // The public seed may not depend on the plaintext, so only the errors part the two.
        AreSeedsEqual(first, second).Should().BeTrue();
        double[] error = ErrorOfAttack(first, second, changed);
        for (int ciphertext = 0; ciphertext < Ciphertexts; ciphertext++)
        {
            double[] part = error[(ciphertext * 4096)..Math.Min((ciphertext + 1) * 4096, Length)];
            Deviation(part).Should().BeApproximately(Math.Sqrt(2) * ErrorDeviation, 0.25, "e - e' in ciphertext {0}", ciphertext);
        }

        using CkksVector unguarded = Encrypt(new WithoutPlaintext(Snapshot.Resume()), keys.SecretKey, Model);
        using CkksVector unguardedOther = Encrypt(new WithoutPlaintext(Snapshot.Resume()), keys.SecretKey, changed);
        ErrorOfAttack(unguarded, unguardedOther, changed).Max(Math.Abs).Should().BeLessThanOrEqualTo(1, "the guard is out");
    }

    [Fact]
    public void PublicKeyUploads_WithNothingFreshAtAll_GiveAwayNothing()
    {
        using KeyPair keys = Keys();
        using CkksVector first = Encrypt(Snapshot.Resume(), keys.PublicKey, Model);
        using CkksVector second = Encrypt(Snapshot.Resume(), keys.PublicKey, OtherModel);
        using CkksVector unguarded = Encrypt(new WithoutPlaintext(Snapshot.Resume()), keys.PublicKey, Model);
        using CkksVector unguardedOther = Encrypt(new WithoutPlaintext(Snapshot.Resume()), keys.PublicKey, OtherModel);

        ErrorOfAttack(unguarded, unguardedOther, OtherModel).Max(Math.Abs).Should().BeLessThanOrEqualTo(1, "the guard is out");
        Deviation(ErrorOfAttack(first, second, OtherModel)).Should().BeApproximately(Modulus / Math.Sqrt(12), Modulus * 0.01);
        for (int ciphertext = 0; ciphertext < Ciphertexts; ciphertext++)
        {
            first.Limb(ciphertext, polynomial: 1, limb: 0).SequenceEqual(second.Limb(ciphertext, polynomial: 1, limb: 0)).Should().BeFalse();
        }
    }

    [Fact]
    public void Publications_WithNothingFreshAtAll_HaveNoiseOfTheirOwn()
    {
        double[] Noise(EncryptionRandomSource random, double value)
        {
            double[] values = [value, 0, 0];
            new NoiseFlooding(CoefficientSigma: 1e3, ValueSigma: 1e3).AddToCoefficients(values, random);
            return [values[0] - value, .. values[1..]];
        }

        Noise(new WithoutPlaintext(Snapshot.Resume()), 1)[1..].Should().Equal(Noise(new WithoutPlaintext(Snapshot.Resume()), 2)[1..], "the guard is out");
        Noise(Snapshot.Resume(), 1)[1..].Should().NotEqual(Noise(Snapshot.Resume(), 2)[1..]);
    }

    private static KeyPair Keys()
    {
        using var context = new CkksContext(Parameters, new DeterministicRandomSource(1), OneThread);
        return context.GenerateKeyPair();
    }

    private static CkksVector Encrypt(EncryptionRandomSource random, EncryptionKey key, double[] values)
    {
        using var context = new CkksContext(Parameters, random, OneThread);
        return (CkksVector)context.CreateEncryptor(key).Encrypt(values, 1);
    }

    private static bool AreSeedsEqual(CkksVector first, CkksVector second) => first.Seeds.Single().CompareTo(second.Seeds.Single()) == 0;

    /// <summary>Computes c0 - c0' - Delta*(m - m') modulo q, centered, which the attack takes for zero.</summary>
    private static double[] ErrorOfAttack(CkksVector first, CkksVector second, double[] otherModel)
    {
        var error = new double[Length];
        for (int i = 0; i < Length; i++)
        {
            ulong difference = (first.Limb(i / 4096, 0, 0)[i % 4096] + Modulus - second.Limb(i / 4096, 0, 0)[i % 4096]) % Modulus;
            double centered = difference > Modulus / 2 ? -(double)(Modulus - difference) : difference;
            error[i] = Math.IEEERemainder(centered - Math.ScaleB(Model[i] - otherModel[i], Parameters.LogScale), Modulus);
        }

        return error;
    }

    private static double Deviation(double[] values) => Math.Sqrt(values.Average(x => x * x));
}
