using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Layout;

/// <summary>Clamped values of tensors that are longer than a block of the flattener are all counted.</summary>
public sealed class ClampCountTests
{
    // A block has 2,048 values.
    private static readonly ModelLayout Layout = new(
        new TensorSpec("long", ElementType.Float32, [3 * 2048], 0.5),
        new TensorSpec("counter", ElementType.Int64, []),
        new TensorSpec("odd", ElementType.Float64, [2048 + 7], 2));

    // Every block has values outside: the three blocks of the first tensor have 1, 2 and 3, and both blocks of the second have 1.
    private static readonly int[] OutsideOfLong = [2047, 2048, 4095, 4096, 5000, 6143];
    private static readonly int[] OutsideOfOdd = [0, 2048 + 6];
    private static readonly long[] Expected = [6, 0, 2];

    private static readonly ModelParameters Model = TestModels.Create(
        Layout,
        (tensor, i) => (tensor.Name == "long" ? OutsideOfLong : OutsideOfOdd).Contains(i) ? (i % 2 == 0 ? 1.5 : -3) : 0.25);

    public static TheoryData<string> Masks => ["all", "none", "layers", "ragged"];

    [Fact]
    public void Flatten_UnderClamp_CountsEveryBlock()
    {
        var flat = new double[Layout.ParameterCount];

        ClampReport clamped = new TensorFlattener(Layout, BoundPolicy.Clamp).Flatten(Model, flat);

        clamped.Counts.Should().Equal(Expected);
        flat.Count(value => Math.Abs(value) == 1).Should().Be(8);
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void WriteAndEncrypt_UnderClamp_CountEveryBlockInClearAndEncrypted(string mask)
    {
        using var federation = new TestFederation(
            SchemeCase.Plain, new AggregationTerms(Layout, MaskOf(mask), Weighting.Clear, maxWeight: 10));
        using var keys = federation.Context.GenerateKeyPair();
        var encryptor = new UpdateEncryptor(
            federation.Context.CreateEncryptor(keys.PublicKey), federation.Context.Public, federation.Terms, BoundPolicy.Clamp);
        using var stream = new MemoryStream();

        ClampReport written = encryptor.Write(Model, 7, TestFederation.Slot(1), stream);
        using EncryptedModelUpdate update = encryptor.Encrypt(Model, 7, TestFederation.Slot(1), out ClampReport encrypted);

        written.Counts.Should().Equal(Expected);
        encrypted.Counts.Should().Equal(Expected);
        (written.Total, encrypted.Total).Should().Be((8, 8));
    }

    private static EncryptionMask MaskOf(string name) => name switch
    {
        "all" => EncryptionMask.All(Layout),
        "none" => EncryptionMask.InsecureNone(Layout),
        "layers" => EncryptionMask.Layers(Layout, "odd"),
        _ => SegmentModels.RaggedMask(Layout, seed: 3),
    };
}
