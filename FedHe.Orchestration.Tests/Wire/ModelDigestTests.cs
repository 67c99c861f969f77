using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Tests.Wire;

/// <summary>A model's digest is the hash of its layout and of each value, however they are read.</summary>
public sealed class ModelDigestTests
{
    private const double Bound = 2;

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(9000)]
    public void Digest_IsTheHashOfTheLayoutAndOfEachValue(int count)
    {
        var layout = new ModelLayout(new TensorSpec("values", ElementType.Float64, [count], Bound), new TensorSpec("steps", ElementType.Int64, [1]));
        double[] values = [.. Enumerable.Range(0, count).Select(i => Bound * Math.Sin(i + 1))];
        ModelParameters model = ModelParameters.CreateBuilder(layout).Set<double>("values", values).Set<long>("steps", [3]).Build();

        byte[] hashed = new byte[Digest.SizeInBytes + (sizeof(double) * count)];
        layout.Digest.CopyTo(hashed);
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(hashed.AsSpan(Digest.SizeInBytes + (sizeof(double) * i)), values[i] / Bound);
        }

        ModelDigest.Of(model).Should().Be(new Digest(SHA256.HashData(hashed)));
    }
}
