using System.Globalization;
using FedHe.Privacy.Reports;

namespace FedHe.Privacy.Tests.Reports;

/// <summary>Figures of a promise are rounded to the side on which nobody is promised too much.</summary>
public sealed class PrivacyFiguresTests
{
    private const int Seed = 7;

    [Theory]
    [InlineData(0, "0", "0")]
    [InlineData(8, "8", "8")]
    [InlineData(0.1, "0.1", "0.1")]
    [InlineData(1e-5, "1e-5", "1e-5")]
    [InlineData(1.00001, "1.0001", "1")]
    [InlineData(7.99999, "8", "7.9999")]
    [InlineData(999999.99999, "1,000,000", "999,999.9999")]
    [InlineData(1.00001e-5, "1.001e-5", "1e-5")]
    [InlineData(9.9999e-6, "1e-5", "9.99e-6")]
    [InlineData(0.00099999, "1e-3", "9.99e-4")]
    [InlineData(1234567, "1.235e6", "1.234e6")]
    [InlineData(-1.00001, "-1", "-1.0001")]
    [InlineData(double.Epsilon, "4.941e-324", "4.941e-324")]
    [InlineData(double.PositiveInfinity, "unbounded", "unbounded")]
    [InlineData(double.NaN, "unbounded", "0")]
    public void Figure_OfANumber_IsRoundedToItsSide(double value, string atMost, string atLeast)
    {
        PrivacyFigures.AtMost(value).Should().Be(atMost);
        PrivacyFigures.AtLeast(value).Should().Be(atLeast);
    }

    [Fact]
    public void Figures_OfRandomNumbers_EncloseThem()
    {
        var random = new Random(Seed);
        for (int i = 0; i < 20_000; i++)
        {
            double value = Math.Pow(10, (random.NextDouble() * 24) - 12);
            int decimals = random.Next(0, 13);
            double above = Read(PrivacyFigures.AtMost(value, decimals));
            double below = Read(PrivacyFigures.AtLeast(value, decimals));
            above.Should().BeGreaterThanOrEqualTo(value, $"{value:R} with {decimals} decimals, seed {Seed}");
            below.Should().BeLessThanOrEqualTo(value, $"{value:R} with {decimals} decimals, seed {Seed}");
            (above - below).Should().BeLessThanOrEqualTo(value is >= 1e-3 and < 1e6 ? (1.1 * Math.Pow(10, -decimals)) + (1e-15 * value) : 2e-3 * value);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(13)]
    public void Decimals_OutOfRange_AreRefused(int decimals)
    {
        Action figure = () => PrivacyFigures.AtMost(1, decimals);
        figure.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static double Read(string text) => double.Parse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
}
