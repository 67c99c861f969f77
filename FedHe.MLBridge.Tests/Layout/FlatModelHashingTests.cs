using System.Reflection;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Tests.Support;

namespace FedHe.MLBridge.Tests.Layout;

public sealed class FlatModelHashingTests
{
    private static readonly ModelLayout Layout = new(
        new TensorSpec("float32", ElementType.Float32, [70, 70], bound: 8),
        new TensorSpec("float16", ElementType.Float16, [33], bound: 8),
        new TensorSpec("bfloat16", ElementType.BFloat16, [5], bound: 8),
        new TensorSpec("float64", ElementType.Float64, [1], bound: 8));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Digest_CountsTheLastElementOfEveryTensor(bool isInMemory)
    {
        using var hasher = new PlaintextHasher();
        byte[] DigestOf(string? changed)
        {
            ModelParameters model = TestModels.Create(
                Layout, (tensor, i) => tensor.Name == changed && i == tensor.ElementCount - 1 ? 0.75 : 0.5);
            Restart(hasher);
            (isInMemory ? (IFlatModel)model : new ElsewhereModel(model)).AppendTo(hasher);
            var digest = new byte[PlaintextHasher.DigestLength];
            hasher.CopyDigestTo(digest);
            return digest;
        }

        byte[] honest = DigestOf(changed: null);
        DigestOf(changed: null).Should().Equal(honest, "or the rest shows nothing");
        foreach (TensorSpec tensor in Layout.Tensors)
        {
            DigestOf(tensor.Name).Should().NotEqual(honest, "{0} counts", tensor.Name);
        }
    }

    /// <summary>Forgets what was appended and keeps the key, which no user can.</summary>
    private static void Restart(PlaintextHasher hasher)
        => Array.Clear((byte[])typeof(PlaintextHasher).GetField("_chain", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(hasher)!);

    private sealed class ElsewhereModel(ModelParameters model) : IFlatModel
    {
        public ModelLayout Layout => model.Layout;

        public void CopyFlatTo(long start, Span<double> destination) => model.CopyFlatTo(start, destination);
    }
}
