using System.Buffers.Binary;
using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Tests.Kernels;

public sealed class RoundedIntegersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1001)]
    public void Write_OfAnyLength_RoundsToNearestWithTiesToEven(int length)
    {
        const int Scale = 1 << 30;
        double[] special = [1, -1, 0, -0.0, 0.5 / Scale, 1.5 / Scale, -2.5 / Scale, 1 - (0.5 / Scale)];
        var random = new System.Random(length);
        double[] values = [.. Enumerable.Range(0, length).Select(i => i < special.Length ? special[i] : (2 * random.NextDouble()) - 1)];
        var bytes = new byte[sizeof(int) * length];
        RoundedIntegers.Write(values, Scale, bytes);
        for (int i = 0; i < length; i++)
        {
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(sizeof(int) * i)).Should().Be((int)Math.Round(values[i] * Scale));
        }
    }
}
