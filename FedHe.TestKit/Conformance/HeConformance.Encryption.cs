using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Numerics;

namespace FedHe.TestKit.Conformance;

/// <content>Encryption, decryption, and what cannot be encrypted.</content>
public abstract partial class HeConformance
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(1, -1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    public void Encrypt_AnyPattern_DecryptsWithinTheBound(int ciphertexts, int extra)
    {
        int length = LengthOf(ciphertexts, extra);
        var random = new Random(length);
        foreach (VectorForm form in FreshForms)
        {
            IEncryptor encryptor = Encryptor(form);
            foreach (ValuePattern pattern in TestVectors.Patterns)
            {
                double[] values = TestVectors.Create(length, pattern, MaxAbs, random);

                using EncryptedVector vector = encryptor.Encrypt(values, MaxAbs);

                ShouldHold(vector, values, $"{form}, {pattern}, {length} values");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Encrypt_SinglePrecision_DecryptsWithinTheBound(VectorForm form)
    {
        var random = new Random(2);
        foreach (ValuePattern pattern in TestVectors.Patterns)
        {
            float[] values = TestVectors.CreateSingles(LengthOf(1, 1), pattern, MaxAbs, random);

            using EncryptedVector vector = Encryptor(form).Encrypt(values, MaxAbs);

            ShouldHold(vector, Array.ConvertAll(values, value => (double)value), $"{form}, {pattern}");
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Encrypt_SinglesClippedToABoundThatRoundsUp_AreStillInside(VectorForm form)
    {
        // The single nearest to 0.1 is larger than the double 0.1: clipping in single precision ends up there.
        const double RoundsUp = 0.1;
        ((double)(float)RoundsUp).Should().BeGreaterThan(RoundsUp);
        float[] values = [(float)RoundsUp, -(float)RoundsUp];

        using EncryptedVector vector = Encryptor(form).Encrypt(values, RoundsUp);
        using EncryptedVector copy = Read(BytesOf(vector));

        ShouldHold(copy, Array.ConvertAll(values, value => (double)value), $"{form}");
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Encrypt_Always_CarriesIdentityAndTheBoundThatWasPlanned(VectorForm form)
    {
        IEncryptor encryptor = Encryptor(form);

        using EncryptedVector vector = encryptor.Encrypt(Uniform(LengthOf(2, 1), seed: 3), MaxAbs);

        vector.Length.Should().Be(LengthOf(2, 1));
        vector.CiphertextCount.Should().Be(3);
        vector.KeyId.Should().Be(Keys.PublicKey.KeyId).And.Be(encryptor.KeyId).And.Be(Decryptor.KeyId);
        vector.Parameters.Id.Should().Be(Context.ParametersId).And.Be(encryptor.Parameters.Id);
        vector.Bound.Should().Be(encryptor.FreshBound(MaxAbs));
        VectorForm planned = Subject.Can(HeCapabilities.PublicKeyEncryption) ? form : VectorForm.Seeded;
        vector.Bound.Should().Be(Context.Public.FreshBound(MaxAbs, planned));
        vector.Bound.MaxAbs.Should().BeGreaterThanOrEqualTo(MaxAbs);
        vector.Form.Should().BeOneOf([VectorForm.Full, form], "a fresh vector lists no seeds");
        vector.Form.Should().Be(encryptor.Form, "the length of an update is planned from it");
        vector.EncodedLength.Should().Be((int)Context.Public.EncodedLength(vector.Length, vector.Form));
        using EncryptedVector received = Read(BytesOf(vector));
        received.Form.Should().Be(vector.Form);
    }

    [Theory]
    [InlineData(1e-30)]
    [InlineData(1e-3)]
    [InlineData(1)]
    [InlineData(1.9999999)]
    public void Encrypt_AnyMagnitudeThatFits_DecryptsWithinTheBound(double maxAbs)
    {
        var random = new Random(4);
        foreach (VectorForm form in FreshForms)
        {
            double[] values = TestVectors.Create(LengthOf(0, 300), ValuePattern.RandomSigns, maxAbs, random);

            using EncryptedVector vector = Encryptor(form).Encrypt(values, maxAbs);

            ShouldHold(vector, values, $"{form}, bound {maxAbs}");
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Encrypt_TheSameValuesTwice_GivesUnrelatedBytes(VectorForm form)
    {
        double[] values = Uniform(LengthOf(1, 0), seed: 5);
        using EncryptedVector first = Encryptor(form).Encrypt(values, MaxAbs);
        using EncryptedVector second = Encryptor(form).Encrypt(values, MaxAbs);

        (byte First, byte Second)[] pairs = [.. BytesOf(first).Zip(BytesOf(second))];
        int differing = pairs.Count(pair => pair.First != pair.Second);

        if (Subject.IsSecure)
        {
            // Where residues travel in whole words, the high bytes of all of them are zero; what both vectors carry of their key
            // is the same.
            long ciphertext = Context.Public.EncodedLength(2 * values.Length, first.Form) - first.EncodedLength;
            long inUse = Math.Min(ciphertext, pairs.Count(pair => pair != default));
            inUse.Should().BeGreaterThan(ciphertext / 2);
            differing.Should().BeGreaterThan((int)(inUse * 9 / 10), "fresh randomness changes 255 of 256 bytes");
        }
        else
        {
            differing.Should().Be(0, "a scheme that reports no security hides nothing and must not look as if it did");
        }
    }

    [Fact]
    public void Encrypt_ValueThatIsNotFinite_IsRefusedWithItsIndex()
    {
        foreach (double bad in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            double[] values = Uniform(50, seed: 6);
            values[17] = bad;
            values[31] = bad;

            ShouldRefuse(() => Encryptor(VectorForm.Full).Encrypt(values, MaxAbs), ValueError.NotFinite, 17);
            ShouldRefuse(() => Encryptor(VectorForm.Seeded).Encrypt(values, MaxAbs), ValueError.NotFinite, 17);
            float[] singles = Array.ConvertAll(values, value => (float)value);
            ShouldRefuse(() => Encryptor(VectorForm.Seeded).Encrypt(singles, MaxAbs), ValueError.NotFinite, 17);
        }
    }

    [Fact]
    public void Encrypt_ValueOutsideTheBound_IsRefusedWithItsIndexAndWithoutItsValue()
    {
        double[] values = Uniform(50, seed: 7);
        values[49] = -Math.BitIncrement(MaxAbs);
        float[] singles = Array.ConvertAll(values, value => (float)value);
        singles[49] = 123.75f;

        ShouldRefuse(() => Encryptor(VectorForm.Full).Encrypt(values, MaxAbs), ValueError.OutsideBound, 49);
        HeValueException refusal =
            ShouldRefuse(() => Encryptor(VectorForm.Seeded).Encrypt(singles, MaxAbs), ValueError.OutsideBound, 49);
        refusal.ToString().Should().NotContain("123");
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Encrypt_BoundThatIsNotPositiveAndFinite_IsRefused(double maxAbs)
    {
        IEncryptor encryptor = Encryptor(VectorForm.Full);

        FluentActions.Invoking(() => encryptor.Encrypt([0.0], maxAbs)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => encryptor.Encrypt([0.0f], maxAbs)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => encryptor.FreshBound(maxAbs)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Context.Public.FreshBound(maxAbs, VectorForm.Seeded)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Encrypt_Nothing_IsRefused()
    {
        FluentActions.Invoking(() => Encryptor(VectorForm.Full).Encrypt(Array.Empty<double>(), 1))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Encryptor(VectorForm.Seeded).Encrypt(Array.Empty<float>(), 1))
            .Should().Throw<ArgumentException>();
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Encrypt_BoundAboveTheCapacity_IsRefused(VectorForm form)
    {
        double maxAbs = Context.Parameters.Capacity;
        IEncryptor encryptor = Encryptor(form);

        FluentActions.Invoking(() => encryptor.Encrypt([0.0], maxAbs)).Should().Throw<HeCapacityException>();
        FluentActions.Invoking(() => encryptor.FreshBound(maxAbs)).Should().Throw<HeCapacityException>();
        FluentActions.Invoking(() => Context.Public.FreshBound(maxAbs, form)).Should().Throw<HeCapacityException>();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Decrypt_DestinationOfAnotherLength_IsRefused(int difference)
    {
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(Uniform(9, seed: 8), MaxAbs);
        var destination = new double[9 + difference];

        FluentActions.Invoking(() => Decryptor.Decrypt(vector, destination)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Decryptor.DecryptPublic(vector, 4, destination)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Vector_Disposed_IsRefusedEverywhere()
    {
        EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt(Uniform(9, seed: 9), MaxAbs);
        vector.Dispose();
        vector.Dispose();
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(9);

        FluentActions.Invoking(() => BytesOf(vector)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => Decrypt(vector)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => accumulator.Add(vector)).Should().Throw<ObjectDisposedException>();
        accumulator.Count.Should().Be(0);
    }

    private static HeValueException ShouldRefuse(Func<EncryptedVector> encrypt, ValueError error, int index)
    {
        HeValueException refusal = encrypt.Should().Throw<HeValueException>().Which;
        refusal.Error.Should().Be(error);
        refusal.Index.Should().Be(index);
        return refusal;
    }
}
