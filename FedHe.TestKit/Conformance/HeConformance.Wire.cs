using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Schemes;

namespace FedHe.TestKit.Conformance;

/// <content>Bytes out, the same object back in.</content>
public abstract partial class HeConformance
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    public void Vector_WrittenAndRead_IsTheSameVector(int ciphertexts, int extra)
    {
        int length = LengthOf(ciphertexts, extra);
        foreach (VectorForm form in FreshForms)
        {
            using EncryptedVector vector = Encryptor(form).Encrypt(Uniform(length, seed: 90), MaxAbs);
            using EncryptedVector another = Encryptor(form).Encrypt(Uniform(length, seed: 91), MaxAbs);
            using EncryptedVector sum = Context.Public.Evaluator.Add(vector, another);

            VectorForm fresh = Subject.Can(HeCapabilities.PublicKeyEncryption) ? form : VectorForm.Seeded;
            ShouldSurviveTheWire(vector, fresh);
            ShouldSurviveTheWire(sum, fresh == VectorForm.Full ? VectorForm.Full : VectorForm.SeedList, seeds: 2);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Vector_WrittenAndChecked_TellsWhatItIsAndHasNoValues(VectorForm form)
    {
        using EncryptedVector vector = Encryptor(form).Encrypt(Uniform(LengthOf(1, 1), seed: 95), MaxAbs);

        Context.Public.Reader.TryCheck(BytesOf(vector), WireLimits.Default, out EncryptedVector? head, out _).Should().BeTrue();

        (head!.Parameters.Id, head.KeyId, head.Length, head.Form, head.SpentDepth, head.Bound)
            .Should().Be((vector.Parameters.Id, vector.KeyId, vector.Length, vector.Form, vector.SpentDepth, vector.Bound));
        FluentActions.Invoking(() => Decrypt(head)).Should().Throw<ObjectDisposedException>();
        head.Dispose();
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Vector_ReadAfterItWasChecked_IsTheSameVector(VectorForm form)
    {
        using EncryptedVector vector = Encryptor(form).Encrypt(Uniform(LengthOf(1, 1), seed: 96), MaxAbs);
        byte[] bytes = BytesOf(vector);

        Context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? copy, out FormatError reason)
            .Should().BeTrue();

        reason.Should().Be(FormatError.None);
        using (copy)
        {
            BytesOf(copy!).Should().Equal(bytes);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Planning_Always_GrowsWithTheLength(VectorForm form)
    {
        int[] lengths = [1, 2, LengthOf(1, -1), LengthOf(1, 0), LengthOf(1, 1), LengthOf(10, 0), 100_000_000];

        lengths.Select(length => Context.Public.EncodedLength(length, form)).Should().BeInAscendingOrder();
        lengths.Select(length => Context.Public.MemoryInBytes(length, form)).Should().BeInAscendingOrder();
        foreach (int length in lengths)
        {
            // Packed bytes never exceed memory by more than the fields before the coefficients.
            Context.Public.EncodedLength(length, form).Should().BeLessThan(Context.Public.MemoryInBytes(length, form) + 1024);
            Context.Public.EncodedLength(length, VectorForm.Seeded).Should().BeLessThanOrEqualTo(Context.Public.EncodedLength(length, VectorForm.Full));
            if (Subject.Can(HeCapabilities.SeededEncryption))
            {
                // Some schemes have one seed for a vector, others one for each ciphertext, with what frames it.
                long ciphertexts = (length + Context.Parameters.ValuesPerCiphertext - 1L) / Context.Parameters.ValuesPerCiphertext;
                Context.Public.EncodedLength(length, VectorForm.Seeded).Should().BeLessThan(
                    512 + (160 * ciphertexts) + (Context.Public.EncodedLength(length, VectorForm.Full) / 2), "seeds replace half of it");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Reader_VectorAboveItsLimits_IsRefused(VectorForm form)
    {
        using EncryptedVector vector = Encryptor(form).Encrypt(Uniform(30, seed: 92), MaxAbs);
        byte[] bytes = BytesOf(vector);

        ReasonToRefuse(bytes, new WireLimits(29, int.MaxValue)).Should().Be(FormatError.LimitExceeded);
        ReasonToRefuse(bytes, new WireLimits(30, bytes.Length - 1)).Should().Be(FormatError.LimitExceeded);
        ReasonToRefuse(bytes, new WireLimits(30, bytes.Length)).Should().Be(FormatError.None);
        ReasonToRefuse(bytes, WireLimits.ForLength(30)).Should().Be(FormatError.None);
        ReasonToRefuse([.. bytes, 0], WireLimits.Default).Should().Be(FormatError.TrailingBytes);
        FluentActions.Invoking(() => Context.Public.Reader.Read(bytes, WireLimits.ForLength(29)))
            .Should().Throw<HeFormatException>().Which.Error.Should().Be(FormatError.LimitExceeded);
    }

    [Fact]
    public void Reader_ForeignObjects_AreRefusedByName()
    {
        foreach (SchemeUnderTest foreigner in SchemeRegistry.ForeignTo(Subject))
        {
            using KeyPair keys = foreigner.Context.GenerateKeyPair(AnyExport);
            using EncryptedVector vector = foreigner.Context.CreateEncryptor(keys.SecretKey).Encrypt(Uniform(30, seed: 93), MaxAbs);

            ReasonToRefuse(BytesOf(vector), WireLimits.Default).Should().Be(FormatError.WrongParameters);
            Context.TryReadPublicKey(BytesOf(keys.PublicKey), out _, out FormatError reason).Should().BeFalse();
            reason.Should().Be(FormatError.WrongParameters);
            Context.TryImportSecretKey(ClearBytesOf(keys.SecretKey), AnyExport, out _, out reason).Should().BeFalse();
            reason.Should().Be(FormatError.WrongParameters);
        }

        ReasonToRefuse(BytesOf(Keys.PublicKey), WireLimits.Default).Should().Be(FormatError.WrongKind);
        ReasonToRefuse([], WireLimits.Default).Should().Be(FormatError.Truncated);
        ReasonToRefuse(new byte[4096], WireLimits.Default).Should().Be(FormatError.BadMagic);
    }

    [Fact]
    public void Parameters_WrittenAndRead_AreTheSameParameters()
    {
        byte[] bytes = BytesOf(Subject.Parameters);

        HeParameters read = Subject.Scheme.ReadParameters(bytes);

        read.Id.Should().Be(Subject.Parameters.Id).And.Be(Digest.Compute(bytes));
        BytesOf(read).Should().Equal(bytes);
        read.SchemeName.Should().Be(Subject.Scheme.Name);
        read.ValuesPerCiphertext.Should().Be(Subject.Parameters.ValuesPerCiphertext);
        read.Capacity.Should().Be(Subject.Parameters.Capacity);
        read.SecurityLevel.Should().Be(Subject.Parameters.SecurityLevel);
        using HeContext context = Subject.Scheme.CreateContext(read);
        using EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt(Uniform(30, seed: 94), MaxAbs);
        using EncryptedVector copy = context.Public.Reader.Read(BytesOf(vector), WireLimits.Default);
        Decrypt(copy).Should().Equal(Decrypt(vector), "equal parameters make objects interchangeable");
    }

    [Fact]
    public void Parameters_Always_BelongToTheirScheme()
    {
        Subject.Parameters.SchemeName.Should().Be(Subject.Scheme.Name);
        Subject.Scheme.DefaultParameters.SchemeName.Should().Be(Subject.Scheme.Name);
        Subject.Scheme.Name.Should().MatchRegex("^[a-z][a-z0-9-]*$");
        Context.ParametersId.Should().Be(Subject.Parameters.Id);
        Context.Parameters.ValuesPerCiphertext.Should().Be(Subject.Parameters.ValuesPerCiphertext);
    }

    private static byte[] BytesOf(HeParameters parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        parameters.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] BytesOf(PublicKey key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        key.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private FormatError ReasonToRefuse(ReadOnlySpan<byte> bytes, WireLimits limits)
    {
        bool accepted = Context.Public.Reader.TryRead(bytes, limits, out EncryptedVector? vector, out FormatError reason);
        accepted.Should().Be(reason == FormatError.None);
        (vector is not null).Should().Be(accepted);
        vector?.Dispose();
        Context.Public.Reader.TryCheck(bytes, limits, out _, out FormatError reasonOfCheck).Should().Be(accepted);
        reasonOfCheck.Should().Be(reason, "checking is as thorough as reading");
        return reason;
    }

    private void ShouldSurviveTheWire(EncryptedVector vector, VectorForm form, int seeds = 1)
    {
        byte[] bytes = BytesOf(vector);
        bytes.Length.Should().Be(vector.EncodedLength);
        Context.Public.EncodedLength(vector.Length, form, seeds).Should().Be(vector.EncodedLength);

        using EncryptedVector copy = Read(bytes);

        copy.Length.Should().Be(vector.Length);
        copy.KeyId.Should().Be(vector.KeyId);
        copy.Bound.Should().Be(vector.Bound);
        copy.Parameters.Id.Should().Be(vector.Parameters.Id);
        copy.EncodedLength.Should().Be(vector.EncodedLength);
        BytesOf(copy).AsSpan().SequenceEqual(bytes).Should().BeTrue("reading and writing again changes nothing");
        Decrypt(copy).AsSpan().SequenceEqual(Decrypt(vector)).Should().BeTrue();
    }
}
