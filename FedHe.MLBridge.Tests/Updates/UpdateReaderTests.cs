using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Plain;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

public sealed class UpdateReaderTests
{
    private static readonly ModelLayout Layout = TestModels.SmallLayout;
    private static readonly AggregationTerms AllClear = new(Layout, EncryptionMask.All(Layout), Weighting.Clear, 1000);
    private static readonly AggregationTerms Layered = new(Layout, EncryptionMask.Layers(Layout, "conv"), Weighting.Clear, 1000);
    private static readonly AggregationTerms Hidden = new(Layout, EncryptionMask.All(Layout), Weighting.Hidden, 1000);

    [Theory]
    [MemberData(nameof(SchemeCase.Names), MemberType = typeof(SchemeCase))]
    public void Read_OfAnUpdate_KeepsItsBindingWeightAndReceipt(string scheme)
    {
        SchemeCase schemeCase = SchemeCase.Named(scheme);
        using var federation = new TestFederation(schemeCase, Layered);
        using EncryptedModelUpdate sent = federation.Encryptor.Encrypt(TestModels.Random(Layout, 1), 17, TestFederation.Slot(4));
        using EncryptedModelUpdate read = federation.UpdateReader.Read(TestFederation.Bytes(sent.WriteTo));
        read.Slot.Should().Be(TestFederation.Slot(4));
        read.Weight.Should().Be(17);
        Clear(read).Should().Equal(Clear(sent));
        read.Receipt.Should().Be(sent.Receipt);
        read.Receipt.Should().Match<EncryptionReceipt>(receipt =>
            receipt.SchemeName == schemeCase.Parameters.SchemeName
            && receipt.SecurityLevel == schemeCase.Parameters.SecurityLevel
            && receipt.ParametersId == schemeCase.Parameters.Id
            && receipt.KeyId == sent.Segments.KeyId
            && receipt.EncryptedCount == 8
            && receipt.ClearCount == 9
            && receipt.CiphertextCount == 1);
    }

    [Fact]
    public void Read_OfHiddenWeights_ShowsNoWeight()
    {
        using var federation = new TestFederation(SchemeCase.Plain, Hidden);
        using EncryptedModelUpdate read = federation.UpdateReader.Read(federation.Upload(TestModels.Random(Layout, 1), 17, 1));
        read.Weight.Should().BeNull();
        read.Receipt.ToString().Should().Contain("weight encrypted");
    }

    [Fact]
    public void Receipt_OfAnUpdateInClear_SaysSo()
    {
        var terms = new AggregationTerms(Layout, EncryptionMask.InsecureNone(Layout), Weighting.Clear, 1000);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        using EncryptedModelUpdate read = federation.UpdateReader.Read(federation.Upload(TestModels.Random(Layout, 1), 17, 1));
        read.SegmentCount.Should().Be(0);
        read.Receipt.ToString().Should().StartWith("0 of 17 values encrypted");
        read.Receipt.SecurityLevel.Should().Be(SecurityLevel.None);
    }

    [Fact]
    public void TryRead_UpdateUnderOtherTerms_IsRefusedAsSuch()
    {
        using var federation = new TestFederation(SchemeCase.Plain, AllClear);
        AggregationTerms[] others =
        [
            Layered,
            Hidden,
            new(Layout, EncryptionMask.All(Layout), Weighting.Clear, 999),
            new(TestModels.Perceptron, EncryptionMask.All(TestModels.Perceptron), Weighting.Clear, 1000),
        ];
        foreach (AggregationTerms terms in others)
        {
            using var other = new TestFederation(SchemeCase.Plain, terms);
            byte[] bytes = other.Upload(TestModels.Random(terms.Layout, 1), 1, 1);
            federation.UpdateReader.TryRead(bytes, out _, out FormatError reason).Should().BeFalse();
            reason.Should().Be(FormatError.WrongTerms);
        }
    }

    [Fact]
    public void TryRead_UpdateInClearWhereEncryptionWasAgreed_IsRefused()
    {
        var none = new AggregationTerms(Layout, EncryptionMask.InsecureNone(Layout), Weighting.Clear, 1000);
        using var clear = new TestFederation(SchemeCase.Plain, none);
        using var federation = new TestFederation(SchemeCase.Named("ckks-aggregation-public"), AllClear);
        byte[] bytes = clear.Upload(TestModels.Random(Layout, 1), 1, 1);
        federation.UpdateReader.TryRead(bytes, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.WrongParameters);
    }

    [Fact]
    public void TryRead_UpdateOfOtherParameters_IsRefused()
    {
        using var federation = new TestFederation(SchemeCase.Named("ckks-aggregation-public"), AllClear);
        using var other = new TestFederation(SchemeCase.Named("ckks-paper-public"), AllClear);
        byte[] bytes = other.Upload(TestModels.Random(Layout, 1), 1, 1);
        federation.UpdateReader.TryRead(bytes, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.WrongParameters);
        federation.UpdateReader.Invoking(r => r.Read(bytes)).Should().Throw<HeFormatException>();
    }

