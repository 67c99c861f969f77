using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Schemes;

namespace FedHe.TestKit.Conformance;

/// <content>Residues of ciphertexts, for schemes whose sums are bound by tags before they are decrypted.</content>
public abstract partial class HeConformance
{
    [Fact]
    public void Residues_OfASum_AreTheSumsOfTheResidues()
    {
        if (Context.Public.Residues is not { } residues)
        {
            return;
        }

        foreach (VectorForm form in FreshForms)
        {
            using EncryptedVector left = Encryptor(form).Encrypt(Uniform(LengthOf(1, 3), seed: 80), MaxAbs);
            using EncryptedVector right = Encryptor(form).Encrypt(Uniform(LengthOf(1, 3), seed: 81), MaxAbs);
            using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(left.Length);
            accumulator.Add(left);
            accumulator.Add(right, weight: 3);
            using EncryptedVector sum = accumulator.Complete();

            new[] { left, right, sum }.Should().OnlyContain(vector => residues.PolynomialCount(vector) == 2 * vector.CiphertextCount);
            for (int prime = 0; prime < residues.Primes.Count; prime++)
            {
                for (int polynomial = 0; polynomial < residues.PolynomialCount(sum); polynomial++)
                {
                    ulong[] one = ResiduesOf(residues, left, polynomial, prime);
                    ulong[] other = ResiduesOf(residues, right, polynomial, prime);
                    ulong modulus = (ulong)residues.Primes[prime];
                    ulong[] expected = [.. one.Zip(other, (a, b) => (ulong)((a + (3 * (UInt128)b)) % modulus))];
                    ResiduesOf(residues, sum, polynomial, prime).AsSpan().SequenceEqual(expected)
                        .Should().BeTrue("polynomial {0} modulo prime {1} in form {2}", polynomial, prime, form);
                }
            }
        }
    }

    [Fact]
    public void Residues_AreReducedFreshAndTheSameFromTheWire()
    {
        if (Context.Public.Residues is not { } residues)
        {
            return;
        }

        residues.Primes.Should().OnlyHaveUniqueItems();
        foreach (VectorForm form in FreshForms)
        {
            double[] values = Uniform(30, seed: 82);
            using EncryptedVector vector = Encryptor(form).Encrypt(values, MaxAbs);
            using EncryptedVector again = Encryptor(form).Encrypt(values, MaxAbs);
            using EncryptedVector copy = Read(BytesOf(vector));
            for (int prime = 0; prime < residues.Primes.Count; prime++)
            {
                for (int polynomial = 0; polynomial < 2; polynomial++)
                {
                    ulong[] own = ResiduesOf(residues, vector, polynomial, prime);
                    own.Max().Should().BeLessThan((ulong)residues.Primes[prime]);
                    own.Distinct().Count().Should().BeGreaterThan(own.Length / 2, "both polynomials hide the message");
                    ResiduesOf(residues, copy, polynomial, prime).AsSpan().SequenceEqual(own).Should().BeTrue();
                    ResiduesOf(residues, again, polynomial, prime).AsSpan().SequenceEqual(own).Should().BeFalse();
                }
            }
        }
    }

    [Fact]
    public void Residues_OfWhatHasNone_AreRefused()
    {
        if (Context.Public.Residues is not { } residues)
        {
            return;
        }

        var destination = new ulong[residues.PolynomialLength];
        EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt(Uniform(30, seed: 83), MaxAbs);
        foreach ((int polynomial, int prime) in new[] { (-1, 0), (2, 0), (0, -1), (0, residues.Primes.Count) })
        {
            residues.Invoking(own => own.CopyTo(vector, polynomial, prime, destination)).Should().Throw<ArgumentOutOfRangeException>();
        }

        residues.Invoking(own => own.CopyTo(vector, 0, 0, new ulong[destination.Length - 1])).Should().Throw<ArgumentException>();
        residues.Invoking(own => own.CopyTo(vector, 0, 0, new ulong[destination.Length + 1])).Should().Throw<ArgumentException>();
        if (Context.Public.Rescaler is { } rescaler)
        {
            using EncryptedVector spent = rescaler.MultiplyScalar(vector, 0.5);
            residues.Invoking(own => own.CopyTo(spent, 0, 0, destination)).Should().Throw<HeException>("a prime is gone");
        }

        foreach (SchemeUnderTest foreigner in SchemeRegistry.ForeignTo(Subject))
        {
            using KeyPair keys = foreigner.Context.GenerateKeyPair();
            using EncryptedVector foreign = foreigner.Context.CreateEncryptor(keys.SecretKey).Encrypt(Uniform(30, seed: 84), MaxAbs);
            residues.Invoking(own => own.PolynomialCount(foreign)).Should().Throw<HeMismatchException>();
            residues.Invoking(own => own.CopyTo(foreign, 0, 0, destination)).Should().Throw<HeMismatchException>();
        }

        vector.Dispose();
        residues.Invoking(own => own.CopyTo(vector, 0, 0, destination)).Should().Throw<ObjectDisposedException>();
        residues.Invoking(own => own.CopyTo(vector, 1, 0, destination)).Should().Throw<ObjectDisposedException>();
    }

    private static ulong[] ResiduesOf(ICiphertextResidues residues, EncryptedVector vector, int polynomial, int prime)
    {
        var words = new ulong[residues.PolynomialLength];
        residues.CopyTo(vector, polynomial, prime, words);
        return words;
    }
}
