using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Sensitivity;
using FedHe.MLBridge.Tests.Support;
using FedHe.TestKit.Schemes;

namespace FedHe.MLBridge.Tests.Sensitivity;

public sealed class QuantizedSensitivityTests
{
    private const long MaxWeight = 1000;

    [Fact]
    public void Quantize_ValueExactlyBetweenTwoSteps_GoesToTheEvenOne()
    {
        // The mean is exactly 1 and a step 1/1024, so every value is k + 1/2 steps without any rounding before the last.
        ModelLayout layout = TestModels.Line(6);
        float[] steps = [0.5f, 1.5f, 2.5f, 3.5f, 1000.5f, (6 * 1024) - 1008.5f];
        var terms = SensitivityTerms.Create(SchemeRegistry.Plain.Context.Public, layout, clients: 5, MaxWeight, VectorForm.Full);
        terms.Bits.Should().Be(20);
        var map = new SensitivityMap(layout, [.. steps.Select(step => step / 1024)]);
        map.Mean.Should().Be(1);
        var quantized = new double[6];

        terms.Quantize(map, MaxWeight).CopyFlatTo(0, quantized);

        quantized.Should().Equal(0, 2, 2, 4, 1000, 5136);
    }

    [Theory]
    [InlineData(4095, 20)]
    [InlineData(4096, 19)]
    [InlineData(5000, 19)]
    [InlineData(8191, 19)]
    [InlineData(8192, 18)]
    public void Create_AsManyClientsAsTheSumHasRoomFor_HasTheMostBitsWithin32(int clients, int bits)
    {
        // The error of the plain scheme alone would allow no more bits; the one of these parameters is far smaller.
        var parameters = CkksParameters.Create(new CkksParametersLiteral { Degree = 4096, LogModuli = [50, 50], LogScale = 52 });
        using HeContext context = new CkksScheme().CreateContext(parameters);
        var terms = SensitivityTerms.Create(context.Public, TestModels.Line(8), clients, MaxWeight, VectorForm.Seeded);

        terms.Bits.Should().Be(bits);
        ((double)clients * (1L << bits)).Should().BeLessThanOrEqualTo(uint.MaxValue, "a sum is an unsigned integer of 32 bits");
        ((double)clients * (1L << Math.Min(bits + 1, 21))).Should().BeGreaterThan(uint.MaxValue);
    }
}