    [Fact]
    public void TryRead_VectorThatIsNotFresh_IsRefused()
    {
        using HeContext context = new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default);
        using KeyPair keys = context.GenerateKeyPair();
        IEncryptor encryptor = context.CreateEncryptor(keys.PublicKey);
        var reader = new UpdateReader(context.Public, AllClear);
        using EncryptedVector fresh = encryptor.Encrypt(new double[Layout.ParameterCount], 1);
        using EncryptedVector sum = context.Public.Evaluator.Add(fresh, encryptor.Encrypt(new double[Layout.ParameterCount], 1));
        using EncryptedVector small = encryptor.Encrypt(new double[Layout.ParameterCount], 0.5);
        using EncryptedVector shorter = encryptor.Encrypt(new double[Layout.ParameterCount - 1], 1);
        Reason(fresh).Should().Be(FormatError.None);
        Reason(sum).Should().Be(FormatError.FieldOutOfRange);
        Reason(small).Should().Be(FormatError.FieldOutOfRange);
        Reason(shorter).Should().Be(FormatError.Inconsistent);

        FormatError Reason(EncryptedVector vector)
        {
            reader.TryRead(TestFederation.BytesOf(AllClear, vector), out _, out FormatError reason);
            return reason;
        }
    }

    [Fact]
    public void TryRead_VectorOfSpentDepthThatClaimsAFreshBound_IsRefused()
    {
        // As the first of a round it would fix the depth of the sum, and every honest update would be refused.
        SchemeCase scheme = SchemeCase.Named("ckks-paper-public");
        using HeContext context = scheme.CreateContext();
        using KeyPair keys = context.GenerateKeyPair();
        var freshBounds = FreshBounds.Of(context.Public);
        using EncryptedVector fresh = context.CreateEncryptor(keys.PublicKey).Encrypt(new double[Layout.ParameterCount], 1);
        using EncryptedVector spent = (context.Public.Rescaler!).MultiplyScalar(fresh, 1);
        byte[] bytes = TestFederation.BytesOf(AllClear, spent);
        int offset = bytes.AsSpan().IndexOf(BoundBytes(spent.Bound));
        offset.Should().BePositive();
        BoundBytes(freshBounds.Full).CopyTo(bytes, offset);

        new UpdateReader(context.Public, AllClear).TryRead(bytes, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);

        static byte[] BoundBytes(VectorBound bound)
            => TestFederation.Bytes(destination => new WireWriter(destination).WriteBound(bound));
    }

    [Fact]
    public void TryRead_VectorClaimingLessNoise_IsRefused()
    {
        SchemeCase scheme = SchemeCase.Named("ckks-aggregation-public");
        using var federation = new TestFederation(scheme, AllClear);
        using EncryptedModelUpdate update = federation.Encryptor.Encrypt(TestModels.Random(Layout, 1), 1, TestFederation.Slot(1));
        byte[] bytes = TestFederation.Bytes(update.WriteTo);
        using SegmentLease segment = update.Segments.Open(0);
        VectorBound bound = segment.Vector.Bound;
        foreach (double field in (double[])[bound.MaxAbs, bound.Rounding, bound.NoiseMax, bound.NoiseVariance])
        {
            int offset = bytes.AsSpan().IndexOf(BitConverter.GetBytes(field));
            offset.Should().BePositive();
            foreach (double factor in (double[])[0.999, 1.001])
            {
                byte[] changed = [.. bytes];
                BitConverter.TryWriteBytes(changed.AsSpan(offset), field * factor);
                federation.UpdateReader.TryRead(changed, out _, out _).Should().BeFalse();
            }
        }
    }

    public static TheoryData<string, string> TamperedTerms
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string scheme in (string[])["plain", "ckks-aggregation-seeded"])
            {
                foreach (string terms in (string[])[nameof(AllClear), nameof(Layered), nameof(Hidden)])
                {
                    data.Add(scheme, terms);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(TamperedTerms))]
    public void TryRead_HostileBytes_OnlyEverAnswers(string scheme, string termsName)
    {
        AggregationTerms terms = termsName == nameof(AllClear) ? AllClear : termsName == nameof(Layered) ? Layered : Hidden;
        using var federation = new TestFederation(SchemeCase.Named(scheme), terms);
        byte[] bytes = federation.Upload(TestModels.Random(Layout, 1), 17, 1);
        (bool, FormatError) Parse(byte[] input)
        {
            bool accepted = federation.UpdateReader.TryRead(input, out EncryptedModelUpdate? update, out FormatError reason);
            Assert.True(!accepted || TestFederation.Bytes(update!.WriteTo).SequenceEqual(input));
            update?.Dispose();
            return (accepted, reason);
        }

        // Cut at every length while the object is small; of a ciphertext's thousands of bytes, the beginning and samples.
        int metadata = bytes.Length - (int)federation.UpdateReader.Read(bytes).Receipt.EncryptedLength + 200;
        IEnumerable<byte[]> cuts = Tampering.Lengths(bytes).Where(cut => cut.Length < metadata || cut.Length % 997 == 0 || cut.Length >= bytes.Length - 1);
        Tampering.CountAccepted(cuts.Where(cut => cut.Length != bytes.Length), Parse).Should().Be(0);
        Tampering.CountAccepted(Tampering.BitFlips(bytes, metadata), Parse).Should().BePositive("the slot is the sender's to choose");
        Tampering.CountAccepted(Tampering.HostileFields(bytes, 1000, seed: 6), Parse);
        Tampering.CountAccepted(Tampering.RandomTails(bytes, 300, seed: 7), Parse);
    }

    private static long[] Clear(EncryptedModelUpdate update)
    {
        var clear = new long[update.Receipt.ClearCount];
        update.CopyClearTo(0, clear);
        return clear;
    }
}
