using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Vectors whose values are asked for ciphertext by ciphertext are the vectors of the values, and their errors are nobody else's.</summary>
public sealed class RangeEncryptorTests
{
    private static readonly Digest Attempt = Digest.Compute("attempt"u8);
    private static readonly double[] Values = [.. Enumerable.Range(0, (3 * 2048) + 5).Select(i => Math.Sin(i))];

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public void Encrypt_OfValuesThatAreAskedFor_GivesTheBytesOfValuesThatAreGiven(bool isOfPlaintext, int threads)
    {
        byte[] given = Encrypt(isOfPlaintext, threads, encryptor => encryptor.Encrypt(Values, 1));
        byte[] askedFor = Encrypt(isOfPlaintext, threads, encryptor => encryptor.Encrypt(Values.Length, Read, 1));

        askedFor.Should().Equal(given);
    }

    [Fact]
    public void Encrypt_OfAValueThatIsRefused_NamesItsPosition_AndNothingIsEncryptedAfterwards()
    {
        KeyAdditiveContext context = ContextOf(Snapshot.Resume(), threads: 1);
        using RoundKey key = Generate(context, Snapshot.Resume(), isOfPlaintext: true);
        var encryptor = (IRangeEncryptor)context.CreateEncryptor(key);

        encryptor.Invoking(one => one.Encrypt(Values.Length, ReadWithNaN, 1)).Should().Throw<HeValueException>().Which.Index.Should().Be(5000);
        encryptor.Invoking(one => one.Encrypt(Values.Length, Read, 1)).Should().Throw<InvalidOperationException>();

        static void ReadWithNaN(int start, Span<double> destination)
        {
            Read(start, destination);
            if (start <= 5000 && start + destination.Length > 5000)
            {
                destination[5000 - start] = double.NaN;
            }
        }
    }

    [Fact]
    public void Errors_DependOnKeyAndPosition_AndOnValuesWhereTheKeyDoesNot()
    {
        List<(int Plaintext, string Context)> ofPlaintext = DrawsOf(isOfPlaintext: true, kernel: 2);
        List<(int Plaintext, string Context)> others = DrawsOf(isOfPlaintext: true, kernel: 3);
        List<(int Plaintext, string Context)> withoutPlaintext = DrawsOf(isOfPlaintext: false, kernel: 2);

        ofPlaintext.Select(draw => draw.Plaintext).Should().Equal(0, 0);
        withoutPlaintext.Select(draw => draw.Plaintext).Should().Equal(sizeof(double) * Values.Length, sizeof(double) * Values.Length);
        ofPlaintext.Concat(others).Concat(withoutPlaintext).Select(draw => draw.Context).Should().OnlyHaveUniqueItems();
    }

    private static void Read(int start, Span<double> destination) => Values.AsSpan(start, destination.Length).CopyTo(destination);

    private static KeyAdditiveContext ContextOf(EncryptionRandomSource random, int threads) => new(
        KeyAdditiveAttempt.ContextFor(3, 24).Parameters, new HeContextOptions { MaxDegreeOfParallelism = threads }, random);

    private static RoundKey Generate(KeyAdditiveContext context, EncryptionRandomSource random, bool isOfPlaintext)
    {
        if (!isOfPlaintext)
        {
            return context.GenerateRoundKey(Attempt);
        }

        using var plaintext = new PlaintextHasher(random);
        plaintext.Append<double>(Values);
        return context.GenerateRoundKey(Attempt, plaintext);
    }

    private static byte[] Encrypt(bool isOfPlaintext, int threads, Func<IRangeEncryptor, EncryptedVector> encrypt)
    {
        HedgedRandomSource random = Snapshot.Resume();
        KeyAdditiveContext context = ContextOf(random, threads);
        using RoundKey key = Generate(context, random, isOfPlaintext);
        using EncryptedVector vector = encrypt((IRangeEncryptor)context.CreateEncryptor(key));
        return KeyAdditiveAttempt.BytesOf(vector);
    }

    /// <summary>Encrypts two vectors, and returns the length of the plaintext and the context of the draws of their errors.</summary>
    private static List<(int Plaintext, string Context)> DrawsOf(bool isOfPlaintext, byte kernel)
    {
        var random = new Recorder(Snapshot.Resume(kernel: kernel));
        KeyAdditiveContext context = ContextOf(random, threads: 1);
        using RoundKey key = Generate(context, random, isOfPlaintext);
        IEncryptor encryptor = context.CreateEncryptor(key);
        random.Draws.Clear();
        encryptor.Encrypt(Values, 1).Dispose();
        encryptor.Encrypt(Values, 1).Dispose();
        return random.Draws;
    }

    private sealed class Recorder(EncryptionRandomSource random) : EncryptionRandomSource
    {
        public List<(int Plaintext, string Context)> Draws { get; } = [];

        public override void Fill(Span<byte> destination) => random.Fill(destination);

        public override void FillPublic(Span<byte> destination, ReadOnlySpan<byte> publicContext = default)
            => random.FillPublic(destination, publicContext);

        public override SecretStreams DrawSecret(ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, ReadOnlySpan<byte> context = default)
        {
            Draws.Add((plaintext.Length, Convert.ToHexString(context)));
            return random.DrawSecret(plaintext, maxDegreeOfParallelism, context);
        }
    }
}
