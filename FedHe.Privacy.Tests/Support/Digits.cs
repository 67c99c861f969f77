using System.Globalization;

namespace FedHe.Privacy.Tests.Support;

/// <summary>Numbers of a source, written as the source writes them: each digit counts.</summary>
internal static class Digits
{
    // What a few operations on doubles round off, as a part of their result.
    private const double Roundoff = 4e-15;

    /// <summary>Asserts that a number rounds to the digits of a source: it is within half a unit of the last one.</summary>
    /// <param name="actual">The number.</param>
    /// <param name="digits">The source's number, such as 6.500708972e-4.</param>
    /// <param name="reason">What to print in a failure.</param>
    public static void ShouldBe(double actual, string digits, string reason = "")
        => actual.Should().BeApproximately(Value(digits), HalfUnit(digits) + (Roundoff * Math.Abs(actual)), "{0} are the digits of the source; {1}", digits, reason);

    /// <summary>
    /// Asserts that a bound is not below the exact number, which rounds to the digits of a source, and above it by no more than what the library
    /// rounds up.
    /// </summary>
    /// <param name="actual">The bound.</param>
    /// <param name="digits">The source's number.</param>
    /// <param name="exact">The exact number, to more digits.</param>
    /// <param name="excess">How much a bound may exceed the exact number.</param>
    public static void ShouldBeRoundedUp(double actual, string digits, double exact, double excess)
    {
        ShouldBe(exact, digits, "of the exact number");
        actual.Should().BeInRange(exact, exact + excess);
    }

    public static double Value(string digits) => double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static double HalfUnit(string digits)
    {
        string[] parts = digits.Split('e');
        int decimals = parts[0].Contains('.', StringComparison.Ordinal) ? parts[0].Length - parts[0].IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        int exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        return Value(string.Create(CultureInfo.InvariantCulture, $"5e{exponent - decimals - 1}"));
    }
}
