using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Tests.Ckks;

public sealed class CkksParametersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(131_072)]
    [InlineData(1L << 32)]
    public void ForTotalWeight_AnyWeight_LeavesRoomForItAndLittleMore(long totalWeight)
    {
        CkksParameters parameters = CkksParameters.ForTotalWeight(totalWeight);

        parameters.Capacity.Should().BeGreaterThan(totalWeight).And.BeLessThan(2.01 * totalWeight);
        parameters.SecurityLevel.Should().Be(SecurityLevel.Bits256);
        VectorBound fresh = new CkksScheme().CreateContext(parameters).Public.FreshBound(1, VectorForm.Full);
        (totalWeight * (1 + fresh.ErrorBound)).Should().BeLessThan(parameters.Capacity);
    }

    [Theory]
    [InlineData(0)]
    [InlineData((1L << 32) + 1)]
    public void ForTotalWeight_OutOfRange_IsRefused(long totalWeight)
        => FluentActions.Invoking(() => CkksParameters.ForTotalWeight(totalWeight)).Should().Throw<ArgumentOutOfRangeException>();
}
