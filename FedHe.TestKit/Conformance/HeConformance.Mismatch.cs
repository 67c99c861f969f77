using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Schemes;

namespace FedHe.TestKit.Conformance;

/// <content>Objects that do not belong together are refused.</content>
public abstract partial class HeConformance
{
    [Fact]
    public void Vectors_UnderDifferentKeys_NeverMix()
    {
        using KeyPair otherKeys = Context.GenerateKeyPair();
        otherKeys.PublicKey.KeyId.Should().NotBe(Keys.PublicKey.KeyId);
        using EncryptedVector own = Encryptor(VectorForm.Full).Encrypt(Uniform(30, seed: 60), MaxAbs);
        using EncryptedVector other = Encryptor(VectorForm.Seeded, otherKeys).Encrypt(Uniform(30, seed: 61), MaxAbs);
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(30);
        accumulator.Add(own);
        byte[] before = SnapshotOf(accumulator);

        FluentActions.Invoking(() => accumulator.Add(other)).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Context.Public.Evaluator.Add(other, own)).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Decrypt(other)).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Decryptor.DecryptPublic(other, 4, new double[30])).Should().Throw<HeMismatchException>();
        SnapshotOf(accumulator).Should().Equal(before);
    }

    [Fact]
    public void Vectors_OfDifferentLengths_NeverMix()
    {
        using EncryptedVector shorter = Encryptor(VectorForm.Full).Encrypt(Uniform(30, seed: 62), MaxAbs);
        using EncryptedVector longer = Encryptor(VectorForm.Full).Encrypt(Uniform(31, seed: 63), MaxAbs);
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(30);

        FluentActions.Invoking(() => accumulator.Add(longer)).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Context.Public.Evaluator.Add(shorter, longer)).Should().Throw<HeMismatchException>();
        accumulator.Count.Should().Be(0);
    }

    [Fact]
    public void Objects_OfForeignParameters_AreRefused()
    {
        using EncryptedVector own = Encryptor(VectorForm.Full).Encrypt(Uniform(30, seed: 64), MaxAbs);
        SchemeUnderTest[] foreigners = [.. SchemeRegistry.ForeignTo(Subject)];
        foreigners.Should().NotBeEmpty();
        foreach (SchemeUnderTest foreigner in foreigners)
        {
            using KeyPair keys = foreigner.Context.GenerateKeyPair();
            using EncryptedVector vector = foreigner.Context.CreateEncryptor(keys.SecretKey).Encrypt(Uniform(30, seed: 65), MaxAbs);
            using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(30);

            FluentActions.Invoking(() => accumulator.Add(vector)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => Context.Public.Evaluator.Add(own, vector)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => Context.Public.Evaluator.Add(vector, own)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => Decrypt(vector)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => Context.CreateEncryptor(keys.PublicKey)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => Context.CreateEncryptor(keys.SecretKey)).Should().Throw<HeMismatchException>();
            FluentActions.Invoking(() => Context.CreateDecryptor(keys.SecretKey)).Should().Throw<HeMismatchException>();
            accumulator.Count.Should().Be(0);
        }
    }

    [Fact]
    public void Parameters_OfAnotherScheme_AreRefused()
    {
        foreach (SchemeUnderTest foreigner in SchemeRegistry.ForeignTo(Subject).Where(other => other.Scheme.Name != Subject.Scheme.Name))
        {
            FluentActions.Invoking(() => Subject.Scheme.CreateContext(foreigner.Parameters))
                .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.WrongScheme);

            var bytes = new ArrayBufferWriter<byte>();
            foreigner.Parameters.WriteTo(bytes);
            FluentActions.Invoking(() => Subject.Scheme.ReadParameters(bytes.WrittenSpan)).Should().Throw<HeException>();
        }
    }
}
