using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

public sealed class TransferPrecisionTests
{
    private static readonly ModelLayout Layout = TestModels.Perceptron;

    public static TheoryData<string> Forms => ["ckks-fitted-seeded", "ckks-fitted-public"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Upload_WithLessPrecision_IsSmaller(string scheme)
    {
        int[] lengths = [.. new int?[] { 12, 16, 24, null }.Select(bits => UploadOf(scheme, bits).Length)];
        lengths.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void UploadAndDownload_OfHiddenWeightsAt24Bits_AreSmallerThanFloats()
    {
        const int Clients = 3;
        var precision = new TransferPrecision(24, Clients);
        var terms = new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Hidden, 1000, precision);
        var parameters = CkksParameters.ForTotalWeight(Clients);
        using HeContext context = new CkksScheme().CreateContext(parameters);
        AggregationPlan plan = AggregationPlan.Create(context.Public, terms, Clients, Clients * 1000, VectorForm.Seeded);

        plan.UploadRatio.Should().BeLessThan(0.86, "26 bits a value, and a last ciphertext that is not full");
        plan.DownloadRatio.Should().BeLessThan(0.86);
        plan.PrecisionBits.Should().BeGreaterThan(22, "the bound holds for the worst of 2^80 values, the promise is a deviation");
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void UpdateReader_UploadOfOtherPrecision_IsRefused(string scheme)
    {
        byte[] other = UploadOf(scheme, bits: 16);
        using var federation = new TestFederation(SchemeCase.Named(scheme), Terms(24));

        federation.UpdateReader.TryRead(other, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.WrongTerms);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Aggregate_InAnyOrderAndResumed_HasTheSameBytes(string scheme)
    {
        using var federation = new TestFederation(SchemeCase.Named(scheme), Terms(24));
        byte[][] uploads = [.. Enumerable.Range(0, 4).Select(client => federation.Upload(TestModels.Random(Layout, client), 10 * (client + 1), client))];
        byte[] expected = federation.Aggregate(uploads);

        federation.Aggregate(uploads.Reverse()).AsSpan().SequenceEqual(expected).Should().BeTrue();
        using UpdateAggregator first = federation.CreateAggregator();
        federation.FoldIn(first, uploads[2]);
        federation.FoldIn(first, uploads[0]);
        using var second = UpdateAggregator.Restore(
            TestFederation.Bytes(first.SaveState), federation.Context.Public, federation.Terms);
        federation.FoldIn(second, uploads[1]);
        federation.FoldIn(second, uploads[3]);
        TestFederation.Complete(second).AsSpan().SequenceEqual(expected).Should().BeTrue();
    }

    [Fact]
    public void Terms_WrittenAndRead_KeepThePrecision()
    {
        AggregationTerms terms = Terms(17);
        AggregationTerms.TryRead(TestFederation.Bytes(terms.WriteTo), WireLimits.Default, out AggregationTerms? read, out _)
            .Should().BeTrue();

        read!.Precision.Should().Be(new TransferPrecision(17, 4));
        read.Digest.Should().Be(terms.Digest).And.NotBe(Terms(bits: null).Digest);
    }

    [Fact]
    public void UpdateEncryptor_OfOtherParametersThanTheContext_IsRefused()
    {
        using HeContext context = SchemeCase.Plain.CreateContext();
        using HeContext other = SchemeCase.Named("ckks-aggregation-seeded").CreateContext();
        using KeyPair keys = context.GenerateKeyPair();
        Action create = () => _ = new UpdateEncryptor(context.CreateEncryptor(keys.PublicKey), other.Public, Terms(24));
        create.Should().Throw<HeMismatchException>();
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(41, 3)]
    [InlineData(24, 0)]
    public void Precision_OutOfRange_IsRefused(int bits, int contributors)
    {
        Action create = () => _ = new TransferPrecision(bits, contributors);
        create.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static AggregationTerms Terms(int? bits) => new(
        Layout, EncryptionMask.All(Layout), Weighting.Clear, 1000, bits is int some ? new TransferPrecision(some, 4) : null);

    private static byte[] UploadOf(string scheme, int? bits)
    {
        using var federation = new TestFederation(SchemeCase.Named(scheme), Terms(bits));
        return federation.Upload(TestModels.Random(Layout, 1), 500, 1);
    }
}
