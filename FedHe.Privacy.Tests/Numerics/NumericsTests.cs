using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Tests.Numerics;

/// <summary>The numbers below everything: fixed point, tails and logarithms.</summary>
public sealed class NumericsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(0.3)]
    [InlineData(-40.25)]
    [InlineData(1e-40)]
    [InlineData(1099511627776.5)]
    public void FixedPoint_OfADouble_IsThatNumber(double value) => FixedPoint.Of(value).ToDouble().Should().Be(value);

    [Theory]
    [InlineData(0)]
    [InlineData(-0.001)]
    [InlineData(-35)]
    [InlineData(3.5)]
    public void FixedPoint_ExponentialsAndCosines_AgreeWithDoubles(double value)
    {
        FixedPoint.Exp(FixedPoint.Of(value)).ToDouble().Should().BeApproximately(Math.Exp(value), 1e-14 * Math.Exp(value));
        FixedPoint.Cos(FixedPoint.Of(value)).ToDouble().Should().BeApproximately(Math.Cos(value), 1e-14);
    }

    [Fact]
    public void FixedPoint_Identities_HoldFarBeyondDoubles()
    {
        FixedPoint bound = FixedPoint.PowerOfTwo(-180);
        FixedPoint.Abs(FixedPoint.Cos(FixedPoint.Pi) + FixedPoint.One).Should().BeLessThan(bound);
        FixedPoint product = FixedPoint.Exp(FixedPoint.Of(-3.7)) * FixedPoint.Exp(FixedPoint.Of(3.7));
        FixedPoint.Abs(product - FixedPoint.One).Should().BeLessThan(bound);
        FixedPoint.Exp(FixedPoint.Of(-1000)).Should().Be(FixedPoint.Zero);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(-1, 0.15865525393145705)]
    [InlineData(1, 0.8413447460685429)]
    [InlineData(-10, 7.619853024160527e-24)]
    public void Normal_Cdf_IsTheKnownOne(double x, double expected) => Normal.Cdf(x).Should().BeApproximately(expected, 1e-13 * expected);

    [Fact]
    public void Normal_LogarithmsOfTails_ContinueWhereNumbersEnd()
    {
        Normal.LogErfc(4.9999999).Should().BeApproximately(Normal.LogErfc(5.0000001), 3e-6);
        Normal.LogErfc(Math.BitDecrement(5)).Should().BeApproximately(Normal.LogErfc(5), 1e-12);
        Normal.LogCdf(-1000).Should().BeApproximately(-500_000 - Math.Log(1000 * Math.Sqrt(2 * Math.PI)), 1e-5);
        Normal.Cdf(double.NegativeInfinity).Should().Be(0);
        Normal.Cdf(double.PositiveInfinity).Should().Be(1);
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(-1e-9)]
    [InlineData(0.3)]
    [InlineData(-0.9)]
    public void LogMath_NearZero_KeepsItsDigits(double x)
    {
        LogMath.ExpM1(LogMath.Log1P(x)).Should().BeApproximately(x, 4e-16 + (1e-14 * Math.Abs(x)));
        LogMath.Subtract(LogMath.Add(1, -2), -2).Should().BeApproximately(1, 1e-14);
        LogMath.Subtract(1, 1).Should().Be(double.NegativeInfinity);
    }
}
