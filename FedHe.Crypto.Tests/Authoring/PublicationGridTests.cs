using FedHe.Crypto.Authoring;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Tests.Authoring;

public sealed class PublicationGridTests
{
    [Theory]
    [InlineData(1.0, 7, -7)]
    [InlineData(1.5, 7, -6)]
    [InlineData(0.25, 3, -5)]
    [InlineData(3.0, 0, 2)]
    public void Demand_ErrorOfHalfAStep_IsAcceptedAndTheNextLargerOneIsRefused(double maxAbs, int precisionBits, int logStep)
    {
        double half = Math.ScaleB(1, logStep - 1);

        PublicationGrid.Demand(maxAbs, half, precisionBits).LogStep.Should().Be(logStep);
        if (precisionBits > 0)
        {
            FluentActions.Invoking(() => PublicationGrid.Demand(maxAbs, Math.BitIncrement(half), precisionBits))
                .Should().Throw<HeCapacityException>("a rounded value must stay within a step of the exact one")
                .WithMessage($"*{precisionBits - 1} bits*");
        }
    }

    [Fact]
    public void Round_Values_GoToTheNearestMultipleAndTiesToTheEvenOne()
    {
        double[] values = [0.374, 0.376, 0.375, 0.625, -0.375, -0.625, 0];

        new PublicationGrid(-2).Round(values);

        values.Should().Equal(0.25, 0.5, 0.5, 0.5, -0.5, -0.5, 0);
    }
}
