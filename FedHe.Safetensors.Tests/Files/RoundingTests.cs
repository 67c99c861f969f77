using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Tests.Files;

public sealed class RoundingTests
{
    private static readonly SafetensorsDtype[] Floating = [SafetensorsDtype.Float64, SafetensorsDtype.Float32, SafetensorsDtype.Float16, SafetensorsDtype.BFloat16];

    [Theory]
    [InlineData(1.0, 0x3F80)]
    [InlineData(1.00390625, 0x3F80)] // Half a step above 1: to even, down.
    [InlineData(1.01171875, 0x3F82)] // Half a step above an odd number: to even, up.
    [InlineData(1.0039062500000002, 0x3F81)] // A little more than half a step; by way of single precision it would be half a step.
    [InlineData(1.0117187499999998, 0x3F81)] // A little less than half a step.
    [InlineData(-1.0039062500000002, 0xBF81)]
    [InlineData(0.0, 0x0000)]
    [InlineData(-0.0, 0x8000)]
    [InlineData(1e-60, 0x0000)]
    [InlineData(-1e-60, 0x8000)]
    [InlineData(9.2e-41, 0x0001)] // The smallest bfloat16.
    [InlineData(3.3895313892515355e38, 0x7F7F)] // The largest bfloat16.
    public void BFloat16_FromDoubles_IsRoundedOnceToNearestEven(double value, int expected)
        => BitConverter.ToUInt16(Narrow(SafetensorsDtype.BFloat16, value)).Should().Be((ushort)expected);

    [Theory]
    [InlineData(2049.0, 2048.0)] // Ties go to even.
    [InlineData(2051.0, 2052.0)]
    [InlineData(65519.0, 65504.0)]
    [InlineData(5.9604644775390625e-8, 5.9604644775390625e-8)]
    public void Float16_FromDoubles_IsRoundedToNearestEven(double value, double expected)
        => ((double)BitConverter.ToHalf(Narrow(SafetensorsDtype.Float16, value))).Should().Be(expected);

    [Fact]
    public void BFloat16_OfSeededDoubles_IsTheNearestOfItsNeighbors()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        for (int i = 0; i < 20_000; i++)
        {
            double value = (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-30, 30));
            ushort bits = BitConverter.ToUInt16(Narrow(SafetensorsDtype.BFloat16, value));
            double error = Math.Abs(Widen(bits) - value);
            foreach (int neighbor in new[] { bits - 1, bits + 1 })
            {
                double other = Math.Abs(Widen((ushort)neighbor) - value);
                (error < other || (error.Equals(other) && bits % 2 == 0)).Should().BeTrue($"seed {Seed}, value {i}");
            }
        }

        static double Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
    }

    [Theory]
    [InlineData(SafetensorsDtype.Float16, 65520.0)]
    [InlineData(SafetensorsDtype.Float16, -1e9)]
    [InlineData(SafetensorsDtype.BFloat16, 3.4e38)]
    [InlineData(SafetensorsDtype.BFloat16, -1e300)]
    [InlineData(SafetensorsDtype.Float32, 3.5e38)]
    public void Value_BeyondTheRange_IsRefusedByTheNameOfTheTensor(SafetensorsDtype dtype, double value)
    {
        SafetensorsException refused = FluentActions.Invoking(() => Narrow(dtype, 0, value)).Should().Throw<SafetensorsException>().Which;
        refused.Error.Should().Be(SafetensorsError.OutsideRange);
        refused.Tensor.Should().Be("layer.weight");
        refused.Message.Should().Contain("index 101").And.Contain(dtype.FormatName());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Value_NotFinite_IsRefusedInEveryType(double value)
    {
        foreach (SafetensorsDtype dtype in Floating)
        {
            FluentActions.Invoking(() => Narrow(dtype, value)).Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.NotFinite);
        }
    }

    private static byte[] Narrow(SafetensorsDtype dtype, params double[] values)
    {
        byte[] bytes = new byte[values.Length * dtype.BitsPerElement() / 8];
        ElementCodec.Narrow("layer.weight", dtype, values, 100, bytes);
        return bytes;
    }
}
